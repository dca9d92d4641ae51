//! What AWS or IGV would refuse in a resource, checked per kind without asking them.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::error::{SpecError, Spot};
use crate::expand::{Draft, Expanded};
use crate::kinds::Kind;
use crate::mask::Masks;
use crate::names::{self, Check};
use crate::read::duration_text;
use crate::spec::{Spec, UsersMode};
use crate::value::Value;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// Checks every resource of a spec, and what several of them together must not be.
pub(crate) fn check(expanded: &Expanded<'_>, masks: &Masks, errors: &mut Vec<SpecError>) {
    let Expanded { spec, drafts, .. } = expanded;
    for (address, draft) in drafts {
        let mut checker = Checker {
            spec,
            draft,
            masks,
            errors,
        };
        match address.kind {
            Kind::UserPool => checker.user_pool(),
            Kind::UserPoolDomain => checker.text("prefix", names::domain_prefix),
            Kind::UserPoolClient => checker.client(address),
            Kind::IdentityPool => checker.identity_pool(),
            Kind::Role => checker.role(),
            Kind::Bucket => checker.bucket(),
            Kind::OriginAccessControl => checker.access_control(address),
            Kind::BucketPolicy => checker.policy("document", policy::Place::Resource, 20 * 1024),
            Kind::ConfigFile => checker.config_file(),
            Kind::WelcomePage => checker.welcome_page(),
            Kind::Object => checker.text("key", names::object_key),
            Kind::User => checker.user(address),
            Kind::Distribution => checker.distribution(),
            Kind::IdentityPoolRoles => {}
        }
    }
    twins(drafts, errors);
    if spec.users_mode == UsersMode::All {
        federated(drafts, expanded.users_mode_at, errors);
    }
}

struct Checker<'a, 'n> {
    spec: &'a Spec,
    draft: &'a Draft<'n>,
    masks: &'a Masks,
    errors: &'a mut Vec<SpecError>,
}

impl Checker<'_, '_> {
    fn refuse(&mut self, field: &str, at: Spot, check: Check) {
        if let Err(wrong) = check {
            self.errors.push(self.draft.wrong(field, at, wrong, self.masks));
        }
    }

    /// Checks a text field, unless it quotes something.
    fn text(&mut self, field: &str, check: impl Fn(&str) -> Check) {
        if let Some(text) = self.draft.text(field) {
            self.refuse(field, self.draft.spot(field), check(text));
        }
    }

    /// Checks the texts of a set or list.
    fn texts(&mut self, field: &str, check: impl Fn(&str) -> Check) {
        let texts: Vec<&str> = match self.draft.fields.get(field) {
            Some(Value::Set(items)) => items.iter().filter_map(Value::as_text).collect(),
            Some(Value::List(items)) => items.iter().filter_map(Value::as_text).collect(),
            _ => Vec::new(),
        };
        for text in texts {
            self.refuse(field, self.draft.spot_of(field, text), check(text));
        }
    }

    /// Checks that a duration lies within bounds, and is whole in a unit.
    fn duration(&mut self, value: Option<&Value>, at: Spot, what: &str, bounds: (u64, u64), unit: u64) {
        let Some(Value::Duration(seconds)) = value else {
            return;
        };
        let (low, high) = bounds;
        let valid = format!("{} to {}", duration_text(low), duration_text(high));
        if !(low..=high).contains(seconds) {
            let message = format!("`{what}` is {}", duration_text(*seconds));
            self.errors.push(SpecError::new(at, message).valid(valid));
        } else if !seconds.is_multiple_of(unit) {
            let message = format!("`{what}` is {}, and AWS counts it in days", duration_text(*seconds));
            self.errors
                .push(SpecError::new(at, message).valid(format!("{valid}, in whole days")));
        }
    }

    fn field_duration(&mut self, field: &str, bounds: (u64, u64), unit: u64) {
        let draft = self.draft;
        self.duration(draft.fields.get(field), draft.spot(field), field, bounds, unit);
    }

