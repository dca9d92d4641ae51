//! From the sections of a file to the map of resources: a pure function, and the heart of what a short file means.
//!
//! The sections follow the procedure that people know; the resources are the kinds of AWS objects, quoting each other
//! by references. Everything that is not written gets the default of `document` and of the noun.

mod config;
mod data;
mod direct;
mod draft;
mod pool;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::address::{Address, Reference};
use crate::document::RESOURCES;
use crate::error::{SpecError, Spot};
use crate::kinds::Kind;
use crate::mask::Masks;
use crate::names::{self, Check};
use crate::policies::Grant;
use crate::read::{Reader, address_error, names as list};
use crate::spec::{GrantedBucket, Resource, Spec, Stack, UsersMode};
use crate::value::Value;
use crate::yaml::{Form, Node};

pub(crate) use draft::{Draft, Section};

/// The addresses that the sections make.
pub(crate) mod fixed {
    use crate::address::Address;
    use crate::kinds::Kind;

    macro_rules! addresses {
        ($($name:ident = $kind:ident $word:literal),* $(,)?) => {
            $(pub(crate) fn $name() -> Address {
                Address::new(Kind::$kind, $word)
            })*
        };
    }

    addresses! {
        user_pool = UserPool "main",
        domain = UserPoolDomain "main",
        client = UserPoolClient "igv",
        identity_pool = IdentityPool "main",
        identity_pool_roles = IdentityPoolRoles "main",
        role = Role "signed-in",
        config_bucket = Bucket "config",
        config_policy = BucketPolicy "config",
        access_control = OriginAccessControl "config",
        distribution = Distribution "config",
        config_file = ConfigFile "main",
        welcome_page = WelcomePage "main",
    }
}

/// What is being put together.
pub(crate) struct Builder<'n, 'e> {
    pub(crate) reader: Reader<'e>,
    pub(crate) masks: &'n Masks,
    root: &'n Node,
    pub(crate) stack: Stack,
    pub(crate) drafts: BTreeMap<Address, Draft<'n>>,
    pub(crate) granted: Vec<GrantedBucket>,
    pub(crate) grants: Vec<Grant>,
    /// The names of the buckets of `data`.
    pub(crate) data_buckets: HashSet<String>,
    pub(crate) keep_deny: BTreeSet<String>,
    pub(crate) users_mode: UsersMode,
    /// Where `users_mode` is written.
    pub(crate) users_mode_at: Spot,
}

/// What came of a file.
pub(crate) struct Expanded<'n> {
    pub(crate) spec: Spec,
    /// The drafts of the spec's resources, with the places of their fields, for checks.
    pub(crate) drafts: BTreeMap<Address, Draft<'n>>,
    /// Where `users_mode` is written.
    pub(crate) users_mode_at: Spot,
    /// Errors so far.
    pub(crate) errors: Vec<SpecError>,
}

/// Expands a file. Errors do not stop it: what is wrong is left out.
pub(crate) fn expand<'n>(root: &'n Node, masks: &'n Masks, reader: Reader<'_>) -> Expanded<'n> {
    let mut reader = reader;
    let top = reader.top(root);
    let section = Section::new(root, Spot::START, top);
    let mut builder = Builder {
        stack: facts(&mut reader, masks, &section),
        reader,
        masks,
        root,
        drafts: BTreeMap::new(),
        granted: Vec::new(),
        grants: Vec::new(),
        data_buckets: HashSet::new(),
        keep_deny: BTreeSet::new(),
        users_mode: UsersMode::default(),
        users_mode_at: Spot::START,
    };
    if let Some(pair) = root.get(RESOURCES) {
        builder.resources(pair);
    }
    let user_pool = section.sub("user_pool");
    let identity_pool = section.sub("identity_pool");
    if let Some(user_pool) = &user_pool {
        builder.user_pool(user_pool);
    }
    for entry in section.list("data") {
        builder.data(&entry);
    }
    builder.identity_pool(identity_pool.as_ref(), section.sub("access").as_ref());
    builder.owners_statements();
    if let Some(config) = section.sub("config") {
        builder.config(&config);
    }
    builder.order_users();
    builder.order_logs();
    builder.tags_and_marks(&section);
    builder.finish(&section)
}

fn facts(reader: &mut Reader<'_>, masks: &Masks, section: &Section<'_>) -> Stack {
    let mut fact = |name: &str, check: fn(&str) -> Check| {
        let text = section.literal(name, reader)?;
        if let Err(wrong) = check(&text) {
            reader.errors.push(section.wrong(name, wrong, masks));
        }
        Some(text)
    };
    let id = fact("id", names::id);
    let name = fact("stack", names::stack).unwrap_or_default();
    let account = fact("account", names::account).unwrap_or_default();
    let region = fact("region", names::region).unwrap_or_default();
    if let Some(Value::Int(version)) = section.get("version")
        && *version != 1
    {
        let error = SpecError::new(
            section.spot("version"),
            format!("this igvctl does not know version {version} of the language"),
        )
        .valid("`version: 1`");
        reader.errors.push(error);
    }
    Stack {
        name,
        id,
        account,
        region,
    }
}

