//! The pages and endpoints as browsers and applications see them: requests in, answers out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Sandbox;
use crate::protocol::wire::form;
use crate::services;

mod authorize;
mod hostile;
mod info;
mod pages;
mod token;

pub(super) const PASSWORD: &str = "Correct-Horse-42";
pub(super) const CALLBACK: &str = "http://localhost:60151/oauthCallback";
pub(super) const HOST: &str = "igv-demo.auth.eu-central-1.amazoncognito.com";
pub(super) const SCOPES: [&str; 2] = ["email", "openid"];

/// An answer, as a browser has it.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) place: String,
    pub(super) text: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter of the address that it sends to.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.place.split_once('?')?;
        form(query)
            .into_iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| value)
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// What the page says is wrong.
    pub(super) fn alert(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("role=\"alert\"")?;
        rest.split_once('>')?.1.split('<').next()
    }
}

/// A stack of IGV's, and a browser with its cookies.
pub(super) struct Site {
    pub(super) sandbox: Sandbox,
    pub(super) pool: String,
    pub(super) client: String,
    pub(super) cookies: BTreeMap<String, String>,
}

impl Site {
    /// A pool with a domain and IGV's client, and the user `ann` with a password of her own.
    pub(super) fn new() -> Self {
        let mut site = Self {
            sandbox: Sandbox::in_memory(3),
            pool: String::new(),
            client: String::new(),
            cookies: BTreeMap::new(),
        };
        site.sandbox.set_clock(Some(1_800_000_000.0));
        let made = site.ask("CreateUserPool", json!({"PoolName": "igv"}));
        site.pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        site.ask("CreateUserPoolDomain", json!({"Domain": "igv-demo"}));
        site.client = site.new_client(json!({}));
        site.invite("ann");
        site.ask(
            "AdminSetUserPassword",
            json!({"Username": "ann", "Password": PASSWORD, "Permanent": true}),
        );
        site
    }

    pub(super) fn invite(&self, name: &str) {
        let email = json!([{"Name": "email", "Value": format!("{name}@example.org")}]);
        self.ask(
            "AdminCreateUser",
            json!({"Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temporary-1", "UserAttributes": email}),
        );
    }

    /// A client as igvctl makes one, with changes.
    pub(super) fn new_client(&self, changes: Value) -> String {
        let mut input = json!({
            "ClientName": "igv", "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": SCOPES,
            "AllowedOAuthFlowsUserPoolClient": true, "CallbackURLs": [CALLBACK, "http://localhost:60152/oauthCallback"],
            "LogoutURLs": ["https://example.org/bye"], "SupportedIdentityProviders": ["COGNITO"],
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "PreventUserExistenceErrors": "ENABLED"});
        input
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let made = self.ask("CreateUserPoolClient", input);
        made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
    }

    pub(super) fn secret(&self, client: &str) -> String {
        let shown = self.ask("DescribeUserPoolClient", json!({"ClientId": client}));
        shown["UserPoolClient"]["ClientSecret"].as_str().unwrap().to_owned()
    }

    /// Asks the API as the pool's owner.
    #[track_caller]
    pub(super) fn ask(&self, name: &str, mut input: Value) -> Value {
        input["UserPoolId"] = json!(self.pool);
        self.sandbox.with_world(|world| {
            services::ask(world, "cognito-idp", name, "111122223333", "eu-central-1", input).unwrap()
        })
    }

    /// Lets time pass.
    pub(super) fn wait(&self, seconds: f64) {
        let now = self.sandbox.with_world(|world| world.now());
        self.sandbox.set_clock(Some(now + seconds));
    }

    /// Opens an address of the domain.
    pub(super) fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, None, &[])
    }

    /// Sends a form.
    pub(super) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send("POST", path, Some(body), &[])
    }

    pub(super) fn send(&mut self, method: &str, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Seen {
        let path = path.strip_prefix(&format!("https://{HOST}")).unwrap_or(path).to_owned();
        self.send_to(HOST, method, &path, body, headers)
    }

    pub(super) fn send_to(
        &mut self,
        host: &str,
        method: &str,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let mut request = http::Request::builder().method(method).uri(path).header("host", host);
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .sandbox
            .call(request.body(body.unwrap_or_default().into_bytes()).unwrap());
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        for (_, line) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Seen {
            status: answer.status().as_u16(),
            place: headers
                .iter()
                .find(|(name, _)| name == "location")
                .map(|(_, place)| place.clone())
                .unwrap_or_default(),
            text: String::from_utf8(answer.into_body()).unwrap(),
            headers,
        }
    }

    /// The address with which IGV begins, with other parameters.
    pub(super) fn authorize(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut parameters = BTreeMap::from([
            ("state", "s1"),
            ("redirect_uri", CALLBACK),
            ("client_id", self.client.as_str()),
            ("response_type", "code"),
            ("scope", "openid email"),
        ]);
        for (name, value) in changes {
            match value {
                Some(value) => parameters.insert(name, value),
                None => parameters.remove(name),
            };
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        format!("/oauth2/authorize?{query}")
    }

    /// Goes to the login page for an address that begins a login.
    pub(super) fn login_page(&mut self, authorize: &str) -> (String, Seen) {
        let sent = self.get(authorize);
        assert_eq!(sent.status, 302, "{}", sent.text);
        let page = self.get(&sent.place);
        (sent.place, page)
    }

    /// Fills in the login page.
    pub(super) fn fill_in(&mut self, page: &(String, Seen), name: &str, password: &str) -> Seen {
        let mark = page.1.hidden("_csrf");
        self.post(&page.0, &[("_csrf", &mark), ("username", name), ("password", password)])
    }

    /// Logs in as `ann`, and returns the code.
    pub(super) fn code(&mut self, changes: &[(&str, Option<&str>)]) -> String {
        let address = self.authorize(changes);
        let page = self.login_page(&address);
        let done = self.fill_in(&page, "ann", PASSWORD);
        done.parameter("code").unwrap()
    }
}
