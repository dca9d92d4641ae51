//! Every field of every kind and section, misspelt, of a wrong type, and missing: generated from the shapes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use spec_model::{Class, FieldShape, Kind, Shape, SpecErrors, parse};

const FACTS: &str = "version: 1\nstack: igv-demo\naccount: \"111122223333\"\nregion: ap-southeast-2\n";

fn errors(text: &str) -> SpecErrors {
    parse(text, &|_| None).expect_err(text)
}

fn has(errors: &SpecErrors, message: &str) -> bool {
    errors.0.iter().any(|error| error.message == message)
}

/// A record somewhere in the file: the lines that lead to it, its indentation, its fields.
struct Place {
    name: String,
    lead: String,
    indent: usize,
    fields: Vec<FieldShape>,
}

/// Every record of every kind, as it stands under `resources`.
fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for kind in Kind::ALL {
        let lead = format!("resources:\n  {kind}.x:\n");
        collect(format!("{kind}"), lead, 4, &kind.descriptor().fields, &mut places);
    }
    places
}

fn collect(name: String, lead: String, indent: usize, fields: &[FieldShape], places: &mut Vec<Place>) {
    for field in fields {
        let pad = " ".repeat(indent);
        let name = format!("{name}.{}", field.name);
        match &field.shape {
            Shape::Record(inside) => {
                collect(
                    name,
                    format!("{lead}{pad}{}:\n", field.name),
                    indent + 2,
                    inside,
                    places,
                );
            }
            Shape::Set(of) | Shape::List(of) => {
                if let Shape::Record(inside) = of.as_ref() {
                    collect(
                        name,
                        format!("{lead}{pad}{}:\n{pad}  -\n", field.name),
                        indent + 4,
                        inside,
                        places,
                    );
                }
            }
            Shape::Bool
            | Shape::Int(..)
            | Shape::Duration
            | Shape::Text
            | Shape::Secret
            | Shape::Choice(_)
            | Shape::Policy
            | Shape::Table(_)
            | Shape::Entries(_) => {}
        }
    }
    places.push(Place {
        name,
        lead,
        indent,
        fields: fields.to_vec(),
    });
}

/// A value that a shape does not take.
fn wrong(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool | Shape::Int(..) | Shape::Duration | Shape::Choice(_) | Shape::Policy => "[]",
        Shape::Text | Shape::Secret => "{a: b}",
        Shape::Set(_) | Shape::List(_) | Shape::Table(_) | Shape::Entries(_) | Shape::Record(_) => "12",
    }
}

fn belongs(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool => "`true` or `false` belongs here",
        Shape::Int(..) => "a whole number belongs here",
        Shape::Duration => "a duration belongs here",
        Shape::Text => "a text belongs here",
        Shape::Secret => "a secret belongs here",
        Shape::Choice(_) => "one of a few words belongs here",
        Shape::Policy => "a policy document belongs here",
        Shape::Set(_) | Shape::List(_) => "a list belongs here",
        Shape::Table(_) | Shape::Entries(_) | Shape::Record(_) => "a map belongs here",
    }
}

#[test]
fn every_field_misspelt_is_an_unknown_key_and_the_right_one_is_named() {
    let mut count = 0;
    for place in places() {
        let pad = " ".repeat(place.indent);
        for field in &place.fields {
            let mut misspelt = field.name.to_owned();
            misspelt.push('x');
            let text = format!("{FACTS}{}{pad}{misspelt}: 1\n", place.lead);
            let errors = errors(&text);
            let line = text.lines().count();
            let error = errors
                .0
                .iter()
                .find(|error| error.message == format!("unknown key `{misspelt}`"))
                .unwrap_or_else(|| panic!("{}.{misspelt}: {}", place.name, errors.render("x", &text)));
            assert_eq!((error.at.line, error.at.column), (line, place.indent + 1));
            assert_eq!(
                error.hint,
                Some(format!("did you mean `{}`?", field.name)),
                "{}",
                place.name
            );
            assert!(error.valid.as_ref().unwrap().contains(&format!("`{}`", field.name)));
            count += 1;
        }
    }
    assert!(count > 120, "{count}");
}

#[test]
fn every_field_of_a_wrong_type_says_what_belongs_there() {
    for place in places() {
        let pad = " ".repeat(place.indent);
        for field in &place.fields {
            let text = format!("{FACTS}{}{pad}{}: {}\n", place.lead, field.name, wrong(&field.shape));
            let errors = errors(&text);
            let line = text.lines().count();
            assert!(
                errors
                    .0
                    .iter()
                    .any(|error| error.at.line == line && error.message.starts_with(belongs(&field.shape))),
                "{}.{}: {}",
                place.name,
                field.name,
                errors.render("x", &text)
            );
        }
    }
}

