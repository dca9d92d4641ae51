//! The sections of a file, as data: which keys there are, what they mean, what stands where nothing is written.
//!
//! A section takes the fields of its nouns, less those that `expand` derives, and a few of its own.

use std::sync::OnceLock;

use crate::kinds::{Kind, LoginPage};
use crate::shape::{Class, FieldShape, Shape, Shaped};
use crate::spec::UsersMode;
use crate::value::Value;

/// The ports on which IGV waits for a login to return: its preference, and two neighbours for a second and third IGV.
pub(crate) const CALLBACK_PORTS: [i64; 3] = [60151, 60152, 60153];

/// The name of the section of resources written directly.
pub(crate) const RESOURCES: &str = "resources";

/// The sections in the order of the reference page. `resources`, whose fields depend on the kind, is not among them.
pub(crate) fn sections() -> &'static [FieldShape] {
    static SECTIONS: OnceLock<Vec<FieldShape>> = OnceLock::new();
    SECTIONS.get_or_init(|| {
        vec![
            required(
                "version",
                "The version of this file's language. Defaults belong to it: they never change under a committed file.",
                Shape::Int(1, i64::from(u32::MAX)),
            ),
            optional(
                "id",
                "Eight of `a-z` and `0-9`, written by `igvctl init`: no file with another id may manage this stack.",
                Shape::Text,
            ),
            required(
                "stack",
                "The stack's name, which its objects' names begin with: a small letter, then 1 to 20 of `a-z`, `0-9` and `-`.",
                Shape::Text,
            ),
            required(
                "account",
                "The AWS account, twelve digits in quotes. With credentials of any other account nothing is shown or sent.",
                Shape::Text,
            ),
            required("region", "The AWS region of everything that has one.", Shape::Text),
            optional(
                "user_pool",
                "The people who may log in, the login page and the app client of IGV.",
                Shape::Record(user_pool()),
            ),
            optional(
                "identity_pool",
                "What turns a login into AWS credentials, and the role that these get.",
                Shape::Record(identity_pool()),
            ),
            defaulted(
                "data",
                "The buckets with data that people may read.",
                Shape::List(Box::new(Shape::Record(data()))),
                Value::List(Vec::new()),
            ),
            optional(
                "access",
                "What people who logged in may do besides reading the data, and settings of their role.",
                Shape::Record(access()),
            ),
            optional(
                "config",
                "Where the file is published that IGV loads.",
                Shape::Record(config()),
            ),
            defaulted(
                "tags",
                "Tags of everything that can have tags. Keys of `aws:` and `igvctl:` are refused.",
                Shape::Entries(Box::new(Shape::Text)),
                Value::Map(Default::default()),
            ),
            defaulted(
                "adopt",
                "Existing objects that are ours: address to id. It may stay in the file for good.",
                Shape::Table(Box::new(Shape::Text)),
                Value::Table(Default::default()),
            ),
            set(
                "release",
                "Addresses to let go: our marks come off, the object lives on.",
            ),
            set(
                "may_destroy",
                "Consent, address by address, to what costs data, a login or a URL; `users` for many users who leave at once.",
            ),
            set(
                "accept",
                "Findings of `igvctl drift` that are known and wanted; each finding prints its line.",
            ),
        ]
    })
}

fn user_pool() -> Vec<FieldShape> {
    let mut fields = noun(Kind::UserPool, &["mark_attribute"]);
    let end = fields.len() - 1;
    let own = vec![
        optional(
            "domain",
            "The prefix of the login page's address, unique in the region over all AWS accounts. Without it there is no login page.",
            Shape::Text,
        ),
        defaulted(
            "login_page",
            "Which login page is served.",
            LoginPage::shape(),
            LoginPage::Classic.to_value(),
        ),
        record("client", "The app client with which IGV logs people in.", client()),
        defaulted(
            "users",
            "The people who may log in, by the name they log in with.",
            Shape::Table(Box::new(Shape::Record(user()))),
            Value::Table(Default::default()),
        ),
        defaulted(
            "users_mode",
            "Whether users that the file does not list are disabled too.",
            UsersMode::shape(),
            UsersMode::Listed.to_value(),
        ),
    ];
    fields.splice(end..end, own);
    named_by_the_stack(fields)
}