    fn error(&mut self, field: &str, message: impl Into<String>, valid: &str) {
        self.errors
            .push(SpecError::new(self.draft.spot(field), message).valid(valid));
    }

    fn user_pool(&mut self) {
        self.text("name", names::pool);
        let draft = self.draft;
        let Some(policy) = draft.fields.get("password_policy") else {
            return;
        };
        let at = |key| draft.spot_in("password_policy", &[key]);
        // Cognito API, `PasswordPolicyType`: the bounds of its members.
        if let Some(Value::Int(length)) = policy.get("minimum_length")
            && !(6..=99).contains(length)
        {
            let message = format!("`minimum_length` is {length}");
            self.errors
                .push(SpecError::new(at("minimum_length"), message).valid("6 to 99"));
        }
        let validity = "temporary_password_validity";
        self.duration(policy.get(validity), at(validity), validity, (DAY, 365 * DAY), DAY);
        if let Some(Value::Int(history)) = policy.get("history")
            && !(0..=24).contains(history)
        {
            let message = format!("`history` is {history}");
            self.errors
                .push(SpecError::new(at("history"), message).valid("0 to 24"));
        }
        if let Some(invitation) = draft.fields.get("invitation") {
            // Cognito API, `EmailMessage`: 6 to 20,000 characters, with both placeholders; `EmailSubject`: 1 to 140.
            for (key, bounds) in [("subject", 1..=140), ("text", 6..=20_000)] {
                let length = invitation
                    .get(key)
                    .and_then(Value::as_text)
                    .map(|it| it.chars().count());
                if let Some(length) = length.filter(|length| !bounds.contains(length)) {
                    let at = draft.spot_in("invitation", &[key]);
                    let error = SpecError::new(at, format!("`{key}` of the invitation has {length} characters"))
                        .valid(format!("{} to {}", bounds.start(), bounds.end()));
                    self.errors.push(error);
                }
            }
            if let Some(text) = invitation.get("text").and_then(Value::as_text) {
                for word in ["{username}", "{####}"] {
                    if !text.contains(word) {
                        let at = draft.spot_in("invitation", &["text"]);
                        let error = SpecError::new(at, format!("the invitation does not hold `{word}`"))
                            .valid("a text with `{username}` and `{####}`, for the name and the temporary password");
                        self.errors.push(error);
                    }
                }
            }
        }
        if draft.fields.get("account_recovery") == Some(&Value::List(Vec::new())) {
            self.error(
                "account_recovery",
                "there is no way back into an account",
                "`[verified_email]`, `[admin_only]` and the like",
            );
        }
        if let Some(Value::List(ways)) = draft.fields.get("account_recovery")
            && ways.len() > 1
            && ways.contains(&Value::from("admin_only"))
        {
            self.error(
                "account_recovery",
                "`admin_only` stands alone",
                "`[admin_only]`, or the other ways",
            );
        }
        // Measured: a call that names an attribute before update and does not verify it is refused.
        if let (Some(Value::Set(before)), Some(Value::Set(verified))) = (
            draft.fields.get("verify_before_update"),
            draft.fields.get("verified_attributes"),
        ) && !before.is_subset(verified)
        {
            self.error(
                "verify_before_update",
                "`verify_before_update` has an attribute that `verified_attributes` has not",
                "attributes of `verified_attributes`",
            );
        }
    }

