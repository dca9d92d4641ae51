//! The section `config`: where the file is published that IGV loads.

use crate::address::Address;
use crate::error::SpecError;
use crate::expand::{Builder, Draft, Section, fixed, quoted};
use crate::kinds::Kind;
use crate::names;
use crate::policies;
use crate::secret::Secret;
use crate::value::{Text, Value};

/// The key of the page, which is also what the distribution serves at `/`.
const PAGE: &str = "index.html";

impl<'n> Builder<'n, '_> {
    /// The bucket, its policy, CloudFront, the file, and the page where it is wanted.
    pub(crate) fn config(&mut self, section: &Section<'n>) {
        let Some(bucket) = section.literal("bucket", &mut self.reader) else {
            return;
        };
        let Some(path) = section.literal("path", &mut self.reader) else {
            return;
        };
        let mut named = self.check(section, "bucket", names::bucket(&bucket));
        let placed = self.check(section, "path", names::config_path(&path));
        if self.data_buckets.contains(&bucket) {
            let error = SpecError::new(
                section.spot("bucket"),
                format!("`{bucket}` is the config bucket and a data bucket"),
            )
            .valid("a bucket for the config file alone: its file is public, and data is not");
            self.reader.errors.push(error);
            named = false;
        }
        let needed: [(Address, &[&str]); 3] = [
            (fixed::domain(), &["user_pool", "domain"]),
            (fixed::client(), &["user_pool"]),
            (fixed::identity_pool(), &["identity_pool"]),
        ];
        // Sections that are wrong themselves have said so.
        if !self.needs("config", section.at, &needed) || !named || !placed {
            return;
        }
        let region = self.stack.region.clone();
        let page = section.flag("page");

        let address = fixed::config_bucket();
        let mut draft = Draft::new(section.at);
        draft.take(Kind::Bucket, section);
        let node = section.node.get("bucket").map(|pair| &pair.value);
        draft.write("name", bucket.as_str(), section.spot("bucket"), node);
        draft.set("region", region.as_str());
        self.put(address.clone(), draft);
        let mut keys = vec![path.as_str()];
        keys.extend(page.then_some(PAGE));
        let document = policies::published(&region, &bucket, &keys, &fixed::distribution().output("arn"));
        self.bucket_policy(&address, section.at, document);

        self.put(fixed::access_control(), Draft::new(section.at));

        let mut distribution = Draft::new(section.key("distribution"));
        if let Some(settings) = section.sub("distribution") {
            distribution.take(Kind::Distribution, &settings);
            if page && settings.writes("root_object") && settings.get("root_object") != Some(&PAGE.into()) {
                let error = SpecError::new(
                    settings.spot("root_object"),
                    "with `page: true` the distribution serves the page at `/`",
                )
                .valid(format!("`{PAGE}`, or nothing"));
                self.reader.errors.push(error);
            }
        }
        if page {
            distribution.fields.insert("root_object".to_owned(), PAGE.into());
        }
        distribution.set("origin_domain", quoted(&address, "regional_domain"));
        distribution.set("access_control_id", quoted(&fixed::access_control(), "id"));
        self.put(fixed::distribution(), distribution);

        let mut file = Draft::new(section.at);
        file.set("bucket", quoted(&address, "name"));
        let key = path.clone();
        if section.writes("path") {
            let node = section.node.get("path").map(|pair| &pair.value);
            file.write("key", path, section.spot("path"), node);
        } else {
            file.set("key", path);
        }
        file.set("body", self.body(section));
        file.place("body", section.at, section.node);
        file.after.extend([
            fixed::domain(),
            fixed::client(),
            fixed::identity_pool_roles(),
            fixed::role(),
            fixed::config_policy(),
            fixed::distribution(),
        ]);
        file.after.retain(|address| self.has(address));
        self.put(fixed::config_file(), file);
        if page {
            self.page(section, &key);
        }
    }

    /// The page that tells people how to set IGV up.
    fn page(&mut self, section: &Section<'n>, config_path: &str) {
        let pool = self.drafts.get(&fixed::user_pool());
        let of_pool = |name: &str| pool.and_then(|it| it.fields.get(name)).cloned();
        let sign_in = of_pool("sign_in");
        let authenticator = of_pool("mfa") == Some("required".into());
        let mut page = Draft::new(section.key("page"));
        page.set("bucket", quoted(&fixed::config_bucket(), "name"));
        page.set("key", PAGE);
        page.set(
            "url",
            Value::Text(Text::behind(
                fixed::distribution().output("url"),
                format!("/{config_path}"),
            )),
        );
        if let Some(sign_in) = sign_in {
            page.set("sign_in", sign_in);
        }
        page.set("authenticator", Value::Bool(authenticator));
        page.after
            .extend([fixed::config_file(), fixed::distribution(), fixed::config_policy()]);
        self.put(fixed::welcome_page(), page);
    }

    fn body(&self, section: &Section<'n>) -> Value {
        let secret = self
            .drafts
            .get(&fixed::client())
            .is_some_and(|client| client.fields.get("secret") == Some(&Value::Bool(true)));
        Value::map([
            ("auth_provider", "Amazon".into()),
            ("client_id", quoted(&fixed::client(), "id")),
            (
                "client_secret",
                if secret {
                    quoted(&fixed::client(), "secret")
                } else {
                    Value::Secret(Secret::new(""))
                },
            ),
            (
                "authorization_endpoint",
                quoted(&fixed::domain(), "authorization_endpoint"),
            ),
            ("token_endpoint", quoted(&fixed::domain(), "token_endpoint")),
            (
                "scope",
                section.get("scope").cloned().unwrap_or_else(|| "openid%20email".into()),
            ),
            ("aws_region", self.stack.region.as_str().into()),
            ("aws_cognito_fed_pool_id", quoted(&fixed::identity_pool(), "id")),
            ("aws_cognito_pool_id", quoted(&fixed::user_pool(), "id")),
            ("aws_cognito_role_arn", quoted(&fixed::role(), "arn")),
            (
                "redirect_uris",
                section.get("redirect_uris").cloned().unwrap_or(Value::List(Vec::new())),
            ),
        ])
    }
}