#[test]
fn every_field_that_must_be_written_is_missed() {
    let mut count = 0;
    for place in places() {
        let required: Vec<&FieldShape> = place
            .fields
            .iter()
            .filter(|field| field.default.is_none() && !field.optional)
            .collect();
        let pad = " ".repeat(place.indent);
        let text = format!("{FACTS}{}{pad}nothing: 1\n", place.lead);
        let errors = errors(&text);
        for field in required {
            let message = format!("`{}` is missing here", field.name);
            assert!(has(&errors, &message), "{}: {}", place.name, errors.render("x", &text));
            count += 1;
        }
        for field in place.fields.iter().filter(|field| field.default.is_some()) {
            assert!(
                !has(&errors, &format!("`{}` is missing here", field.name)),
                "{}",
                place.name
            );
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn every_choice_takes_its_words_and_no_other() {
    for place in places() {
        let pad = " ".repeat(place.indent);
        for field in &place.fields {
            let Shape::Choice(words) = &field.shape else { continue };
            for (word, _) in *words {
                let text = format!("{FACTS}{}{pad}{}: {word}\n", place.lead, field.name);
                let found = parse(&text, &|_| None);
                assert!(!found.is_err_and(|errors| errors.0.iter().any(|it| it.message.starts_with("one of a few"))));
            }
            let text = format!("{FACTS}{}{pad}{}: nonesuch\n", place.lead, field.name);
            assert!(has(
                &errors(&text),
                "one of a few words belongs here, not the text `nonesuch`"
            ));
        }
    }
}

#[test]
fn fields_whose_names_sound_like_secrets_are_known() {
    // The mask exempts fields by name: a new one must be decided on.
    let mut names: Vec<&str> = places()
        .iter()
        .flat_map(|place| place.fields.clone())
        .map(|field| field.name)
        .filter(|name| ["password", "secret", "token"].iter().any(|word| name.contains(word)))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "access_token_validity",
            "client_secret",
            "id_token_validity",
            "password_policy",
            "refresh_token_rotation",
            "refresh_token_validity",
            "secret",
            "server_side_token_check",
            "temporary_password_validity",
            "token_endpoint",
        ]
    );
}

#[test]
fn every_default_fits_its_own_shape() {
    fn check(field: &FieldShape, value: &spec_model::Value, path: &str) {
        let fits = match (&field.shape, value) {
            (Shape::Bool, spec_model::Value::Bool(_))
            | (Shape::Int(..), spec_model::Value::Int(_))
            | (Shape::Duration, spec_model::Value::Duration(_))
            | (Shape::Text, spec_model::Value::Text(_))
            | (Shape::Set(_), spec_model::Value::Set(_))
            | (Shape::List(_), spec_model::Value::List(_))
            | (Shape::Table(_), spec_model::Value::Table(_))
            | (Shape::Entries(_) | Shape::Record(_), spec_model::Value::Map(_)) => true,
            (Shape::Choice(words), value) => words.iter().any(|(word, _)| value.as_text() == Some(word)),
            // The only secret that may stand in a program is none.
            (Shape::Secret, spec_model::Value::Secret(it)) => it.expose().is_empty(),
            _ => false,
        };
        assert!(fits, "{path}: {value:?}");
    }
    for place in places() {
        for field in &place.fields {
            if let Some(value) = &field.default {
                check(field, value, &format!("{}.{}", place.name, field.name));
            }
        }
    }
}

#[test]
fn the_schema_names_every_key() {
    let schema = spec_model::schema();
    for kind in Kind::ALL {
        for field in &kind.descriptor().fields {
            assert!(
                schema["$defs"][kind.word()]["properties"][field.name].is_object(),
                "{kind}.{}",
                field.name
            );
        }
    }
    for section in [
        "version",
        "stack",
        "user_pool",
        "identity_pool",
        "data",
        "access",
        "config",
        "resources",
    ] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
    assert_eq!(
        schema["required"],
        serde_json::json!(["version", "stack", "account", "region"])
    );
}

#[test]
fn the_reference_page_names_every_kind_and_field() {
    let page = spec_model::reference_page();
    for kind in Kind::ALL {
        assert!(page.contains(&format!("### `{kind}`")), "{kind}");
        for field in &kind.descriptor().fields {
            assert!(page.contains(&format!("| `{}` |", field.name)), "{kind}.{}", field.name);
        }
        for output in kind.descriptor().outputs {
            assert!(
                page.contains(&format!("- `{}`: ", output.name)),
                "{kind}.{}",
                output.name
            );
        }
    }
    assert!(page.lines().all(|line| line == line.trim_end()));
}

/// "Not ours" is an absent value, "ours and empty" an empty one: what is ours can therefore not be absent, or what
/// somebody else put there would go unseen.
#[test]
fn no_field_that_is_ours_may_be_absent() {
    fn visit(path: &str, fields: &[FieldShape]) {
        for field in fields {
            let path = format!("{path}.{}", field.name);
            assert!(
                !(field.class == Class::Ours && field.optional),
                "{path} is ours and may be absent"
            );
            match &field.shape {
                Shape::Record(inner) => visit(&path, inner),
                Shape::Set(of) | Shape::List(of) | Shape::Table(of) | Shape::Entries(of) => {
                    if let Shape::Record(inner) = &**of {
                        visit(&path, inner);
                    }
                }
                Shape::Bool
                | Shape::Int(..)
                | Shape::Duration
                | Shape::Text
                | Shape::Secret
                | Shape::Choice(_)
                | Shape::Policy => {}
            }
        }
    }
    for kind in Kind::ALL {
        visit(kind.word(), &kind.descriptor().fields);
    }
}
