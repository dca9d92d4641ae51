//! Which operation of which service a request asks for.
//!
//! One address serves all services, so the service is told by the target header, the scope of the signature,
//! the host, the path of CloudFront, or the action of a form; what is left is S3.

use crate::model::{Model, Operation, Shape};
use crate::protocol::wire::{self, Wire};

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Target {
    /// The service.
    pub(crate) model: &'static Model,
    /// The operation's name, or what was asked for where there is no such operation.
    pub(crate) name: String,
    /// The operation, where the model has it.
    pub(crate) operation: Option<&'static Operation>,
    /// The parts of the address that are members.
    pub(crate) labels: Vec<(&'static str, String)>,
    /// The parameters of a Query request.
    pub(crate) form: Vec<(String, String)>,
}

/// The name under which S3 is asked for a CORS preflight, which no model has.
pub(crate) const PREFLIGHT: &str = "Preflight";

/// The scope of a signature: `<key id>/<date>/<region>/<service>/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The access key id.
    pub(crate) key: String,
    /// The day; empty in the old form, which has none.
    pub(crate) date: String,
    /// The region; empty where the signature is for all regions.
    pub(crate) region: String,
    /// The service's signing name.
    pub(crate) service: String,
}

/// The scope of the signature of a request, in its header or in its query.
pub(crate) fn scope(wire: &Wire) -> Option<Scope> {
    let credential = match wire.header("authorization") {
        Some(header) => header
            .split_once("Credential=")
            .map(|(_, rest)| rest.split(',').next().unwrap_or_default().trim()),
        None if wire.parameter("AWSAccessKeyId").is_some() && wire.parameter("Signature").is_some() => {
            // boto3 still presigns so for S3 in us-east-1. There is no region in it.
            return wire.parameter("AWSAccessKeyId").map(|key| Scope {
                key: key.to_owned(),
                date: String::new(),
                region: String::new(),
                service: "s3".to_owned(),
            });
        }
        None => wire.parameter("X-Amz-Credential"),
    }?;
    let mut parts = credential.rsplit('/');
    let (last, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let rest: Vec<&str> = parts.collect();
    if last != "aws4_request" {
        return None;
    }
    match rest.as_slice() {
        // The asymmetric signature leaves the region out.
        [key] => Some(Scope {
            key: (*key).to_owned(),
            date: String::new(),
            region: String::new(),
            service: service.to_owned(),
        }),
        [date, key] => Some(Scope {
            key: (*key).to_owned(),
            date: (*date).to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        }),
        _ => None,
    }
}

/// The region that a host names: `s3.eu-central-1.amazonaws.com`.
pub(crate) fn region_of_host(host: &str) -> Option<&str> {
    let rest = host.strip_suffix(".amazonaws.com")?;
    let last = rest.rsplit('.').next()?;
    (last != rest && last.matches('-').count() >= 2 && last.ends_with(|it: char| it.is_ascii_digit())).then_some(last)
}

/// Finds what a request asks for. `None` where no service can be told.
pub(crate) fn find(wire: &Wire, scope: Option<&Scope>) -> Option<Target> {
    if let Some(target) = wire.header("x-amz-target") {
        let (prefix, name) = target.split_once('.')?;
        let model = Model::all().find(|model| model.target.as_deref() == Some(prefix))?;
        return Some(named(model, name, Vec::new()));
    }
    if let Some(bucket) = bucket_of_host(&wire.host) {
        return Some(s3(wire, Some(bucket)));
    }
    let service = wire
        .host
        .strip_suffix(".amazonaws.com")
        .and_then(|rest| rest.split('.').next())
        .or(scope.map(|scope| scope.service.as_str()));
    if service == Some("cloudfront") || wire.path.starts_with("/2020-05-31/") {
        return Some(cloudfront(wire));
    }
    if service != Some("s3") && (service.is_some() || wire.path == "/") {
        let form = match wire.method.as_str() {
            "POST" if is_form(wire) => wire::form(&String::from_utf8_lossy(&wire.body)),
            _ => wire.query.clone(),
        };
        let field = |name: &str| {
            form.iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.clone())
        };
        if let Some(action) = field("Action") {
            let version = field("Version");
            let model = Model::all()
                .filter(|model| model.protocol == crate::model::Protocol::Query)
                .find(|model| service == Some(&model.signing))
                .or_else(|| {
                    Model::all().find(|model| {
                        model.protocol == crate::model::Protocol::Query && Some(&model.version) == version.as_ref()
                    })
                })?;
            return Some(named(model, &action, form));
        }
        // A service of ours without an operation, or one that is not here.
        if let Some(service) = service {
            let model = Model::all().find(|model| model.signing == service)?;
            return Some(named(model, "", Vec::new()));
        }
    }
    Some(s3(wire, None))
}

