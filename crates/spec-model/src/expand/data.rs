//! The section `data`: buckets of ours with their files, and buckets of others that people may read.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::error::{SpecError, Spot};
use crate::expand::{Builder, Draft, Section, fixed, quoted};
use crate::kinds::Kind;
use crate::names;
use crate::policies::{self, Grant};
use crate::spec::GrantedBucket;
use crate::value::Value;
use crate::yaml::{Form, Node};

impl<'n> Builder<'n, '_> {
    /// One entry of the section.
    pub(crate) fn data(&mut self, section: &Section<'n>) {
        let Some(bucket) = section.literal("bucket", &mut self.reader) else {
            return;
        };
        let existing = section.flag("existing");
        if !self.check(section, "bucket", names::bucket(&bucket)) {
            return;
        }
        if !self.data_buckets.insert(bucket.clone()) {
            let error = SpecError::new(
                section.spot("bucket"),
                format!("the bucket `{bucket}` stands twice in `data`"),
            )
            .hint("write one entry, with all its `prefixes` and `objects`");
            self.reader.errors.push(error);
            return;
        }
        let grant = Grant {
            prefixes: self.prefixes(section),
            kms_key: self.kms_key(section),
            bucket,
        };
        self.grants.push(grant.clone());
        if existing {
            self.existing(section, grant);
        } else {
            self.own(section, &grant);
        }
    }

    fn existing(&mut self, section: &Section<'n>, grant: Grant) {
        let settings = ["objects", "encryption"].into_iter();
        let fields = Kind::Bucket.descriptor().fields.iter().map(|field| field.name);
        for name in settings.chain(fields).collect::<BTreeSet<_>>() {
            if section.writes(name) {
                let error = SpecError::new(
                    section.key(name),
                    format!("`{name}` cannot stand with `existing: true`: nothing of an existing bucket is touched"),
                )
                .valid("`bucket`, `existing`, `owner`, `prefixes`, `kms_key`");
                self.reader.errors.push(error);
            }
        }
        let owner = section.literal("owner", &mut self.reader);
        if let Some(owner) = &owner {
            self.check(section, "owner", names::account(owner));
        }
        self.granted.push(GrantedBucket {
            bucket: grant.bucket,
            // An owner who is the stack's own account is no other account.
            owner: owner.filter(|owner| *owner != self.stack.account),
            prefixes: grant.prefixes,
            kms_key: grant.kms_key,
            statement: None,
        });
    }

    /// Writes what owners in other accounts must add, once it is known that there is a role.
    pub(crate) fn owners_statements(&mut self) {
        if !self.has(&fixed::role()) {
            return;
        }
        let role = fixed::role().output("arn");
        for granted in self.granted.iter_mut().filter(|granted| granted.owner.is_some()) {
            let grant = Grant {
                bucket: granted.bucket.clone(),
                prefixes: granted.prefixes.clone(),
                kms_key: None,
            };
            granted.statement = policies::owners_statement(&self.stack.region, &grant, &role);
        }
    }

    fn own(&mut self, section: &Section<'n>, grant: &Grant) {
        let address = Address::new(Kind::Bucket, grant.bucket.as_str());
        if section.writes("owner") {
            let error = SpecError::new(section.key("owner"), "`owner` belongs to a bucket of another account")
                .hint("write `existing: true` too, or leave `owner` out");
            self.reader.errors.push(error);
        }
        let mut bucket = Draft::new(section.at);
        bucket.take(Kind::Bucket, section);
        let named = section.node.get("bucket").map(|pair| &pair.value);
        bucket.write("name", grant.bucket.as_str(), section.spot("bucket"), named);
        bucket.set("region", self.stack.region.as_str());
        if let Some(key) = grant.kms_key.as_ref().filter(|_| section.writes("kms_key")) {
            if section.writes("encryption") {
                let error = SpecError::new(
                    section.key("encryption"),
                    "`encryption` and `kms_key` say the same twice",
                )
                .label("either this")
                .also(section.key("kms_key"), "or this")
                .hint("`kms_key` alone encrypts with the key and lets the role decrypt");
                self.reader.errors.push(error);
            }
            let encryption = Value::map([("algorithm", "sse_kms".into()), ("kms_key", key.as_str().into())]);
            let node = section.node.get("kms_key").map(|pair| &pair.value);
            bucket.write("encryption", encryption, section.spot("kms_key"), node);
        }
        self.put(address.clone(), bucket);
        self.bucket_policy(
            &address,
            section.at,
            policies::tls_only(&self.stack.region, &grant.bucket),
        );
        self.objects(section, &address, &grant.bucket);
    }

    /// The policy of a bucket of ours, under the same name.
    pub(crate) fn bucket_policy(&mut self, bucket: &Address, at: Spot, document: Option<policy::Document>) {
        let mut draft = Draft::new(at);
        draft.set("bucket", quoted(bucket, "name"));
        if let Some(document) = document {
            draft.set("document", Value::Policy(document));
        }
        self.put(Address::new(Kind::BucketPolicy, bucket.name.as_str()), draft);
    }

    /// The files, and the index that belongs to each.
    fn objects(&mut self, section: &Section<'n>, bucket: &Address, name: &str) {
        let nodes = section
            .node
            .get("objects")
            .map_or(&[] as &[Node], |pair| pair.value.items());
        let keys = section.texts("objects", &mut self.reader);
        let listed: BTreeSet<String> = keys.iter().map(|(key, _)| key.clone()).collect();
        let mut done: BTreeMap<String, usize> = BTreeMap::new();
        for (key, at) in keys {
            let count = done.entry(key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                // `texts` knows the first place of a text; its repetitions have the next ones.
                let again = nodes
                    .iter()
                    .filter(|node| matches!(&node.form, Form::Scalar { text, .. } if *text == key))
                    .nth(*count - 1)
                    .map_or(at, Node::spot);
                let error = SpecError::new(again, format!("the object `{key}` stands twice"))
                    .label("here again")
                    .also(at, "first here");
                self.reader.errors.push(error);
                continue;
            }
            if let Err(wrong) = names::object_key(&key) {
                let error = super::draft::refused(at, None, wrong, self.masks);
                self.reader.errors.push(error);
                continue;
            }
            let address = Address::new(Kind::Object, format!("{name}/{key}"));
            let index = index_of(&key).filter(|_| !indexes(&key).iter().any(|it| listed.contains(it)));
            self.object(address.clone(), bucket, &key, at, None, true);
            if let Some(index) = index {
                let second = Address::new(Kind::Object, format!("{name}/{index}"));
                self.object(second, bucket, &index, at, Some(address), false);
            } else if let Some(data) = data_of(&key).filter(|it| listed.contains(it)) {
                // A listed index goes up after its file too: IGV must never find an index of nothing.
                if let Some(draft) = self.drafts.get_mut(&address) {
                    draft.after.insert(Address::new(Kind::Object, format!("{name}/{data}")));
                }
            }
        }
    }

    fn object(&mut self, address: Address, bucket: &Address, key: &str, at: Spot, after: Option<Address>, said: bool) {
        let mut draft = Draft::new(at);
        draft.set("bucket", quoted(bucket, "name"));
        draft.set("key", key);
        if said {
            draft.written.insert("key".to_owned());
        }
        draft.source = Some(key.to_owned());
        draft.after.extend(after);
        self.put(address, draft);
    }

    fn prefixes(&mut self, section: &Section<'n>) -> Vec<String> {
        let mut prefixes: Vec<String> = Vec::new();
        for (prefix, at) in section.texts("prefixes", &mut self.reader) {
            if let Err(wrong) = names::prefix(&prefix) {
                let error = super::draft::refused(at, None, wrong, self.masks);
                self.reader.errors.push(error);
                continue;
            }
            let overlap = prefixes
                .iter()
                .find(|it| it.starts_with(&prefix) || prefix.starts_with(it.as_str()));
            if let Some(other) = overlap {
                let error = SpecError::new(at, format!("the prefixes `{prefix}` and `{other}` overlap"))
                    .hint("keep the shorter one: it covers the other");
                self.reader.errors.push(error);
                continue;
            }
            prefixes.push(prefix);
        }
        prefixes
    }

    fn kms_key(&mut self, section: &Section<'n>) -> Option<String> {
        if section.writes("kms_key") {
            let key = section.literal("kms_key", &mut self.reader)?;
            return self
                .check(section, "kms_key", names::kms_key(&key, &self.stack.region))
                .then_some(key);
        }
        // A key in `encryption` is checked with the bucket; the role must decrypt with it all the same.
        let key = section.get("encryption")?.get("kms_key")?.as_text()?;
        (names::kms_key(key, &self.stack.region).is_ok()).then(|| key.to_owned())
    }
}