    fn client(&mut self, address: &Address) {
        let mark = self.spec.stack.client_mark(&address.name);
        self.text("name", |name| names::client(name, &mark));
        self.texts("callback_urls", names::callback_url);
        if let Some(Value::Set(urls)) = self.draft.fields.get("callback_urls")
            && !(1..=100).contains(&urls.len())
        {
            let message = format!("there are {} addresses to which a login may return", urls.len());
            self.error("callback_urls", message, "1 to 100");
        }
        // Cognito API, `CreateUserPoolClient`: `AccessTokenValidity`, `IdTokenValidity`, `RefreshTokenValidity`.
        self.field_duration("access_token_validity", (5 * MINUTE, DAY), 1);
        self.field_duration("id_token_validity", (5 * MINUTE, DAY), 1);
        self.field_duration("refresh_token_validity", (60 * MINUTE, 3650 * DAY), 1);
        for field in ["read_attributes", "write_attributes"] {
            if let Some(Value::Set(names)) = self.draft.fields.get(field)
                && names.contains(&Value::from("custom:igvctl"))
            {
                let message = "a login may not touch the mark `custom:igvctl`";
                self.error(field, message, "attributes of people");
            }
        }
        if let Some(Value::Set(flows)) = self.draft.fields.get("auth_flows") {
            let words: Vec<&str> = flows.iter().filter_map(Value::as_text).collect();
            let known = |word: &&str| AUTH_FLOWS.contains(word);
            for word in words.iter().filter(|word| !known(word)) {
                let error = SpecError::new(
                    self.draft.spot_of("auth_flows", word),
                    format!("{} is no way to log in", crate::error::quote(word)),
                )
                .valid(crate::read::names(AUTH_FLOWS.iter().copied()))
                .meant(crate::error::nearest(word, AUTH_FLOWS.iter().copied()));
                self.errors.push(error);
            }
        }
    }

    fn identity_pool(&mut self) {
        self.text("name", names::identity_pool);
        self.texts("openid_providers", |text| names::provider_arn(text, "oidc-provider"));
        self.texts("saml_providers", |text| names::provider_arn(text, "saml-provider"));
    }

    fn role(&mut self) {
        self.text("name", names::role);
        self.text("path", names::role_path);
        self.text("permissions_boundary", names::policy_arn);
        self.texts("managed_policies", names::policy_arn);
        // IAM API, `MaxSessionDuration`; IGV asks for one hour and would get none with less.
        self.field_duration("max_session", (60 * MINUTE, 12 * 60 * MINUTE), 1);
        // IAM User Guide, "IAM and AWS STS quotas": trust 2,048 characters, inline policies 10,240 together.
        self.policy("trust", policy::Place::Trust, 2048);
        let Some(Value::Table(policies)) = self.draft.fields.get("policies") else {
            return;
        };
        let mut size = 0;
        for (name, value) in policies {
            let at = self.draft.spot_in("policies", &[name]);
            self.refuse("policies", at, names::role(name));
            if let Value::Policy(document) = value {
                size += document.size();
                self.faults(document, policy::Place::Identity, at);
            }
        }
        if size > 10_240 {
            self.error(
                "policies",
                format!("the rights of the role take {size} characters"),
                "10240 characters: grant fewer buckets or folders, or folders further up",
            );
        }
    }

    fn policy(&mut self, field: &str, place: policy::Place, limit: usize) {
        let Some(Value::Policy(document)) = self.draft.fields.get(field) else {
            return;
        };
        self.faults(document, place, self.draft.spot(field));
        if document.size() > limit {
            let message = format!("the policy takes {} characters", document.size());
            self.error(field, message, &format!("at most {limit}"));
        }
    }

    fn faults(&mut self, document: &policy::Document, place: policy::Place, at: Spot) {
        for fault in document.check(place) {
            let message = format!("AWS would refuse this policy: {}: {}", fault.path, fault.problem);
            self.errors.push(SpecError::new(at, message).valid(fault.valid));
        }
    }