fn is_form(wire: &Wire) -> bool {
    wire.header("content-type")
        .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"))
}

fn named(model: &'static Model, name: &str, form: Vec<(String, String)>) -> Target {
    Target {
        model,
        name: name.to_owned(),
        operation: model.operations.get(name),
        labels: Vec::new(),
        form,
    }
}

/// The bucket that a host names in front of S3's own name.
pub(crate) fn bucket_of_host(host: &str) -> Option<&str> {
    if let Some(rest) = host.strip_suffix(".localhost") {
        let bucket = rest.strip_suffix(".s3").unwrap_or(rest);
        return (bucket != "s3").then_some(bucket);
    }
    let rest = host.strip_suffix(".amazonaws.com")?;
    let at = rest
        .rfind(".s3.")
        .or_else(|| rest.rfind(".s3-"))
        .or_else(|| rest.strip_suffix(".s3").map(str::len))?;
    Some(&rest[..at])
}

fn s3(wire: &Wire, bucket: Option<&str>) -> Target {
    let model = Model::of("s3").expect("S3's model is in the binary");
    let path = wire.path.strip_prefix('/').unwrap_or(&wire.path);
    let (bucket, key) = match bucket {
        Some(bucket) => (bucket.to_owned(), wire::decode(path)),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (wire::decode(bucket), wire::decode(key))
        }
    };
    let template = match (bucket.as_str(), key.as_str()) {
        ("", _) => "/",
        (_, "") => "/{Bucket}",
        _ => "/{Bucket}/{Key+}",
    };
    let mut labels = Vec::new();
    if !bucket.is_empty() {
        labels.push(("Bucket", bucket));
        if !key.is_empty() {
            labels.push(("Key", key));
        }
    }
    let candidates: Vec<(&'static str, &'static Operation)> = model
        .operations
        .iter()
        .filter(|(_, operation)| path_of(&operation.uri) == template)
        .map(|(name, operation)| (name.as_str(), operation))
        .collect();
    let found = if wire.method == "OPTIONS" {
        None
    } else {
        best(model, wire, &candidates)
    };
    Target {
        model,
        name: match found {
            Some((name, _)) => name.to_owned(),
            None if wire.method == "OPTIONS" => PREFLIGHT.to_owned(),
            None => format!("{} {template}", wire.method),
        },
        operation: found.map(|(_, operation)| operation),
        labels,
        form: Vec::new(),
    }
}

fn cloudfront(wire: &Wire) -> Target {
    let model = Model::of("cloudfront").expect("CloudFront's model is in the binary");
    let candidates: Vec<(&'static str, &'static Operation)> = model
        .operations
        .iter()
        .filter(|(_, operation)| labels(path_of(&operation.uri), &wire.path).is_some())
        .map(|(name, operation)| (name.as_str(), operation))
        .collect();
    let found = best(model, wire, &candidates);
    Target {
        model,
        name: found.map_or_else(|| format!("{} {}", wire.method, wire.path), |(name, _)| name.to_owned()),
        operation: found.map(|(_, operation)| operation),
        labels: found
            .and_then(|(_, operation)| labels(path_of(&operation.uri), &wire.path))
            .unwrap_or_default(),
        form: Vec::new(),
    }
}

fn path_of(uri: &str) -> &str {
    uri.split('?').next().unwrap_or(uri)
}