fn client() -> Vec<FieldShape> {
    let mut fields = noun(Kind::UserPoolClient, &["user_pool_id"]);
    let at = fields
        .iter()
        .position(|it| it.name == "callback_urls")
        .unwrap_or_default();
    if let Some(urls) = fields.get_mut(at) {
        urls.default = None;
        urls.optional = true;
        urls.doc = "Where a login may return to, in place of `callback_ports`: exactly these addresses.".to_owned();
    }
    fields.insert(
        at,
        defaulted(
            "callback_ports",
            "The ports of `http://localhost:<port>/oauthCallback`, to which a login may return: exactly these. A second IGV takes another port.",
            Shape::Set(Box::new(Shape::Int(1, 65535))),
            Value::Set(CALLBACK_PORTS.into_iter().map(Value::Int).collect()),
        ),
    );
    fields
}

fn user() -> Vec<FieldShape> {
    let mut fields = noun(Kind::User, &["user_pool_id", "name", "standing"]);
    fields.push(defaulted(
        "enabled",
        "Whether the user may log in; `false` signs out too.",
        Shape::Bool,
        Value::Bool(true),
    ));
    fields
}

fn identity_pool() -> Vec<FieldShape> {
    named_by_the_stack(noun(Kind::IdentityPool, &["login_providers"]))
}

fn data() -> Vec<FieldShape> {
    let mut fields = vec![
        required("bucket", "The bucket's name.", Shape::Text),
        defaulted(
            "existing",
            "Whether the bucket exists and belongs to somebody else: only read rights are granted, nothing of it is touched.",
            Shape::Bool,
            Value::Bool(false),
        ),
        optional(
            "owner",
            "The AWS account that owns an existing bucket, where it is another one. `igvctl` prints the statement that its owner must add.",
            Shape::Text,
        ),
        defaulted(
            "prefixes",
            "The folders that may be read, each ending in `/`; none is the whole bucket.",
            Shape::List(Box::new(Shape::Text)),
            Value::List(Vec::new()),
        ),
        optional(
            "kms_key",
            "ARN of the KMS key with which the objects are encrypted; the role may decrypt with it.",
            Shape::Text,
        ),
        defaulted(
            "objects",
            "Keys of files that must be there. The local file has the same path, seen from the spec's folder; the index beside it belongs to it.",
            Shape::List(Box::new(Shape::Text)),
            Value::List(Vec::new()),
        ),
    ];
    fields.extend(noun(Kind::Bucket, &["name", "region"]));
    fields
}

fn access() -> Vec<FieldShape> {
    let mut fields = vec![
        defaulted(
            "list_buckets",
            "Whether people may list the names of all buckets of the account, which IGV's bucket browser does.",
            Shape::Bool,
            Value::Bool(true),
        ),
        set(
            "keep_deny",
            "Names of policies on the role that only deny and shall stay, such as `AWSRevokeOlderSessions`.",
        ),
    ];
    fields.extend(noun(Kind::Role, &["name", "path", "trust", "policies"]));
    fields
}

fn config() -> Vec<FieldShape> {
    let mut fields = vec![
        required(
            "bucket",
            "A bucket for this file alone, private, behind CloudFront.",
            Shape::Text,
        ),
        defaulted(
            "path",
            "The file's path; it ends in `.json.gz`, because releases of IGV up to 2.14.1 unpack by name.",
            Shape::Text,
            "oauth-config.json.gz".into(),
        ),
        defaulted(
            "page",
            "Whether a page is published beside the file that tells people how to set IGV up: what to install, the address to paste, how to log in.",
            Shape::Bool,
            Value::Bool(false),
        ),
        optional(
            "redirect_uris",
            "Where a login returns to, for IGV from 2.17.0; pins the port, so it is left out by default.",
            Shape::List(Box::new(Shape::Text)),
        ),
        defaulted(
            "scope",
            "OAuth scopes as IGV inserts them: percent-encoded.",
            Shape::Text,
            "openid%20email".into(),
        ),
    ];
    // A KMS key on this bucket makes CloudFront answer 403 unless the key's policy names the distribution, so its
    // encryption is S3's own. Nothing but CloudFront reads it, so it has no CORS rules.
    let mut bucket = noun(Kind::Bucket, &["name", "region", "encryption", "cors", "tags"]);
    if let Some(versioning) = bucket.iter_mut().find(|it| it.name == "versioning") {
        versioning.default = Some("enabled".into());
        versioning.optional = false;
    }
    fields.extend(bucket);
    fields.push(record(
        "distribution",
        "Settings of the CloudFront distribution.",
        noun(
            Kind::Distribution,
            &["origin_domain", "access_control_id", "origin_path", "tags"],
        ),
    ));
    fields
}