/// The index that belongs to a data file by default (contract: what IGV asks for first).
pub(crate) fn index_of(key: &str) -> Option<String> {
    for (data, index) in [(".bam", ".bai"), (".cram", ".crai"), (".vcf.gz", ".tbi")] {
        if key.ends_with(data) {
            return Some(format!("{key}{index}"));
        }
    }
    None
}

/// All names under which IGV finds the index of a data file.
fn indexes(key: &str) -> Vec<String> {
    let stem = |end: &str| key.strip_suffix(end).map(str::to_owned);
    if let Some(stem) = stem(".bam") {
        vec![
            format!("{key}.bai"),
            format!("{stem}.bai"),
            format!("{key}.csi"),
            format!("{stem}.csi"),
        ]
    } else if let Some(stem) = stem(".cram") {
        vec![format!("{key}.crai"), format!("{stem}.crai")]
    } else if key.ends_with(".vcf.gz") {
        vec![format!("{key}.tbi"), format!("{key}.csi")]
    } else {
        Vec::new()
    }
}

/// The data file to which a key is the index, whatever of its two names it has.
fn data_of(key: &str) -> Option<String> {
    for (index, data) in [
        (".bai", ".bam"),
        (".csi", ".bam"),
        (".crai", ".cram"),
        (".tbi", ""),
        (".csi", ""),
    ] {
        if let Some(stem) = key.strip_suffix(index) {
            if stem.ends_with(".bam") || stem.ends_with(".cram") || stem.ends_with(".vcf.gz") {
                return Some(stem.to_owned());
            }
            if !data.is_empty() {
                return Some(format!("{stem}{data}"));
            }
        }
    }
    None
}
