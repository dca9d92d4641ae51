//! The section `config`: where the file is published that IGV loads.

use crate::address::Address;
use crate::error::SpecError;
use crate::expand::{Builder, Draft, Section, fixed, quoted};
use crate::kinds::Kind;
use crate::names;
use crate::policies;
use crate::secret::Secret;
use crate::value::Value;

impl<'n> Builder<'n, '_> {
    /// The bucket, its policy, CloudFront, and the file.
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

        let address = fixed::config_bucket();
        let mut draft = Draft::new(section.at);
        draft.take(Kind::Bucket, section);
        let node = section.node.get("bucket").map(|pair| &pair.value);
        draft.write("name", bucket.as_str(), section.spot("bucket"), node);
        draft.set("region", region.as_str());
        self.put(address.clone(), draft);
        let document = policies::published(&region, &bucket, &path, &fixed::distribution().output("arn"));
        self.bucket_policy(&address, section.at, document);

        self.put(fixed::access_control(), Draft::new(section.at));

        let mut distribution = Draft::new(section.key("distribution"));
        if let Some(settings) = section.sub("distribution") {
            distribution.take(Kind::Distribution, &settings);
        }
        distribution.set("origin_domain", quoted(&address, "regional_domain"));
        distribution.set("access_control_id", quoted(&fixed::access_control(), "id"));
        self.put(fixed::distribution(), distribution);

        let mut file = Draft::new(section.at);
        file.set("bucket", quoted(&address, "name"));
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
