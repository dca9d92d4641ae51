//! The section `resources`: resources written as they are, by address.

use crate::address::Address;
use crate::document::resource_fields;
use crate::error::{SpecError, nearest};
use crate::expand::{Builder, Draft, Section};
use crate::kinds::Kind;
use crate::read::{address_error, names};
use crate::shape::Shaped;
use crate::spec::UsersMode;
use crate::value::Value;
use crate::yaml::{Form, Pair};

impl<'n> Builder<'n, '_> {
    /// The whole section.
    pub(crate) fn resources(&mut self, section: &'n Pair) {
        if section.value.is_null() {
            return;
        }
        if !matches!(section.value.form, Form::Map(_)) {
            let error = SpecError::new(section.at, "a map of addresses belongs behind `resources`")
                .valid("`user_pool.main: {…}` and the like");
            self.reader.errors.push(error);
            return;
        }
        for pair in section.value.pairs() {
            match pair.key.parse::<Address>() {
                Ok(address) => self.reader_behind(pair, address),
                Err(error) => self.reader.errors.push(address_error(&error, pair.at)),
            }
        }
    }

    fn reader_behind(&mut self, pair: &'n Pair, address: Address) {
        let fields = resource_fields(address.kind);
        let values = self.reader.behind(pair, |reader| {
            // Keys of later versions are known by the section to which the kind belongs.
            let homes = [
                (Kind::UserPool, "user_pool"),
                (Kind::Distribution, "config.distribution"),
            ];
            let home = homes
                .iter()
                .find(|(kind, _)| *kind == address.kind)
                .map(|(_, home)| *home);
            reader.record_of(&pair.value, pair.at, &fields, home)
        });
        let section = Section::new(&pair.value, pair.at, values);
        let mut draft = Draft::new(pair.at);
        draft.sectioned = false;
        draft.take(address.kind, &section);
        for (name, at) in section.texts("defaults", &mut self.reader) {
            let known = address.kind.descriptor().fields.iter().map(|field| field.name);
            if !known.clone().any(|field| field == name) {
                let error = SpecError::new(at, format!("`{}` has no field `{name}`", address.kind))
                    .valid(names(known.clone()))
                    .meant(nearest(&name, known));
                self.reader.errors.push(error);
            }
            draft.written.remove(&name);
        }
        if let Some(after) = section.node.get("after") {
            draft.place("after", after.at, &after.value);
        }
        for (text, at) in section.texts("after", &mut self.reader) {
            match text.parse() {
                Ok(after) => {
                    draft.after.insert(after);
                }
                Err(error) => self.reader.errors.push(address_error(&error, at)),
            }
        }
        if address.kind == Kind::Object {
            let source = section.literal("source", &mut self.reader);
            draft.source = source.or_else(|| draft.text("key").map(str::to_owned));
        }
        if address.kind == Kind::UserPool
            && let Some(mode) = section.get("users_mode").and_then(|it| UsersMode::from_value(it).ok())
            && section.writes("users_mode")
        {
            self.users_mode = mode;
            self.users_mode_at = section.spot("users_mode");
        }
        if address.kind == Kind::User && draft.fields.get("standing") == Some(&Value::from("left")) {
            let error = SpecError::new(draft.spot("standing"), "a user who left does not stand in the file")
                .valid("`enabled` or `disabled`")
                .hint("take the user out of the file: then igvctl disables and signs out");
            self.reader.errors.push(error);
        }
        self.put(address, draft);
    }
}
