//! The sections `user_pool`, `identity_pool` and `access`.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::document::CALLBACK_PORTS;
use crate::error::SpecError;
use crate::expand::{Builder, Draft, Section, fixed, quoted};
use crate::kinds::Kind;
use crate::policies;
use crate::shape::Shaped;
use crate::spec::UsersMode;
use crate::value::Value;

impl<'n> Builder<'n, '_> {
    /// The pool, its login page, the client and the users.
    pub(crate) fn user_pool(&mut self, section: &Section<'n>) {
        let mut pool = Draft::new(section.at);
        pool.take(Kind::UserPool, section);
        if !pool.fields.contains_key("name") {
            pool.set("name", self.stack.name.as_str());
        }
        self.put(fixed::user_pool(), pool);
        if let Some(mode) = section.get("users_mode").and_then(|it| UsersMode::from_value(it).ok()) {
            self.users_mode = mode;
            self.users_mode_at = section.spot("users_mode");
        }
        if section.writes("domain") {
            if let Some(prefix) = section.literal("domain", &mut self.reader) {
                let pair = section.node.get("domain");
                let mut domain = Draft::new(section.key("domain"));
                domain.take(Kind::UserPoolDomain, section);
                domain.write("prefix", prefix, section.spot("domain"), pair.map(|pair| &pair.value));
                domain.set("user_pool_id", quoted(&fixed::user_pool(), "id"));
                self.put(fixed::domain(), domain);
            }
        } else if section.writes("login_page") {
            let error = SpecError::new(
                section.key("login_page"),
                "`login_page` needs `domain`, which is not written",
            )
            .hint("write the prefix of the login page's address under `domain`");
            self.reader.errors.push(error);
        }
        if let Some(client) = section.sub("client") {
            self.client(&client);
        }
        let users = section.node.get("users");
        for pair in users.map_or(&[] as &[_], |pair| pair.value.pairs()) {
            let Some(Value::Map(values)) = section.get("users").and_then(|it| it.get(&pair.key)) else {
                continue;
            };
            let user = Section::new(&pair.value, pair.at, values.clone());
            let mut draft = Draft::new(pair.at);
            draft.take(Kind::User, &user);
            draft.write("name", pair.key.as_str(), pair.at, None);
            draft.set("user_pool_id", quoted(&fixed::user_pool(), "id"));
            let standing = if user.get("enabled") == Some(&Value::Bool(false)) {
                "disabled"
            } else {
                "enabled"
            };
            draft.set("standing", standing);
            if user.writes("enabled") {
                let node = user.node.get("enabled").map(|pair| &pair.value);
                draft.write("standing", standing, user.spot("enabled"), node);
            }
            self.put(Address::new(Kind::User, pair.key.as_str()), draft);
        }
    }

    fn client(&mut self, section: &Section<'n>) {
        let mut client = Draft::new(section.at);
        client.take(Kind::UserPoolClient, section);
        client.set("user_pool_id", quoted(&fixed::user_pool(), "id"));
        if section.writes("callback_ports") && section.writes("callback_urls") {
            let error = SpecError::new(
                section.key("callback_urls"),
                "`callback_urls` and `callback_ports` exclude each other",
            )
            .label("either this")
            .also(section.key("callback_ports"), "or this")
            .hint("write the ports alone where IGV waits on `http://localhost:<port>/oauthCallback`");
            self.reader.errors.push(error);
        }
        if !client.fields.contains_key("callback_urls") {
            let ports = if let Some(Value::Set(ports)) = section.get("callback_ports") {
                ports.clone()
            } else {
                // They are wrong, which has been said.
                CALLBACK_PORTS.into_iter().map(Value::Int).collect()
            };
            let urls: BTreeSet<Value> = ports
                .iter()
                .filter_map(|port| {
                    let Value::Int(port) = port else { return None };
                    Some(format!("http://localhost:{port}/oauthCallback").into())
                })
                .collect();
            if section.writes("callback_ports") {
                let node = section.node.get("callback_ports").map(|pair| &pair.value);
                client.write("callback_urls", Value::Set(urls), section.key("callback_ports"), node);
            } else {
                client.set("callback_urls", Value::Set(urls));
            }
        }
        self.put(fixed::client(), client);
    }

    /// The identity pool, the role and what binds them.
    pub(crate) fn identity_pool(&mut self, section: Option<&Section<'n>>, access: Option<&Section<'n>>) {
        if let Some(access) = access {
            let texts = access.texts("keep_deny", &mut self.reader);
            self.keep_deny.extend(texts.into_iter().map(|(text, _)| text));
        }
        let Some(section) = section else {
            // The names of kept policies make sense for a role that is written under `resources`, the rest does not.
            if let Some(access) = access
                && !(self.drafts.keys().any(|address| address.kind == Kind::Role)
                    && access.node.pairs().iter().all(|pair| pair.key == "keep_deny"))
            {
                self.needs("access", access.at, &[(fixed::identity_pool(), &["identity_pool"])]);
            }
            return;
        };
        let needed: [(Address, &[&str]); 2] = [(fixed::user_pool(), &["user_pool"]), (fixed::client(), &["user_pool"])];
        if !self.needs("identity_pool", section.at, &needed) {
            // What is made of it would only repeat the error.
            return;
        }
        let mut pool = Draft::new(section.at);
        pool.take(Kind::IdentityPool, section);
        if !pool.fields.contains_key("name") {
            pool.set("name", self.stack.name.as_str());
        }
        let provider = Value::map([
            ("provider", quoted(&fixed::user_pool(), "provider")),
            ("client_id", quoted(&fixed::client(), "id")),
            ("server_side_token_check", Value::Bool(true)),
        ]);
        pool.set("login_providers", Value::Set(BTreeSet::from([provider])));
        self.put(fixed::identity_pool(), pool);

        let mut role = Draft::new(access.map_or(section.at, |access| access.at));
        if let Some(access) = access {
            role.take(Kind::Role, access);
        }
        role.set("name", self.stack.role_name("signed-in"));
        role.set("path", self.stack.role_path());
        if let Some(trust) = policies::trust(&fixed::identity_pool().output("id")) {
            role.set("trust", Value::Policy(trust));
        }
        let list_buckets = access.is_none_or(|access| access.flag("list_buckets"));
        let rights = policies::read_rights(&self.stack.region, &self.grants, list_buckets);
        let policies = rights.map(|rights| ("read".to_owned(), Value::Policy(rights)));
        role.set(
            "policies",
            Value::Table(policies.into_iter().collect::<BTreeMap<_, _>>()),
        );
        self.put(fixed::role(), role);

        let mut roles = Draft::new(section.at);
        roles.set("identity_pool_id", quoted(&fixed::identity_pool(), "id"));
        roles.set("authenticated", quoted(&fixed::role(), "arn"));
        self.put(fixed::identity_pool_roles(), roles);
    }
}
