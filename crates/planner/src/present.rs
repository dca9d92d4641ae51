//! What becomes of an object that is there and ours: kept, held, changed or replaced.

use spec_model::{Address, Class, Reference, Replace, Resource, Value};

use crate::differ::{cut, differences, field_of};
use crate::live::{Found, Held, Object};
use crate::merge::{complete, holds, keep_hidden, keep_live};
use crate::plan::{Action, Change, Effect, Phase, Reason, Step, StepKey};
use crate::planning::{MARKS, Planning, open_needs, outputs};
use crate::removal::removal;

impl<'a> Planning<'a> {
    /// Plans a resource that is there and ours.
    pub(crate) fn compare(&mut self, mut step: Step, resource: &Resource, object: &'a Object) {
        let address = step.key.address.clone();
        let descriptor = address.kind.descriptor();
        let adopted = self.spec.adopt.contains_key(&address);
        let loosen = self.options.loosen.contains(&address);
        step.id = Some(object.id.clone());
        step.live = object.value.clone();
        if let Some(what) = &object.propagating {
            step.reasons.push(Reason::Propagating { what: what.clone() });
        }
        for held in &object.held {
            if self.spec.keep_deny.contains(&held.name) {
                continue;
            } else if loosen {
                step.loosen.push(held.name.clone());
                step.changes.push(Change {
                    path: held.name.clone(),
                    before: Some(held.what.as_str().into()),
                    after: None,
                    alarm: None,
                });
            } else {
                step.held.push(held.clone());
            }
        }
        for (name, value) in &resource.fields {
            // What quotes something that could not be read may be right: to narrow it could lock everybody out.
            if self.quotes_unsettled(value) {
                keep_live(&mut step.want, &object.value, name);
            }
        }
        keep_hidden(&mut step.want, &object.value, &|it| self.is_hidden(it));
        let mut fixed = Vec::new();
        let mut want = step.want.clone();
        for change in differences(&descriptor.fields, &step.want, &object.value) {
            let field = field_of(&change.path);
            let Some(shape) = descriptor.fields.iter().find(|it| it.name == field) else {
                continue;
            };
            if shape.class == Class::AtCreation {
                keep_live(&mut want, &object.value, field);
            } else if let Some(reason) = shape.refuses {
                step.block(Reason::Refused {
                    path: change.path.clone(),
                    reason: reason.to_owned(),
                });
                step.changes.push(change);
            } else if shape.class == Class::Fixed && adopted {
                if resource.written.contains(field) {
                    step.block(Reason::AdoptedDiffers {
                        path: change.path.clone(),
                    });
                    step.changes.push(change);
                } else {
                    keep_live(&mut want, &object.value, field);
                }
            } else if shape.class == Class::Fixed {
                fixed.push(change.path.clone());
                step.changes.push(change);
            } else if !loosen && change.before.as_ref().is_some_and(|live| shape.held_at.contains(live)) {
                keep_live(&mut want, &object.value, field);
                step.held.push(Held {
                    name: change.path.clone(),
                    what: format!(
                        "is `{}`",
                        change.before.as_ref().and_then(Value::as_text).unwrap_or("tightened")
                    ),
                });
            } else {
                step.changes.push(change);
            }
        }
        if !object.marked || adopted && !self.bears_mark(resource, object) {
            step.reasons.push(Reason::Unmarked);
        }
        step.want = want;
        if let Some(path) = fixed.first().filter(|_| step.action != Action::Blocked).cloned() {
            return self.replace(step, resource, object, path, fixed.len() == 1);
        }
        self.outputs.insert(address.clone(), outputs(address.kind, object));
        if step.action == Action::Blocked {
            let adopting = step
                .reasons
                .iter()
                .any(|it| matches!(it, Reason::AdoptedDiffers { .. } | Reason::Unmarked));
            if !adopting {
                self.tighten(&mut step, resource, object);
            }
            self.push(step);
        } else if step.changes.is_empty() && object.marked {
            step.action = if step.held.is_empty() {
                Action::Keep
            } else {
                Action::Held
            };
            self.push(step);
        } else {
            self.update(step, resource, object);
        }
    }

    /// Whether an object carries our mark, be it a tag or something else.
    pub(crate) fn bears_mark(&self, resource: &Resource, object: &Object) -> bool {
        let mut marks = match resource.fields.get("tags") {
            Some(Value::Map(tags)) => tags.keys().filter(|name| name.starts_with(MARKS)),
            _ => return object.marked,
        };
        object.marked && marks.all(|name| object.value.get("tags").is_some_and(|it| it.get(name).is_some()))
    }

    fn update(&mut self, mut step: Step, resource: &Resource, object: &Object) {
        let descriptor = step.key.address.kind.descriptor();
        step.action = Action::Update;
        step.want = complete(&step.want, &object.value);
        if resource.source.is_some() && !step.changes.is_empty() {
            // Another content takes the place of what is there; a mark alone costs nothing.
            step.cost = object.cost.unwrap_or(descriptor.cost);
            self.ask_consent(&mut step);
        }
        let former = self.before_moves(resource, &step.want, &object.value);
        let cut = cut(&descriptor.fields, &step.want, &former, &object.value);
        let opens = cut.opens || !step.loosen.is_empty();
        step.effect = match (cut.closes, opens) {
            (_, true) => Effect::Opens,
            (true, false) => Effect::Closes,
            (false, false) => Effect::Neutral,
        };
        let halves = cut.closes && opens && cut.narrowed != object.value;
        if halves && step.action == Action::Update && !self.is_taken_over(resource, &step.key.address, object) {
            self.push_first_half(&mut step, object, &cut.narrowed);
            step.changes.truncate(step.loosen.len());
            step.changes
                .extend(differences(&descriptor.fields, &step.want, &cut.narrowed));
            step.live = cut.narrowed;
        } else if step.effect == Effect::Closes && object.marked {
            // Nothing that is yet to be made may hold it up, unless it quotes it.
            step.needs = open_needs(&step.want);
        }
        self.push(step);
    }

