//! Cases as data: one folder each, with the plan as people read it.
//!
//! `before.yaml` is a file that was applied to an empty world (none: nothing is there); `case.json` says what happened
//! since then and with what options the plan is made; `spec.yaml` is the file now; `plan.txt` is the expected plan,
//! without colours. With `UPDATE_CASES=1` the test writes the plans it gets, to be read and committed.

use std::fs;
use std::path::{Path, PathBuf};

use planner::show::{to_json, to_markdown, to_text};
use planner::{Finding, Gap, Harm, Held, Live, Local, LocalFile, Options, Plan, plan, unexpected};
use serde_json::Value as Json;
use spec_model::{Address, Cost, Secret, Shape, Spec, Value};

use crate::generate::{Dice, read};
use crate::laws::{check_plan, cut_short};
use crate::world::{CANARY, Owner, World, local_after, take_marks_off};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// A case: the world as it is, the file as it is now, and the options.
struct Case {
    world: World,
    spec: Spec,
    options: Options,
    findings: Vec<Finding>,
}

impl Case {
    fn plan(&self) -> (Live, Plan) {
        let mut live = self.world.look(&self.spec);
        live.findings.clone_from(&self.findings);
        let plan = plan(&self.spec, &live, &local_after(&self.world), &self.options);
        (live, plan)
    }
}

fn load(name: &str) -> Case {
    let folder = folder().join(name);
    let spec = read(&fs::read_to_string(folder.join("spec.yaml")).unwrap());
    let mut world = World::default();
    if let Ok(before) = fs::read_to_string(folder.join("before.yaml")) {
        let before = read(&before);
        world.local = files(&before);
        let live = world.look(&before);
        let plan = plan(&before, &live, &world.local, &Options::default());
        world.apply(&plan, &live);
    }
    world.local.extend(files(&spec));
    let mut case = Case {
        world,
        spec,
        options: Options::default(),
        findings: Vec::new(),
    };
    if let Ok(text) = fs::read_to_string(folder.join("case.json")) {
        let json: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let set = |option: &str| json[option] == true;
        case.options.destroy = set("destroy");
        case.options.keep_data = set("keep_data");
        for address in json["loosen"].as_array().into_iter().flatten() {
            case.options.loosen.insert(address.as_str().unwrap().parse().unwrap());
        }
        for event in json["since"].as_array().into_iter().flatten() {
            happen(&mut case, event);
        }
    }
    case
}

/// A local file of 10 bytes for whatever is made from one.
fn files(spec: &Spec) -> Local {
    let file = |address: &Address| {
        let file = LocalFile {
            size: 10,
            fingerprint: None,
        };
        (address.clone(), file)
    };
    let made = |it: &(&Address, &spec_model::Resource)| it.1.source.is_some();
    spec.resources
        .iter()
        .filter(made)
        .map(|(address, _)| file(address))
        .collect()
}

/// What happened behind our back.
fn happen(case: &mut Case, event: &Json) {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let address: Address = text("at").parse().unwrap_or_else(|error| panic!("{event}: {error}"));
    match &*text("what") {
        "unread" => {
            let gap = Gap {
                what: address.to_string(),
                action: text("action"),
                error: text("error"),
                denied: true,
            };
            case.world.unknown.insert(address, gap);
            return;
        }
        "several" => {
            let ids = event["ids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned());
            case.world.ambiguous.insert(address, ids.collect());
            return;
        }
        "finding" => {
            case.findings.push(Finding {
                address,
                name: text("name"),
                what: text("does"),
                harm: if text("harm") == "locks out" {
                    Harm::LocksOut
                } else {
                    Harm::LetsIn
                },
            });
            return;
        }
        "no file" => {
            case.world.local.remove(&address);
            return;
        }
        "file" => {
            let file = LocalFile {
                size: event["size"].as_u64().unwrap(),
                fingerprint: None,
            };
            case.world.local.insert(address, file);
            return;
        }
        "gone" => {
            case.world.things.retain(|it| it.address != address);
            return;
        }
        _ => {}
    }
    let thing = case
        .world
        .get(&address)
        .unwrap_or_else(|| panic!("{event}: nothing is there"));
    match &*text("what") {
        "set" => {
            let value = Json::clone(&event["value"]);
            let fields = &address.kind.descriptor().fields;
            set(fields, &mut thing.value, &text("field"), &value);
        }
        "hold" => thing.held.push(Held {
            name: text("name"),
            what: text("does"),
        }),
        "foreign" => {
            thing.owner = Owner::Other;
            thing.claimed_by = event["by"].as_str().map(str::to_owned);
            take_marks_off(&mut thing.value);
        }
        "keeps" => thing.keeps = Some(text("why")),
        "worthless" => thing.cost = Some(Cost::Nothing),
        "propagating" => thing.propagating = Some(text("state")),
        other => panic!("`{other}` cannot happen"),
    }
}

/// Sets a field, in dots where it is part of a record.
fn set(fields: &[spec_model::FieldShape], value: &mut Value, path: &str, to: &Json) {
    let Value::Map(values) = value else {
        panic!("`{path}` is in no record")
    };
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = fields
        .iter()
        .find(|it| it.name == name)
        .unwrap_or_else(|| panic!("no field `{name}`"));
    let inner = values.get_mut(name).unwrap();
    match (rest, &field.shape) {
        (None, shape) => *inner = shaped(shape, to),
        (Some(rest), Shape::Record(fields)) => set(fields, inner, rest, to),
        (Some(entry), Shape::Table(of) | Shape::Entries(of)) => {
            let (Value::Table(entries) | Value::Map(entries)) = inner else {
                panic!("`{name}` has no entries")
            };
            entries.insert(entry.to_owned(), shaped(of, to));
        }
        (Some(_), _) => panic!("`{name}` has no parts"),
    }
}

/// Reads JSON as a value of a shape.
fn shaped(shape: &Shape, json: &Json) -> Value {
    let list = || json.as_array().unwrap().iter();
    let text = || json.as_str().unwrap_or_else(|| panic!("{json} is no text"));
    match shape {
        _ if json.is_null() => Value::Null,
        Shape::Bool => Value::Bool(json.as_bool().unwrap()),
        Shape::Int(..) => Value::Int(json.as_i64().unwrap()),
        Shape::Duration => Value::Duration(json.as_u64().unwrap()),
        Shape::Text | Shape::Choice(_) => text().into(),
        Shape::Secret => Value::Secret(Secret::new(text())),
        Shape::Policy => Value::Policy(policy::Document::from_json(json).unwrap()),
        Shape::Set(of) => Value::Set(list().map(|it| shaped(of, it)).collect()),
        Shape::List(of) => Value::List(list().map(|it| shaped(of, it)).collect()),
        Shape::Table(of) => Value::Table(entries(of, json)),
        Shape::Entries(of) => Value::Map(entries(of, json)),
        Shape::Record(fields) => Value::Map(
            fields
                .iter()
                .map(|field| (field.name.to_owned(), shaped(&field.shape, &json[field.name])))
                .collect(),
        ),
    }
}

fn entries(of: &Shape, json: &Json) -> std::collections::BTreeMap<String, Value> {
    let object = json.as_object().unwrap().iter();
    object.map(|(name, it)| (name.clone(), shaped(of, it))).collect()
}

/// A text without its colours.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = behind.split_once('m').unwrap().1;
    }
    plain + rest
}