    fn bucket(&mut self) {
        self.text("name", names::bucket);
        let region = self.spec.stack.region.clone();
        if let Some(text) = self.draft.text("region")
            && text != region
        {
            let message = format!("the bucket is to live in `{text}` and the stack in `{region}`");
            let valid = "the stack's region: IGV cannot read data of another";
            self.error("region", message, valid);
        }
        // S3 API, `AbortIncompleteMultipartUpload.DaysAfterInitiation`: whole days.
        self.field_duration("abort_incomplete_uploads", (DAY, 3650 * DAY), DAY);
        let draft = self.draft;
        if let Some(encryption) = draft.fields.get("encryption") {
            let algorithm = encryption.get("algorithm").and_then(Value::as_text);
            let key = encryption.get("kms_key").and_then(Value::as_text).unwrap_or_default();
            let at = draft.spot_in("encryption", &["kms_key"]);
            if algorithm == Some("sse_s3") && !key.is_empty() {
                let error = SpecError::new(at, "`kms_key` needs an `algorithm` that uses it")
                    .valid("`algorithm: sse_kms`, or no `kms_key`");
                self.errors.push(error);
            } else if !key.is_empty() {
                self.refuse("encryption", at, names::kms_key(key, &region));
            }
        }
        let log = draft.fields.get("access_log").and_then(|log| log.get("bucket"));
        if let Some(text) = log.and_then(Value::as_text) {
            self.refuse(
                "access_log",
                draft.spot_in("access_log", &["bucket"]),
                names::bucket(text),
            );
        }
        if let Some(Value::List(rules)) = draft.fields.get("cors") {
            for (index, rule) in rules.iter().enumerate() {
                let Some(Value::List(methods)) = rule.get("methods") else {
                    continue;
                };
                for method in methods
                    .iter()
                    .filter_map(Value::as_text)
                    .filter(|it| !METHODS.contains(it))
                {
                    let at = draft.spot_in("cors", &[&format!("#{index}"), "methods"]);
                    let error = SpecError::new(at, format!("{} is no method", crate::error::quote(method)))
                        .valid(crate::read::names(METHODS.iter().copied()));
                    self.errors.push(error);
                }
            }
        }
    }

    fn access_control(&mut self, address: &Address) {
        let name = self.spec.stack.access_control_name(&address.name);
        // CloudFront API, `OriginAccessControlConfig.Name`: 64 characters.
        if name.len() > 64 {
            let message = format!("the access control's name `{name}` has {} characters", name.len());
            self.errors
                .push(SpecError::new(self.draft.at, message).valid("at most 64: a shorter address"));
        }
    }

    fn distribution(&mut self) {
        // The word stands for what a newer AWS may answer.
        if self.draft.text("price_class") == Some("other") {
            self.error(
                "price_class",
                "`other` is only found, never wanted",
                "`all`, `200` or `100`",
            );
        }
    }

    fn config_file(&mut self) {
        self.text("key", names::config_path);
        let Some(body) = self.draft.fields.get("body") else {
            return;
        };
        let at = |key| self.draft.spot_in("body", &[key]);
        if body
            .get("auth_provider")
            .and_then(Value::as_text)
            .is_some_and(|it| it != "Amazon")
        {
            let error = SpecError::new(at("auth_provider"), "IGV knows no such `auth_provider`").valid("`Amazon`");
            self.errors.push(error);
        }
        let scope = body.get("scope").and_then(Value::as_text).unwrap_or("openid%20email");
        let words: Vec<&str> = scope.split("%20").collect();
        if scope.contains(' ') {
            // IGV inserts the text raw into an address.
            let error = SpecError::new(at("scope"), "a space in `scope` stops the login page")
                .hint(format!("write `{}`", scope.replace(' ', "%20")));
            self.errors.push(error);
        } else if !(words.contains(&"openid") && words.contains(&"email")) {
            let error =
                SpecError::new(at("scope"), "without `openid` and `email` IGV cannot log in").valid("`openid%20email`");
            self.errors.push(error);
        }
    }

    fn welcome_page(&mut self) {
        self.text("key", names::page_key);
        if self.draft.text("other").is_some_and(|it| !it.is_empty()) {
            self.error("other", "`other` is only found, never wanted", "nothing");
        }
    }