impl<'n> Builder<'n, '_> {
    /// Puts a resource in, unless its address is taken.
    pub(crate) fn put(&mut self, address: Address, mut draft: Draft<'n>) {
        if let Some(first) = self.drafts.get(&address) {
            let error = SpecError::new(draft.at, format!("`{address}` stands twice in this file"))
                .label("made here")
                .also(first.at, "and here");
            self.reader.errors.push(error);
            return;
        }
        if let Err(wrong) = names::address(&address.name) {
            self.reader
                .errors
                .push(draft::refused(draft.at, None, wrong, self.masks));
            return;
        }
        draft.fill(address.kind);
        self.drafts.insert(address, draft);
    }

    /// Reports a text that a check refuses.
    pub(crate) fn check(&mut self, section: &Section<'_>, name: &str, check: Check) -> bool {
        match check {
            Ok(()) => true,
            Err(wrong) => {
                self.reader.errors.push(section.wrong(name, wrong, self.masks));
                false
            }
        }
    }

    /// Whether everything is there on which a section builds; else an error that names what is missing.
    pub(crate) fn needs(&mut self, what: &str, at: Spot, needed: &[(Address, &[&str])]) -> bool {
        let missing: BTreeSet<&[&str]> = needed
            .iter()
            .filter(|(address, _)| !self.drafts.contains_key(address))
            .map(|(_, path)| *path)
            .collect();
        for path in &missing {
            let mut node = self.root;
            let found = path.iter().all(|key| {
                let pair = node.get(key);
                node = pair.map_or(node, |pair| &pair.value);
                pair.is_some()
            });
            // What is written and wrong has been reported; and one thing is missing at a time.
            let outer = path.len() > 1
                && !self
                    .root
                    .get(path[0])
                    .is_some_and(|pair| matches!(pair.value.form, Form::Map(_)));
            if found || outer {
                continue;
            }
            let remedy = match path {
                [section, key] => format!("`{key}` in the section `{section}`"),
                _ => format!("the section `{}`", path.join(".")),
            };
            let error = SpecError::new(at, format!("`{what}` needs {remedy}, which this file does not have"))
                .hint(format!("write {remedy}, or leave `{what}` out"));
            self.reader.errors.push(error);
        }
        missing.is_empty()
    }

    pub(crate) fn has(&self, address: &Address) -> bool {
        self.drafts.contains_key(address)
    }

    /// Users come last: an invitation that arrives before the file and the page are published leads nowhere.
    fn order_users(&mut self) {
        let published: Vec<Address> = [fixed::config_file(), fixed::welcome_page()]
            .into_iter()
            .filter(|it| self.has(it))
            .collect();
        for (address, draft) in &mut self.drafts {
            if address.kind == Kind::User && draft.sectioned {
                draft.after.extend(published.iter().cloned());
            }
        }
    }

    /// A bucket that logs into another one of this file quotes it, also where the file writes the name as it is: S3
    /// refuses a log bucket that is not there yet (PutBucketLogging, `InvalidTargetBucketForLogging`).
    ///
    /// Buckets that log into each other keep their names, because no order helps them.
    fn order_logs(&mut self) {
        let of_name: BTreeMap<&str, &Address> = self
            .drafts
            .iter()
            .filter(|(address, _)| address.kind == Kind::Bucket)
            .filter_map(|(address, draft)| Some((draft.text("name")?, address)))
            .collect();
        let logs_into: BTreeMap<Address, Address> = self
            .drafts
            .iter()
            .filter_map(|(address, draft)| {
                let name = draft.fields.get("access_log")?.get("bucket")?.as_text()?;
                Some((address.clone(), (*of_name.get(name)?).clone()))
            })
            .collect();
        for (address, into) in &logs_into {
            let behind = std::iter::successors(Some(into), |it| logs_into.get(*it)).take(logs_into.len() + 1);
            if behind.into_iter().any(|it| it == address) {
                continue;
            }
            if let Some(Value::Map(log)) = self
                .drafts
                .get_mut(address)
                .and_then(|it| it.fields.get_mut("access_log"))
            {
                log.insert("bucket".to_owned(), quoted(into, "name"));
            }
        }
    }

    /// Puts the file's tags and our marks on whatever has tags.
    fn tags_and_marks(&mut self, section: &Section<'n>) {
        let tags = match section.get("tags") {
            Some(Value::Map(tags)) => tags.clone(),
            _ => BTreeMap::new(),
        };
        draft::check_tags(&tags, section, "tags", self.masks, &mut self.reader.errors);
        let mut crowded = Vec::new();
        for (address, draft) in &mut self.drafts {
            if !draft.fields.contains_key("tags") {
                continue;
            }
            draft.check_tags(self.masks, &mut self.reader.errors);
            let Some(Value::Map(own)) = draft.fields.get_mut("tags") else {
                continue;
            };
            for (key, value) in &tags {
                own.entry(key.clone()).or_insert_with(|| value.clone());
            }
            // All services that tag take fifty (Cognito, IAM, S3, CloudFront: their quotas), of which three are ours.
            if own.len() > 47 {
                crowded.push((draft.at, address.clone(), own.len()));
            }
            own.insert("igvctl:stack".to_owned(), self.stack.mark().into());
            own.insert("igvctl:address".to_owned(), address.to_string().into());
            if let Some(id) = &self.stack.id {
                own.insert("igvctl:spec".to_owned(), id.as_str().into());
            }
        }
        for (at, address, count) in crowded {
            self.reader.errors.push(
                SpecError::new(at, format!("`{address}` has {count} tags"))
                    .valid("47 tags: AWS takes fifty, and three are igvctl's"),
            );
        }
    }

    fn finish(mut self, section: &Section<'n>) -> Expanded<'n> {
        let adopt = self.adopt(section);
        let release = self.addresses(section, "release");
        for (address, at) in &release {
            if self.has(address) {
                let error = SpecError::new(*at, format!("`{address}` is to be let go and is still in this file"))
                    .hint("take it out of the file, or out of `release`");
                self.reader.errors.push(error);
            }
        }
        let may_destroy = self.may_destroy(section);
        let accept = section.texts("accept", &mut self.reader);
        let resources = self
            .drafts
            .iter()
            .map(|(address, draft)| (address.clone(), draft.resource()))
            .collect::<BTreeMap<Address, Resource>>();
        Expanded {
            spec: Spec {
                stack: self.stack,
                resources,
                adopt,
                release: release.into_keys().collect(),
                may_destroy,
                accept: accept.into_iter().map(|(text, _)| text).collect(),
                keep_deny: self.keep_deny,
                users_mode: self.users_mode,
                granted: self.granted,
            },
            drafts: self.drafts,
            users_mode_at: self.users_mode_at,
            errors: self.reader.errors,
        }
    }

    fn adopt(&mut self, section: &Section<'n>) -> BTreeMap<Address, String> {
        let mut adopt = BTreeMap::new();
        let Some(pair) = section.node.get("adopt") else {
            return adopt;
        };
        for entry in pair.value.pairs() {
            let address: Address = match entry.key.parse() {
                Ok(address) => address,
                Err(error) => {
                    self.reader.errors.push(address_error(&error, entry.at));
                    continue;
                }
            };
            if !self.has(&address) {
                let known: Vec<String> = self.drafts.keys().map(Address::to_string).collect();
                let error = SpecError::new(
                    entry.at,
                    format!("`{address}` is to be adopted and is not in this file"),
                )
                .meant(crate::error::nearest(&entry.key, known.iter().map(String::as_str)))
                .valid("addresses of this file: `igvctl expand` shows them");
                self.reader.errors.push(error);
            }
            let value = section.get("adopt").and_then(|it| it.get(&entry.key));
            match value.and_then(Value::as_text) {
                Some("") => {
                    let error = SpecError::new(entry.value.spot(), "an id belongs here, not nothing");
                    self.reader.errors.push(error);
                }
                Some(id) => {
                    adopt.insert(address, id.to_owned());
                }
                None if value.is_some() => {
                    let error = SpecError::new(entry.value.spot(), "an id belongs here, not a reference");
                    self.reader.errors.push(error);
                }
                None => {}
            }
        }
        adopt
    }

    fn addresses(&mut self, section: &Section<'n>, name: &str) -> BTreeMap<Address, Spot> {
        let mut found = BTreeMap::new();
        for (text, at) in section.texts(name, &mut self.reader) {
            match text.parse::<Address>() {
                Ok(address) => {
                    found.insert(address, at);
                }
                Err(error) => self.reader.errors.push(address_error(&error, at)),
            }
        }
        found
    }

    fn may_destroy(&mut self, section: &Section<'n>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (text, at) in section.texts("may_destroy", &mut self.reader) {
            if text == "users" {
                found.insert(text);
                continue;
            }
            match text.parse::<Address>() {
                Ok(_) => {
                    found.insert(text);
                }
                Err(error) => {
                    let error = address_error(&error, at);
                    let valid = format!("an address, or `users`; the kinds are {}", list(Kind::names()));
                    self.reader.errors.push(error.valid(valid));
                }
            }
        }
        found
    }
}

/// Quotes an output as a value.
pub(crate) fn quoted(address: &Address, output: &str) -> Value {
    Value::from(Reference {
        address: address.clone(),
        output: output.to_owned(),
    })
}