#[test]
fn every_case_gives_its_plan() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 30, "cases are missing");
    let mut wrong = Vec::new();
    for name in names {
        let case = load(&name);
        let (live, plan) = case.plan();
        check_plan(&plan, &live, &case.spec, &case.options);
        assert!(!to_markdown(&plan).contains(CANARY));
        let text = plain(&to_text(&plan, false));
        let path = folder().join(&name).join("plan.txt");
        if std::env::var_os("UPDATE_CASES").is_some() {
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("--- {name}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The steps of a plan that a saved one does not cover.
fn new_steps(saved: &Plan, fresh: &Plan) -> Vec<String> {
    // As a plan file is: written and read again.
    let file: Json = serde_json::from_str(&to_json(saved).to_string()).unwrap();
    unexpected(&file, fresh).iter().map(ToString::to_string).collect()
}

#[test]
fn a_saved_plan_covers_itself_and_its_remainders() {
    for name in [
        "create",
        "replace",
        "domain-prefix",
        "two-way-policy",
        "adopt-tags",
        "destroy",
        "loosen",
    ] {
        let case = load(name);
        let (live, saved) = case.plan();
        assert!(saved.acts(), "{name}");
        assert_eq!(new_steps(&saved, &saved), [""; 0], "{name}");
        for seed in 0..50 {
            let mut world = case.world.clone();
            cut_short(&mut world, &saved, &live, &mut Dice::new(seed));
            let (_, rest) = Case { world, ..load(name) }.plan();
            assert_eq!(new_steps(&saved, &rest), [""; 0], "{name} {seed}");
        }
    }
}

#[test]
fn a_saved_plan_does_not_cover_what_it_does_not_say() {
    let (_, saved) = load("create").plan();

    // Another value.
    let mut case = load("create");
    let user = case.spec.resources.get_mut(&"user.anna".parse().unwrap()).unwrap();
    user.fields.insert("email".to_owned(), "eve@example.org".into());
    assert_eq!(new_steps(&saved, &case.plan().1), ["user.anna"]);

    // Somebody widened something in the meantime.
    let (_, saved) = load("two-way-policy").plan();
    let mut case = load("two-way-policy");
    let wider = serde_json::json!({"what": "set", "at": "identity_pool.main", "field": "guests", "value": true});
    happen(&mut case, &wider);
    assert_eq!(new_steps(&saved, &case.plan().1), ["identity_pool.main"]);

    // Somebody made what was to be created, in a way that would have to be replaced.
    let (_, saved) = load("create").plan();
    let case = load("replace");
    assert!(new_steps(&saved, &case.plan().1).contains(&"user_pool_client.igv".to_owned()));

    // Something else is let go of, or gone.
    let (_, saved) = load("delete").plan();
    let (_, fresh) = load("many-leave-consented").plan();
    assert!(!new_steps(&saved, &fresh).is_empty());

    // What was held is undone.
    let (_, saved) = load("held-policy").plan();
    assert_eq!(
        new_steps(&saved, &load("loosen").plan().1),
        ["role.signed-in", "user.anna"]
    );
}

#[test]
fn a_saved_plan_of_another_stack_or_form_covers_nothing() {
    let (_, saved) = load("create").plan();
    let all: Vec<String> = saved.steps.iter().map(|it| it.key.to_string()).collect();
    let mut other = load("create");
    other.spec.stack.region = "eu-west-1".to_owned();
    assert_eq!(new_steps(&saved, &other.plan().1).len(), all.len());
    let mut file = to_json(&saved);
    file["format"] = 0.into();
    assert_eq!(unexpected(&file, &saved).len(), all.len());
    assert_eq!(unexpected(&Json::Null, &saved).len(), all.len());
}
