//! A backend of IGV as its client meets it: from the ID token of a user pool to the bytes of a file, each call as it
//! comes off the wire. What AWS must look like for IGV to log in, and what it says where it does not.

mod contract;
mod reads;
mod rights;

use serde_json::{Value, json};

use super::json as json_request;
use crate::{Sandbox, services, signature, tokens};

pub(super) const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/igvctl/demo/signed-in";
pub(super) const BUCKET: &str = "demo-reads";
const EMAIL: &str = "ann@example.org";

/// The credentials of a session.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

/// An answer: the status, the headers and the bytes.
pub(super) struct Said {
    pub(super) status: u16,
    headers: http::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Said {
    fn of(response: http::Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The text of an element; empty where there is none.
    pub(super) fn element(&self, name: &str) -> String {
        let text = self.text();
        let rest = text.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
        rest.split('<').next().unwrap().replace("&quot;", "\"")
    }

    /// The status and the code of an error in XML.
    pub(super) fn refusal(&self) -> (u16, String) {
        (self.status, self.element("Code"))
    }
}

/// What an identity pool refuses: the code and the words.
pub(super) type Refused = (String, String);

/// The backend.
pub(super) struct Backend {
    pub(super) sandbox: Sandbox,
    pub(super) user_pool: String,
    pub(super) client: String,
    pub(super) pool: String,
    sub: String,
}

impl Backend {
    /// A backend as it must be.
    pub(super) fn new() -> Self {
        Self::in_sandbox(Sandbox::in_memory(1))
    }

    /// The same in a sandbox of one's own.
    pub(super) fn in_sandbox(sandbox: Sandbox) -> Self {
        let mut backend = Self {
            sandbox,
            user_pool: String::new(),
            client: String::new(),
            pool: String::new(),
            sub: String::new(),
        };
        let made = backend.ask("cognito-idp", "CreateUserPool", json!({"PoolName": "demo"}));
        backend.user_pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        let input = json!({"UserPoolId": backend.user_pool, "ClientName": "igv"});
        let made = backend.ask("cognito-idp", "CreateUserPoolClient", input);
        backend.client = made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
        let input = json!({
            "UserPoolId": backend.user_pool, "Username": "ann", "MessageAction": "SUPPRESS",
            "UserAttributes": [{"Name": "email", "Value": EMAIL}],
        });
        let made = backend.ask("cognito-idp", "AdminCreateUser", input);
        let attributes = made["User"]["Attributes"].as_array().unwrap();
        let sub = attributes.iter().find(|it| it["Name"] == "sub").unwrap();
        backend.sub = sub["Value"].as_str().unwrap().to_owned();
        let made = backend.ask("cognito-identity", "CreateIdentityPool", backend.pool_input());
        backend.pool = made["IdentityPoolId"].as_str().unwrap().to_owned();
        let trust = backend.trust();
        let (path, name) = ("/igvctl/demo/", "signed-in");
        let input = json!({"RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust.to_string()});
        backend.ask("iam", "CreateRole", input);
        backend.grant(&json!([
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}")},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*")},
            {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        ]));
        backend.add_bucket(BUCKET);
        backend.put(BUCKET, "run1/a.bam", b"0123456789");
        backend
    }

    pub(super) fn provider(&self) -> String {
        format!("cognito-idp.{REGION}.amazonaws.com/{}", self.user_pool)
    }

    pub(super) fn pool_input(&self) -> Value {
        json!({
            "IdentityPoolName": "demo", "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true,
            "CognitoIdentityProviders": [
                {"ProviderName": self.provider(), "ClientId": self.client, "ServerSideTokenCheck": true},
            ],
        })
    }

    /// Writes the identity pool anew, with some members replaced.
    pub(super) fn change_pool(&self, more: &Value) {
        let mut input = self.pool_input();
        let members = input.as_object_mut().unwrap();
        members.insert("IdentityPoolId".to_owned(), json!(self.pool));
        members.extend(more.as_object().unwrap().clone());
        self.ask("cognito-identity", "UpdateIdentityPool", input);
    }

    /// The trust that the role must have.
    pub(super) fn trust(&self) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        }]})
    }

    pub(super) fn change_trust(&self, trust: &Value) {
        let input = json!({"RoleName": "signed-in", "PolicyDocument": trust.to_string()});
        self.ask("iam", "UpdateAssumeRolePolicy", input);
    }

    /// Gives the role these statements, and no others.
    pub(super) fn grant(&self, statements: &Value) {
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let input = json!({"RoleName": "signed-in", "PolicyName": "read", "PolicyDocument": document});
        self.ask("iam", "PutRolePolicy", input);
    }

    pub(super) fn add_bucket(&self, name: &str) {
        let input = json!({"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": REGION}});
        self.ask("s3", "CreateBucket", input);
    }

    /// Puts an object as root.
    pub(super) fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let said = self.s3(&Keys::root(), "PUT", &format!("/{bucket}/{key}"), bytes, &[]);
        assert_eq!(said.status, 200, "{}", said.text());
    }

    /// Asks a service as root, past the wire.
    #[track_caller]
    pub(super) fn ask(&self, service: &str, name: &str, input: Value) -> Value {
        self.sandbox
            .with_world(|world| services::ask(world, service, name, ACCOUNT, REGION, input))
            .unwrap()
    }

    pub(super) fn now(&self) -> f64 {
        self.sandbox.with_world(|world| world.now())
    }

    /// A token of the user pool: Ann's ID token, with some claims replaced.
    pub(super) fn id_token(&self, more: &Value) -> String {
        let now = self.now().ceil() as i64;
        let mut claims = json!({
            "sub": self.sub, "aud": self.client, "token_use": "id", "email": EMAIL, "cognito:username": "ann",
            "iat": now, "auth_time": now, "exp": now + 3600,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(more.as_object().unwrap().clone());
        let issuer = tokens::user_pool_issuer(REGION, &self.user_pool);
        self.sandbox
            .with_world(|world| tokens::issue(world, &issuer, claims.clone()))
    }

    /// Ann's logins.
    pub(super) fn logins(&self) -> Value {
        json!({self.provider(): self.id_token(&json!({}))})
    }

    /// Calls an operation of identity pools as IGV does: without a signature.
    pub(super) fn identity(&self, operation: &str, input: &Value) -> Result<Value, Refused> {
        let body = input.to_string();
        let request = json_request(&format!("AWSCognitoIdentityService.{operation}"), &body)
            .header("host", format!("cognito-identity.{REGION}.amazonaws.com"))
            .body(body.into_bytes())
            .unwrap();
        let said = Said::of(self.sandbox.call(request));
        let answer: Value = serde_json::from_slice(&said.body).unwrap();
        if said.status == 200 {
            return Ok(answer);
        }
        assert_eq!(said.status, 400);
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Err((text("__type"), text("message")))
    }

    /// `GetId` and `GetOpenIdToken`.
    pub(super) fn open_id_token(&self, logins: &Value) -> Result<String, Refused> {
        let made = self.identity("GetId", &json!({"IdentityPoolId": self.pool, "Logins": logins}))?;
        let input = json!({"IdentityId": made["IdentityId"], "Logins": logins});
        let answer = self.identity("GetOpenIdToken", &input)?;
        Ok(answer["Token"].as_str().unwrap().to_owned())
    }

    /// `AssumeRoleWithWebIdentity` as IGV does: without a signature, and without a duration.
    pub(super) fn assume(&self, token: &str, more: &[(&str, &str)]) -> Said {
        let mut parameters = vec![
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", ROLE),
            ("RoleSessionName", EMAIL),
            ("WebIdentityToken", token),
        ];
        parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        parameters.extend(more);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let request = http::Request::post("/")
            .header("host", format!("sts.{REGION}.amazonaws.com"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .unwrap();
        Said::of(self.sandbox.call(request))
    }

    /// The whole way to credentials.
    #[track_caller]
    pub(super) fn log_in(&self) -> Keys {
        let token = self.open_id_token(&self.logins()).unwrap();
        Keys::of(&self.assume(&token, &[]))
    }

    /// A request to S3 with its signature in a header.
    pub(super) fn s3(&self, keys: &Keys, method: &str, address: &str, body: &[u8], headers: &[(&str, &str)]) -> Said {
        let request = http::Request::builder()
            .method(method)
            .uri(address)
            .header("host", "127.0.0.1:4566");
        let digest = <sha2::Sha256 as sha2::Digest>::digest(body);
        let request = request.header("x-amz-content-sha256", crate::protocol::wire::hex(&digest));
        self.signed(keys, "s3", REGION, request, body, headers)
    }

    /// A signed request.
    pub(super) fn signed(
        &self,
        keys: &Keys,
        service: &str,
        region: &str,
        mut request: http::request::Builder,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Said {
        request = request.header("x-amz-date", moment());
        if let Some(token) = &keys.token {
            request = request.header("x-amz-security-token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.to_vec()).unwrap();
        let authorization = signature::signed(&request, &keys.id, &keys.secret, region, service);
        let headers = request.headers_mut();
        headers.insert("authorization", authorization.parse().unwrap());
        Said::of(self.sandbox.call(request))
    }

    /// A presigned address, as IGV reads files.
    pub(super) fn presigned(&self, keys: &Keys, address: &Presigned<'_>) -> String {
        let Presigned {
            method,
            host,
            path,
            region,
            moment,
            seconds,
        } = address;
        let credential = format!("{}/{}/{region}/s3/aws4_request", keys.id, &moment[..8]);
        let mut parameters = vec![
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", credential.as_str()),
            ("X-Amz-Date", moment.as_str()),
            ("X-Amz-Expires", *seconds),
            ("X-Amz-SignedHeaders", "host"),
        ];
        parameters.extend(keys.token.as_deref().map(|token| ("X-Amz-Security-Token", token)));
        signature::presigned(method, host, path, &parameters, &keys.secret).unwrap()
    }

    /// Opens an address that needs no header.
    pub(super) fn open(&self, method: &str, host: &str, address: &str, headers: &[(&str, &str)]) -> Said {
        let mut request = http::Request::builder()
            .method(method)
            .uri(address)
            .header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Said::of(self.sandbox.call(request.body(Vec::new()).unwrap()))
    }
}

/// Lists the top of the bucket.
pub(super) fn list(backend: &Backend, keys: &Keys) -> (u16, String) {
    backend
        .s3(keys, "GET", &format!("/{BUCKET}?list-type=2&delimiter=%2F"), b"", &[])
        .refusal()
}

/// What is presigned.
pub(super) struct Presigned<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) region: &'a str,
    pub(super) moment: String,
    pub(super) seconds: &'a str,
}

impl Default for Presigned<'_> {
    /// The file of the backend, for a quarter of an hour.
    fn default() -> Self {
        Self {
            method: "GET",
            host: "demo-reads.s3.eu-central-1.amazonaws.com",
            path: "/run1/a.bam",
            region: REGION,
            moment: moment(),
            seconds: "900",
        }
    }
}

/// Now, as signatures have it.
fn moment() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Keys {
    pub(super) fn root() -> Self {
        Self {
            id: ACCOUNT.to_owned(),
            secret: "sandbox".to_owned(),
            token: None,
        }
    }

    /// The credentials in an answer of STS.
    #[track_caller]
    pub(super) fn of(said: &Said) -> Self {
        assert_eq!(said.status, 200, "{}", said.text());
        Self {
            id: said.element("AccessKeyId"),
            secret: said.element("SecretAccessKey"),
            token: Some(said.element("SessionToken")),
        }
    }
}
