//! Random stacks, and random edits of fields by their shapes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;
use spec_model::{Address, Class, Kind, Shape, Spec, Value};

use crate::world::CANARY;

/// Random numbers from a seed, the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // splitmix64, by Sebastiano Vigna.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap()
    }

    /// One of some things.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len());
        of.get(at)
    }
}

/// Which parts a stack has. The bits of `users`, `buckets` and `objects` say which of a few.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) users: u16,
    pub(crate) disabled: u16,
    pub(crate) buckets: u8,
    pub(crate) objects: u8,
    pub(crate) config: bool,
    pub(crate) secret: bool,
    pub(crate) prefix: u8,
    pub(crate) extra: u8,
    pub(crate) pool: bool,
}

prop_compose! {
    /// Any parts.
    pub(crate) fn parts()(
        users in 0u16..4096, disabled in 0u16..4096, buckets in 0u8..4, objects in 0u8..4, config in prop::bool::weighted(0.8),
        secret in prop::bool::weighted(0.7), prefix in 0u8..2, extra in 0u8..16, pool in prop::bool::weighted(0.95),
    ) -> Parts {
        Parts { users, disabled: disabled & users & 0b1001_0010_0100, buckets, objects, config, secret, prefix, extra, pool }
    }
}

/// The file of a stack.
pub(crate) fn yaml(parts: &Parts) -> String {
    let mut out = String::from(
        "version: 1\nid: t3st0001\nstack: igv\naccount: \"111122223333\"\nregion: eu-west-1\ntags: {project: igv}\n",
    );
    if parts.pool {
        let _ = write!(
            out,
            "user_pool:\n  domain: igv-{}\n  client: {{secret: {}}}\n  users:\n    root: {{email: root@example.org}}\n",
            parts.prefix, parts.secret
        );
        for at in (0..12).filter(|at| parts.users & (1 << at) != 0) {
            let enabled = parts.disabled & (1 << at) == 0;
            // Some people are called like things.
            let name = [
                "anna", "igv", "COGNITO", "always", "carla", "u5", "u6", "u7", "u8", "u9", "u10", "u11",
            ][at];
            let _ = writeln!(out, "    {name}: {{email: {name}@example.org, enabled: {enabled}}}");
        }
        out.push_str("identity_pool: {}\n");
    }
    if parts.buckets != 0 || parts.pool {
        out.push_str("data:\n");
        for (at, name) in ["igv-data", "abc"].iter().enumerate() {
            if parts.buckets & (1 << at) != 0 {
                let objects = if parts.objects & (1 << at) != 0 {
                    "[a.bam, b.vcf.gz]"
                } else {
                    "[a.bam]"
                };
                let _ = writeln!(out, "  - {{bucket: {name}, objects: {objects}}}");
            }
        }
        out.push_str("  - {bucket: archive, existing: true, owner: \"444455556666\", prefixes: [cohort/]}\n");
    }
    if parts.pool && parts.config {
        out.push_str("config: {bucket: igv-config}\n");
    }
    let mut resources = String::new();
    if parts.extra & 1 != 0 {
        resources.push_str("  origin_access_control.second: {}\n");
        resources.push_str("  bucket.logs: {name: igv-logs, region: eu-west-1}\n");
    }
    if parts.extra & 2 != 0 && parts.pool {
        resources.push_str("  user_pool_client.second: {user_pool_id: \"{{user_pool.main.id}}\", name: second}\n");
    }
    if parts.extra & 4 != 0 {
        let trust = r#"{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}"#;
        let _ = writeln!(
            resources,
            "  role.second: {{name: igvctl-eu-west-1-igv-second, path: /igvctl/eu-west-1/igv/, trust: {trust}, policies: {{}}}}"
        );
    }
    if parts.extra & 8 != 0 && parts.pool && parts.config {
        resources.push_str(
            "  distribution.second: {origin_domain: \"{{bucket.config.regional_domain}}\", access_control_id: \"{{origin_access_control.config.id}}\", after: [config_file.main]}\n",
        );
    }
    if !resources.is_empty() {
        let _ = write!(out, "resources:\n{resources}");
    }
    out
}

/// Reads the file of a stack.
pub(crate) fn spec(parts: &Parts) -> Spec {
    read(&yaml(parts))
}

/// Reads a file that must be right.
pub(crate) fn read(text: &str) -> Spec {
    spec_model::parse(text, &|name| Some(format!("{CANARY}-{name}")))
        .unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

/// Fields of a kind that can be set. An object of another key is another object, and its fingerprint is the file's.
fn editable(kind: Kind) -> impl Iterator<Item = &'static spec_model::FieldShape> {
    let fields = kind.descriptor().fields.iter();
    fields.filter(move |field| kind != Kind::Object || field.name == "bucket")
}