    /// Whether an object, or the one that it belongs to, is adopted and not yet ours. People work with it as it is, so
    /// it is changed in one go: its closing half alone would lock them out until the rest can be done.
    fn is_taken_over(&self, resource: &Resource, address: &Address, object: &Object) -> bool {
        let unmarked = |address: &Address, resource: &Resource, object: &Object| {
            self.spec.adopt.contains_key(address) && !self.bears_mark(resource, object)
        };
        let parent = || {
            let (field, _) = address.kind.descriptor().parent?;
            let parent = resource.fields.get(field)?.references().first()?.address.clone();
            match self.live.found.get(&parent)? {
                Found::Ours(object) => Some(unmarked(&parent, self.spec.resources.get(&parent)?, object)),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            }
        };
        unmarked(address, resource, object) || parent().unwrap_or(false)
    }

    /// Makes the closing half of a change a step of its own.
    fn push_first_half(&mut self, step: &mut Step, object: &Object, narrowed: &Value) {
        let first = Step {
            action: Action::Update,
            id: step.id.clone(),
            want: narrowed.clone(),
            live: object.value.clone(),
            changes: differences(&step.key.address.kind.descriptor().fields, narrowed, &object.value),
            effect: Effect::Closes,
            source: step.source.clone(),
            ..Step::new(StepKey {
                phase: Phase::Tighten,
                ..step.key.clone()
            })
        };
        step.needs.insert(first.key.clone());
        self.push(first);
    }

    /// What closes is done whatever is blocked: an incident or somebody's leaving does not wait.
    fn tighten(&mut self, step: &mut Step, resource: &Resource, object: &Object) {
        let want = complete(&step.want, &object.value);
        let former = self.before_moves(resource, &want, &object.value);
        let cut = cut(
            &step.key.address.kind.descriptor().fields,
            &want,
            &former,
            &object.value,
        );
        if cut.closes && cut.narrowed != object.value {
            self.push_first_half(step, object, &cut.narrowed);
        }
    }

    fn replace(&mut self, mut step: Step, resource: &Resource, object: &'a Object, path: String, only: bool) {
        let address = step.key.address.clone();
        let descriptor = address.kind.descriptor();
        if descriptor.replace == Replace::Never {
            step.block(Reason::NeverReplaced { path });
            self.outputs.insert(address.clone(), outputs(address.kind, object));
            self.tighten(&mut step, resource, object);
            self.push(step);
            return;
        }
        step.action = Action::Replace;
        step.replaces = Some(object.id.clone());
        step.cost = object.cost.unwrap_or(descriptor.cost);
        if descriptor.opens {
            step.effect = Effect::Opens;
        }
        // A child that goes because its parent does is consented to with its parent.
        let follows = only && self.follows_parent(&step, &path);
        step.reasons.push(Reason::FixedField { path });
        if !follows {
            self.ask_consent(&mut step);
        }
        if let Some(what) = &object.keeps {
            step.block(Reason::Kept { what: what.clone() });
        }
        self.former
            .entry(address.clone())
            .or_default()
            .push(outputs(address.kind, object));
        if step.action == Action::Blocked {
            self.tighten(&mut step, resource, object);
            self.push(step);
            return;
        }
        let mut removal = removal(self.removal_key(&address, Phase::Remove), object, Reason::Superseded);
        match descriptor.replace {
            Replace::CreateFirst => {
                removal.needs.insert(step.key.clone());
            }
            Replace::DeleteFirst | Replace::Never => {
                step.needs.insert(removal.key.clone());
                // It closes for a moment only: it waits until its successor can be made.
                removal.effect = Effect::Neutral;
            }
        }
        self.going.push((removal.key.clone(), object));
        self.push(removal);
        self.push(step);
    }

    /// Whether the field that differs is the one that quotes the parent, and the parent is replaced.
    fn follows_parent(&self, step: &Step, path: &str) -> bool {
        let parent = step.key.address.kind.descriptor().parent;
        parent.is_some_and(|(field, kind)| {
            field == path
                && step.want.get(field).map(Value::references).is_some_and(
                    |it| matches!(&*it, [one] if one.address.kind == kind && self.former.contains_key(&one.address)),
                )
        })
    }

    /// What is wanted as it would read if nothing were replaced: fields that still quote a former object quote it.
    fn before_moves(&self, resource: &Resource, want: &Value, live: &Value) -> Value {
        let Value::Map(fields) = want else { return want.clone() };
        let before = |name: &String, want: &Value| {
            let quoted = resource.fields.get(name)?;
            let live = live.get(name).filter(|live| *live != want)?;
            let former = |reference: &Reference| {
                let known = self.former.get(&reference.address)?;
                known
                    .iter()
                    .filter_map(|outputs| outputs.get(&reference.output))
                    .find(|it| it.as_text().is_some_and(|text| holds(live, text)))
                    .cloned()
            };
            quoted.references().iter().any(|it| former(it).is_some()).then(|| {
                let moved = quoted.resolve(&former);
                complete(&self.resolve(&moved), live)
            })
        };
        let fields = fields
            .iter()
            .map(|(name, want)| (name.clone(), before(name, want).unwrap_or_else(|| want.clone())))
            .collect();
        Value::Map(fields)
    }
}