/// A section that is there with its defaults where nothing is written.
fn record(name: &'static str, doc: &str, fields: Vec<FieldShape>) -> FieldShape {
    let defaults = fields
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), field.default.clone()?)))
        .collect();
    defaulted(name, doc, Shape::Record(fields), Value::Map(defaults))
}

fn noun(kind: Kind, except: &[&str]) -> Vec<FieldShape> {
    let fields = &kind.descriptor().fields;
    fields
        .iter()
        .filter(|field| !except.contains(&field.name))
        .cloned()
        .collect()
}

fn named_by_the_stack(mut fields: Vec<FieldShape>) -> Vec<FieldShape> {
    if let Some(name) = fields.iter_mut().find(|it| it.name == "name") {
        name.optional = true;
        name.doc.push_str(" The stack's name by default.");
    }
    fields
}

fn required(name: &'static str, doc: &str, shape: Shape) -> FieldShape {
    FieldShape {
        optional: false,
        ..optional(name, doc, shape)
    }
}

fn optional(name: &'static str, doc: &str, shape: Shape) -> FieldShape {
    FieldShape {
        shape,
        optional: true,
        ..FieldShape::new::<String>(name, &[doc], "", Class::Ours)
    }
}

pub(crate) fn defaulted(name: &'static str, doc: &str, shape: Shape, default: Value) -> FieldShape {
    FieldShape {
        default: Some(default),
        ..required(name, doc, shape)
    }
}

fn set(name: &'static str, doc: &str) -> FieldShape {
    defaulted(
        name,
        doc,
        Shape::Set(Box::new(Shape::Text)),
        Value::Set(Default::default()),
    )
}

/// The fields of a resource that is written directly: those of its noun and what every resource may say.
pub(crate) fn resource_fields(kind: Kind) -> Vec<FieldShape> {
    let mut fields = noun(kind, &[]);
    fields.push(set("after", "Addresses of resources that must be there first."));
    fields.push(set(
        "defaults",
        "Names of fields written here that count as defaults: of an adopted object they are taken as they are. `igvctl expand` writes them.",
    ));
    if kind == Kind::Object {
        fields.push(optional(
            "source",
            "The local file, seen from the spec's folder; the same path as the key by default.",
            Shape::Text,
        ));
    }
    if kind == Kind::UserPool {
        fields.push(defaulted(
            "users_mode",
            "Whether users that the file does not list are disabled too.",
            UsersMode::shape(),
            UsersMode::Listed.to_value(),
        ));
    }
    fields
}

/// What a key will be for, where a later version will have it.
pub(crate) fn later(path: &str, key: &str) -> Option<&'static str> {
    const FEDERATION: &str = "logins through other identity providers";
    const MAIL: &str = "a mail sender of your own";
    const STYLE: &str = "a style of the login page";
    const DOMAIN: &str = "a domain of your own";
    Some(match (path, key) {
        ("" | "user_pool", "identity_providers" | "federation" | "saml" | "oidc" | "google") => FEDERATION,
        ("" | "user_pool", "email" | "email_sender" | "sender" | "mail" | "ses") => MAIL,
        ("" | "user_pool", "style" | "branding" | "login_style" | "login_page_style" | "logo") => STYLE,
        (
            "" | "user_pool" | "config" | "config.distribution",
            "custom_domain" | "certificate" | "alias" | "aliases",
        ) => DOMAIN,
        ("config", "domain") => DOMAIN,
        _ => return None,
    })
}

/// The section in which a key is at home, for keys that stand in the wrong one.
pub(crate) fn home(key: &str) -> Option<String> {
    fn search(fields: &[FieldShape], path: &str, key: &str) -> Option<String> {
        // A key of this level is nearer than one further in.
        if !path.is_empty() && fields.iter().any(|field| field.name == key) {
            return Some(path.to_owned());
        }
        fields.iter().find_map(|field| {
            let path = if path.is_empty() {
                field.name.to_owned()
            } else {
                format!("{path}.{}", field.name)
            };
            let inner = if let Shape::List(of) | Shape::Table(of) = &field.shape {
                of
            } else {
                &field.shape
            };
            let Shape::Record(inside) = inner else { return None };
            search(inside, &path, key)
        })
    }
    if sections().iter().any(|it| it.name == key) || key == RESOURCES {
        return Some("at the top of the file".to_owned());
    }
    search(sections(), "", key).map(|path| format!("under `{path}`"))
}