/// A random value of a shape.
pub(crate) fn value(shape: &Shape, dice: &mut Dice) -> Value {
    let few = |dice: &mut Dice| dice.below(3);
    match shape {
        Shape::Bool => Value::Bool(dice.below(2) == 0),
        Shape::Int(low, high) => Value::Int((low + i64::try_from(dice.below(9)).unwrap()).min(*high)),
        Shape::Duration => Value::Duration(u64::try_from(dice.below(4) + 1).unwrap() * 3600),
        Shape::Text => (*dice
            .pick(&[
                "",
                "x",
                "changed",
                "a|b\n`c`",
                "arn:aws:iam::111122223333:policy/Extra",
                "{{",
            ])
            .unwrap())
        .into(),
        Shape::Secret => Value::Secret(spec_model::Secret::new(format!("{CANARY}-{}", dice.below(3)))),
        Shape::Choice(words) => dice.pick(words).unwrap().0.into(),
        Shape::Policy => Value::Policy(policy(dice)),
        Shape::Set(of) => Value::Set((0..few(dice)).map(|_| value(of, dice)).collect()),
        Shape::List(of) => Value::List((0..few(dice)).map(|_| value(of, dice)).collect()),
        Shape::Table(of) => Value::Table(entries(of, dice)),
        Shape::Entries(of) => Value::Map(entries(of, dice)),
        Shape::Record(fields) => Value::Map(
            fields
                .iter()
                .map(|field| {
                    let absent = field.optional && dice.below(2) == 0;
                    let value = if absent { Value::Null } else { value(&field.shape, dice) };
                    (field.name.to_owned(), value)
                })
                .collect(),
        ),
    }
}

fn entries(of: &Shape, dice: &mut Dice) -> BTreeMap<String, Value> {
    let names = ["read", "b.c", "extra", "project"];
    (0..dice.below(3))
        .map(|_| ((*dice.pick(&names).unwrap()).to_owned(), value(of, dice)))
        .collect()
}

/// A random policy document, of a few that overlap in all ways.
pub(crate) fn policy(dice: &mut Dice) -> policy::Document {
    let statements: Vec<String> = (0..=dice.below(3))
        .map(|_| {
            let effect = if dice.below(4) == 0 { "Deny" } else { "Allow" };
            let action = dice
                .pick(&[
                    r#""s3:GetObject""#,
                    r#""s3:*""#,
                    r#"["s3:ListBucket","s3:GetObject"]"#,
                    r#""*""#,
                ])
                .unwrap();
            let resource = dice
                .pick(&[
                    r#""*""#,
                    r#""arn:aws:s3:::igv-data/*""#,
                    r#"["arn:aws:s3:::igv-data","arn:aws:s3:::abc/cohort/*"]"#,
                    r#""arn:aws:s3:::abc/*""#,
                ])
                .unwrap();
            let condition = dice
                .pick(&[
                    "",
                    "",
                    r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
                    r#","Condition":{"StringLike":{"s3:prefix":["","cohort/*"]}}"#,
                ])
                .unwrap();
            format!(r#"{{"Effect":"{effect}","Principal":"*","Action":{action},"Resource":{resource}{condition}}}"#)
        })
        .collect();
    policy::Document::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    ))
    .unwrap()
}

/// Sets a random field of a resource of the spec.
pub(crate) fn edit_spec(spec: &mut Spec, dice: &mut Dice) {
    let addresses: Vec<Address> = spec.resources.keys().cloned().collect();
    let Some(address) = dice.pick(&addresses) else { return };
    let fields: Vec<_> = editable(address.kind)
        // What quotes others keeps doing so: the reader would refuse most other values.
        .filter(|field| {
            let quotes = |it: &Value| !it.references().is_empty();
            !spec.resources[address].fields.get(field.name).is_some_and(quotes)
        })
        .collect();
    let Some(field) = dice.pick(&fields) else { return };
    let mut new = value(&field.shape, dice);
    if field.name == "tags"
        && let (Some(Value::Map(old)), Value::Map(new)) = (spec.resources[address].fields.get("tags"), &mut new)
    {
        new.extend(old.clone().into_iter().filter(|(name, _)| name.starts_with("igvctl:")));
    }
    if field.name == "standing" && new.as_text() == Some("left") {
        new = "disabled".into();
    }
    let resource = spec.resources.get_mut(address).unwrap();
    resource.fields.insert(field.name.to_owned(), new);
    if dice.below(2) == 0 {
        resource.written.insert(field.name.to_owned());
    }
}

/// Sets a random field of a live value, other than what a parent or a natural name hangs on.
pub(crate) fn edit_live(kind: Kind, live: &mut Value, dice: &mut Dice) -> Option<&'static str> {
    let parent = kind.descriptor().parent.map(|(field, _)| field);
    let fields: Vec<_> = editable(kind)
        .filter(|field| Some(field.name) != parent && field.name != "name" && field.class != Class::AtCreation)
        .collect();
    let field = dice.pick(&fields)?;
    let mut new = if field.optional && dice.below(3) == 0 {
        Value::Null
    } else {
        value(&field.shape, dice)
    };
    if field.name == "standing" && new.as_text() == Some("left") {
        new = "disabled".into();
    }
    let Value::Map(fields) = live else { return None };
    if field.name == "tags"
        && let (Some(Value::Map(old)), Value::Map(new)) = (fields.get("tags"), &mut new)
    {
        // Marks stay: without them it would be somebody else's.
        new.extend(old.clone().into_iter().filter(|(name, _)| name.starts_with("igvctl:")));
    }
    fields.insert(field.name.to_owned(), new);
    Some(field.name)
}

/// Consent to everything, or to a random half.
pub(crate) fn consents(spec: &Spec, others: &BTreeSet<Address>, all: bool, dice: &mut Dice) -> BTreeSet<String> {
    spec.resources
        .keys()
        .chain(others)
        .map(Address::to_string)
        .chain(["users".to_owned()])
        .filter(|_| all || dice.below(2) == 0)
        .collect()
}