    fn user(&mut self, address: &Address) {
        self.text("name", names::user);
        self.text("email", names::email);
        let mark = self.spec.stack.user_mark(&address.name);
        // The attribute holds 256 characters by our schema, and ` left` may be added to it.
        if mark.chars().count() > 250 {
            let message = format!("the mark of `{address}` has {} characters", mark.chars().count());
            self.errors
                .push(SpecError::new(self.draft.at, message).valid("at most 250: a shorter name"));
        }
        if let Some(Value::Map(attributes)) = self.draft.fields.get("attributes") {
            for name in attributes.keys() {
                let owner = match name.as_str() {
                    "custom:igvctl" => "it is igvctl's mark",
                    "email" | "email_verified" => "it has a key of its own",
                    "sub" => "Cognito gives it",
                    _ => continue,
                };
                let at = self.draft.spot_in("attributes", &[name]);
                let error = SpecError::new(at, format!("`{name}` cannot stand in `attributes`: {owner}"))
                    .valid("other attributes");
                self.errors.push(error);
            }
        }
    }
}

/// Cognito API, `ExplicitAuthFlows`, without the old names, which cannot be mixed with these.
const AUTH_FLOWS: &[&str] = &[
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
];

/// S3 API, `CORSRule.AllowedMethods`.
const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];

/// Two resources that would be one object at AWS.
fn twins(drafts: &BTreeMap<Address, Draft<'_>>, errors: &mut Vec<SpecError>) {
    let mut seen: BTreeMap<(Kind, String), (&Address, Spot)> = BTreeMap::new();
    let folded = drafts
        .iter()
        .filter(|(address, _)| address.kind == Kind::UserPool)
        .all(|(_, pool)| pool.fields.get("case_sensitive") != Some(&Value::Bool(true)));
    for (address, draft) in drafts {
        let parent = |field: &str| draft.fields.get(field).map(show).unwrap_or_default();
        let name = match address.kind {
            Kind::Bucket => draft.text("name").map(str::to_owned),
            Kind::BucketPolicy => Some(parent("bucket")),
            Kind::Role => draft.text("name").map(str::to_owned),
            Kind::UserPoolDomain => draft.text("prefix").map(str::to_owned),
            Kind::Object | Kind::ConfigFile | Kind::WelcomePage => {
                draft.text("key").map(|key| format!("{} {key}", parent("bucket")))
            }
            Kind::User => draft.text("name").map(|name| {
                let name = if folded { name.to_lowercase() } else { name.to_owned() };
                format!("{} {name}", parent("user_pool_id"))
            }),
            Kind::IdentityPoolRoles => Some(parent("identity_pool_id")),
            Kind::UserPool
            | Kind::UserPoolClient
            | Kind::IdentityPool
            | Kind::OriginAccessControl
            | Kind::Distribution => None,
        };
        let Some(name) = name else { continue };
        if let Some((first, at)) = seen.get(&(address.kind, name.clone())) {
            let error = SpecError::new(
                draft.at,
                format!("`{first}` and `{address}` are the same object at AWS"),
            )
            .label("this one")
            .also(*at, "and this one");
            errors.push(error);
        } else {
            seen.insert((address.kind, name), (address, draft.at));
        }
    }
}

fn show(value: &Value) -> String {
    if let Value::Text(text) = value {
        text.to_string()
    } else {
        String::new()
    }
}

/// With logins from elsewhere, users come into being that no file lists, and `all` would disable them.
fn federated(drafts: &BTreeMap<Address, Draft<'_>>, at: Spot, errors: &mut Vec<SpecError>) {
    for draft in drafts
        .iter()
        .filter(|(it, _)| it.kind == Kind::UserPoolClient)
        .map(|(_, draft)| draft)
    {
        if let Some(Value::Set(providers)) = draft.fields.get("identity_providers")
            && providers.iter().any(|it| it.as_text() != Some("COGNITO"))
        {
            let error = SpecError::new(
                at,
                "`users_mode: all` would disable the users of other identity providers",
            )
            .label("either this")
            .also(draft.spot("identity_providers"), "or this")
            .valid("`listed`");
            errors.push(error);
        }
    }
}