/// The labels of a path that matches a template, or `None`.
fn labels(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let mut parts = path.trim_end_matches('/').split('/');
    for wanted in template.split('/') {
        let part = parts.next()?;
        match wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(_) if part.is_empty() => return None,
            Some(label) => found.push((label, wire::decode(part))),
            None if wanted == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(found)
}

/// The operation whose fixed query and required members fit best: `PUT /b/k` is `UploadPartCopy`, `UploadPart`,
/// `CopyObject` or `PutObject`, as the query and the headers go.
fn best(
    model: &'static Model,
    wire: &Wire,
    candidates: &[(&'static str, &'static Operation)],
) -> Option<(&'static str, &'static Operation)> {
    candidates
        .iter()
        .filter(|(_, operation)| operation.method == wire.method)
        .filter_map(|&(name, operation)| {
            let fixed = wire::form(operation.uri.split_once('?').map_or("", |(_, query)| query));
            let fits = fixed.iter().all(|(name, wanted)| {
                wire.parameter(name)
                    .is_some_and(|sent| wanted.is_empty() || sent == wanted)
            });
            if !fits {
                return None;
            }
            let (there, wanted) = model
                .input(operation)
                .map_or((0, 0), |shape| required_outside_the_body(shape, wire));
            // A fixed query counts most; among equals one that lacks nothing, then the one that asks for most.
            Some(((fixed.len(), there == wanted, there), (name, operation)))
        })
        .max_by_key(|(score, _)| *score)
        .map(|(_, found)| found)
}

/// How many of the required members in query and headers were sent, and how many there are.
fn required_outside_the_body(shape: &Shape, wire: &Wire) -> (usize, usize) {
    let sent: Vec<bool> = shape
        .members
        .iter()
        .filter(|member| shape.required.contains(&member.member))
        .filter_map(|member| match member.held.location.as_deref() {
            Some("querystring") => Some(wire.parameter(member.wire_name()).is_some()),
            Some("header") => Some(wire.header(&member.wire_name().to_ascii_lowercase()).is_some()),
            Some(_) | None => None,
        })
        .collect();
    (sent.iter().filter(|sent| **sent).count(), sent.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn request(method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Wire {
        let mut builder = http::Request::builder().method(method).uri(address);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Wire::from_http(builder.body(body.as_bytes().to_vec()).unwrap())
    }

    fn found(wire: &Wire) -> String {
        let target = find(wire, scope(wire).as_ref()).unwrap();
        format!("{}.{}", target.model.service, target.name)
    }

    #[test]
    fn scopes_of_headers_and_presigned_addresses() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AK/20261124/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let wanted = Scope {
            key: "AK".into(),
            date: "20261124".into(),
            region: "eu-central-1".into(),
            service: "s3".into(),
        };
        assert_eq!(
            scope(&request("GET", "/", &[("authorization", header)], "")),
            Some(wanted.clone())
        );
        let address = "/b/k?X-Amz-Credential=AK%2F20261124%2Feu-central-1%2Fs3%2Faws4_request";
        assert_eq!(scope(&request("GET", address, &[], "")), Some(wanted));
        assert_eq!(
            scope(&request("GET", "/", &[("authorization", "AWS AK:sig")], "")),
            None
        );
    }

    #[test]
    fn objects_and_their_neighbours() {
        for (method, address, header, wanted) in [
            ("GET", "/", "", "s3.ListBuckets"),
            ("PUT", "/b", "", "s3.CreateBucket"),
            ("GET", "/b/", "", "s3.ListObjects"),
            ("GET", "/b?list-type=2&prefix=a", "", "s3.ListObjectsV2"),
            ("GET", "/b?location", "", "s3.GetBucketLocation"),
            ("GET", "/b?inventory&id=x", "", "s3.GetBucketInventoryConfiguration"),
            ("GET", "/b?inventory", "", "s3.ListBucketInventoryConfigurations"),
            ("PUT", "/b?inventory", "", "s3.PutBucketInventoryConfiguration"),
            ("GET", "/b?lifecycle", "", "s3.GetBucketLifecycleConfiguration"),
            ("PUT", "/b/k", "", "s3.PutObject"),
            ("PUT", "/b/k?x-id=PutObject", "", "s3.PutObject"),
            ("PUT", "/b/k", "x-amz-copy-source", "s3.CopyObject"),
            ("PUT", "/b/k?partNumber=1&uploadId=u", "", "s3.UploadPart"),
            (
                "PUT",
                "/b/k?partNumber=1&uploadId=u",
                "x-amz-copy-source",
                "s3.UploadPartCopy",
            ),
            ("PUT", "/b/k?tagging", "", "s3.PutObjectTagging"),
            ("GET", "/b/k?uploadId=u", "", "s3.ListParts"),
            ("POST", "/b/k?uploads", "", "s3.CreateMultipartUpload"),
            ("POST", "/b/k?uploadId=u", "", "s3.CompleteMultipartUpload"),
            ("DELETE", "/b/k?uploadId=u", "", "s3.AbortMultipartUpload"),
            ("POST", "/b?delete", "", "s3.DeleteObjects"),
            ("HEAD", "/b/k", "", "s3.HeadObject"),
            ("OPTIONS", "/b/k", "", "s3.Preflight"),
        ] {
            let headers: Vec<(&str, &str)> = if header.is_empty() { vec![] } else { vec![(header, "x")] };
            assert_eq!(
                found(&request(method, address, &headers, "")),
                wanted,
                "{method} {address} {header}"
            );
        }
    }

    #[test]
    fn keys_and_virtual_hosts() {
        let target = |wire: &Wire| find(wire, None).unwrap().labels;
        let labels = vec![
            ("Bucket", "my.bucket".to_owned()),
            ("Key", "a b/\u{e9}.json".to_owned()),
        ];
        assert_eq!(target(&request("GET", "/my.bucket/a%20b/%C3%A9.json", &[], "")), labels);
        for host in [
            "my.bucket.s3.amazonaws.com",
            "my.bucket.s3.eu-central-1.amazonaws.com:443",
            "my.bucket.s3.localhost:4566",
        ] {
            assert_eq!(
                target(&request("GET", "/a%20b/%C3%A9.json", &[("host", host)], "")),
                labels,
                "{host}"
            );
        }
        assert_eq!(bucket_of_host("s3.eu-central-1.amazonaws.com"), None);
        assert_eq!(bucket_of_host("s3.localhost"), None);
        assert_eq!(region_of_host("s3.eu-central-1.amazonaws.com"), Some("eu-central-1"));
        assert_eq!(region_of_host("iam.amazonaws.com"), None);
    }

    #[test]
    fn management_services() {
        let signed = |service: &str| {
            format!("AWS4-HMAC-SHA256 Credential=AK/20261124/us-east-1/{service}/aws4_request, Signature=0")
        };
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(
            found(&request(
                "POST",
                "/",
                &[form, ("authorization", &signed("iam"))],
                "Action=GetRole&Version=2010-05-08"
            )),
            "iam.GetRole"
        );
        // Without a signature the version tells.
        assert_eq!(
            found(&request(
                "POST",
                "/",
                &[form],
                "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
            )),
            "sts.AssumeRoleWithWebIdentity"
        );
        let target = ("x-amz-target", "AWSCognitoIdentityProviderService.CreateUserPool");
        assert_eq!(
            found(&request("POST", "/", &[target], "{}")),
            "cognito-idp.CreateUserPool"
        );
        for (method, address, wanted) in [
            (
                "POST",
                "/2020-05-31/distribution?WithTags",
                "CreateDistributionWithTags",
            ),
            ("POST", "/2020-05-31/distribution", "CreateDistribution"),
            ("PUT", "/2020-05-31/distribution/E1/config", "UpdateDistribution"),
            (
                "POST",
                "/2020-05-31/tagging?Operation=Untag&Resource=a",
                "UntagResource",
            ),
            ("GET", "/2020-05-31/tagging?Resource=a", "ListTagsForResource"),
            ("GET", "/2020-05-31/cache-policy?Type=managed", "ListCachePolicies"),
        ] {
            assert_eq!(
                found(&request(method, address, &[], "")),
                format!("cloudfront.{wanted}")
            );
        }
        let wire = request("GET", "/2020-05-31/distribution/E1/invalidation/I1", &[], "");
        assert_eq!(
            find(&wire, None).unwrap().labels,
            [("DistributionId", "E1".to_owned()), ("Id", "I1".to_owned())]
        );
    }
}
