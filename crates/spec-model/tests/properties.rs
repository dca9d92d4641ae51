//! Laws that hold for any text and any spec.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use spec_model::{Text, emit, parse};

const FACTS: &str = "version: 1\nstack: igv-demo\naccount: \"111122223333\"\nregion: ap-southeast-2\n";

fn no_env(_: &str) -> Option<String> {
    None
}

/// Pieces of YAML and of our language, to get further than plain noise does.
fn piece() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "version: 1\n",
        "user_pool:\n",
        "  users:\n",
        "    anna: {email: anna@example.org}\n",
        "data:\n",
        "  - bucket: igv-data\n",
        "    objects: [a.bam]\n",
        "config: {bucket: igv}\n",
        "identity_pool: {}\n",
        "resources:\n",
        "  bucket.x: {name: x",
        "}\n",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "\n",
        "  ",
        "\t",
        "\"",
        "'",
        "&a ",
        "*a",
        "<<: ",
        "!env X",
        "!!str ",
        "# ",
        "|\n",
        ">-\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "? ",
        ", ",
        "{{user_pool.main.id}}",
        "\"{{bucket.x.name}}\"",
        "true",
        "null",
        "~",
        "60 minutes",
        "\u{feff}",
        "\u{2028}",
        "\r\n",
        "é",
        "\u{0}",
        "password: hunter2\n",
        "after: [bucket.x]",
        "tags: {a: b}\n",
        "arn:aws:s3:::x",
        "adopt: {user.anna: x}\n",
        "account: \"111122223333\"\n",
    ]);
    prop_oneof![8 => word.prop_map(str::to_owned), 1 => any::<String>()]
}

fn line() -> impl Strategy<Value = String> {
    let name = "[a-z_]{1,12}";
    let value = "[ -~]{0,12}";
    (0..5_usize, name, value).prop_map(|(depth, name, value)| format!("{}{name}: {value}\n", "  ".repeat(depth)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(errors) = parse(&text, &no_env) {
            prop_assert!(!errors.0.is_empty());
            errors.render("x", &text);
        }
    }

    #[test]
    fn any_pieces_of_yaml_are_read_or_refused(pieces in prop::collection::vec(piece(), 0..40), facts in any::<bool>()) {
        let text = format!("{}{}", if facts { FACTS } else { "" }, pieces.concat());
        match parse(&text, &|_| Some("x".to_owned())) {
            Ok(spec) => {
                emit(&spec);
            }
            Err(errors) => {
                prop_assert!(!errors.0.is_empty());
                errors.render("x", &text);
            }
        }
    }

    #[test]
    fn errors_lie_inside_of_the_text(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = format!("{FACTS}{}", pieces.concat());
        if let Err(errors) = parse(&text, &no_env) {
            for error in errors.0 {
                prop_assert!(error.at.line >= 1 && error.at.column >= 1 && error.at.length >= 1);
                // A line may also end in characters that `lines` does not count.
                let ends = text.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
                prop_assert!(error.at.line <= ends + 1, "{:?}", error);
            }
        }
    }

    #[test]
    fn what_stands_behind_a_telling_key_is_never_shown(
        before in prop::collection::vec(line(), 0..6),
        key in prop::sample::select(vec!["password", "client_secret", "api_token", "secret", "DB_PASSWORD", "initialPassword", "secrets"]),
        style in 0..15_usize,
        indent in 0..4_usize,
        behind in prop::collection::vec(line(), 0..6),
        broken in any::<bool>(),
    ) {
        let pad = "  ".repeat(indent);
        let secret = match style {
            0 => format!("{pad}{key}: hunter2\n"),
            1 => format!("{pad}{key}: \"hunter2\n{pad}  hunter2\"\n"),
            2 => format!("{pad}{key}: |\n{pad}  hunter2\n{pad}  hunter2\n"),
            3 => format!("{pad}x: {{email: a, {key}: hunter2, b: c}}\n"),
            4 => format!("{pad}{key}:\n{pad}  - hunter2\n{pad}  - {{a: hunter2}}\n"),
            5 => format!("{pad}{key}: !hunter2 hunter2\n"),
            6 => format!("{pad}{key}: &hunter2 hunter2\n"),
            7 => format!("{pad}{key}: *hunter2\n"),
            8 => format!("{pad}{key}: hunter2: x\n"),
            9 => format!("{pad}{key}: \"hunter2\n"),
            10 => format!("{pad}\"{key}\": hunter2: x\n"),
            11 => format!("{pad}? {key}\n{pad}: hunter2: x\n"),
            12 => format!("{pad}x: {{{key}:\n{pad}hunter2: x}}\n"),
            13 => format!("{pad}x: {{{key}:\n{pad}{{hunter2.a}}, y: [}}\n"),
            _ => format!("{pad}{key}: {{{{hunter2.a}}}}\n"),
        };
        let end = if broken { "x: y: z\n" } else { "" };
        let text = format!("{FACTS}{}{secret}{}{end}", before.concat(), behind.concat());
        if let Err(errors) = parse(&text, &no_env) {
            let shown = errors.render("x", &text);
            prop_assert!(!shown.contains("hunter"), "{shown}");
            let debug = format!("{errors:?} {errors}");
            prop_assert!(!debug.contains("hunter"), "{debug}");
        }
    }
}

#[test]
fn a_text_with_references_is_read_back() {
    let text = Text::parse("a {{bucket.x.name}} b").unwrap();
    assert_eq!(Text::parse(&text.to_string()).unwrap(), text);
}
