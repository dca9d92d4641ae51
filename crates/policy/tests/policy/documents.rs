//! Reading, equality and writing of documents.

use policy::{Document, Place, Principal, Version};
use serde_json::{Value, json};

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn statement(more: &str) -> Document {
    parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{{{more}}}]}}"#))
}

const READ: &str = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reads/*""#;

#[test]
fn two_spellings_of_one_meaning_are_equal() {
    let pairs = [
        (
            r#""Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::reads/*"]"#,
            READ,
        ),
        (
            r#""Resource":"arn:aws:s3:::reads/*","Action":"S3:getobject","Effect":"Allow""#,
            READ,
        ),
        (
            r#""Sid":"1","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reads/*""#,
            READ,
        ),
        (
            r#""Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reads/*""#,
            READ,
        ),
        (
            r#""Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reads/*","Condition":{}"#,
            READ,
        ),
        (
            r#""Effect":"Allow","Action":["s3:GetObject","S3:GETOBJECT"],"Resource":"arn:aws:s3:::reads/*""#,
            READ,
        ),
        (
            r#""Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*""#,
            r#""Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":"*""#,
        ),
        (
            r#""Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*""#,
            r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"*""#,
        ),
        (
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":false}}"#,
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"AWS:securetransport":["False"]}}"#,
        ),
        (
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:TlsVersion":1.2}}"#,
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}"#,
        ),
        (
            r#""Effect":"Deny","Action":"*","Resource":["a","b"],"Condition":{"Null":{"k":"true"},"Bool":{"l":"true"}}"#,
            r#""Effect":"Deny","Action":"*","Resource":["b","a"],"Condition":{"Bool":{"l":true},"Null":{"k":true}}"#,
        ),
    ];
    for (left, right) in pairs {
        let (left, right) = (
            left.replace("\"a\"", "\"arn:aws:s3:::a\"")
                .replace("\"b\"", "\"arn:aws:s3:::b\""),
            right
                .replace("\"a\"", "\"arn:aws:s3:::a\"")
                .replace("\"b\"", "\"arn:aws:s3:::b\""),
        );
        assert_eq!(statement(&left), statement(&right), "{left}\n{right}");
    }
}

#[test]
fn another_meaning_is_not_equal() {
    let base = statement(READ);
    let others = [
        READ.replace("Allow", "Deny"),
        READ.replace("\"Action\"", "\"NotAction\""),
        READ.replace("\"Resource\"", "\"NotResource\""),
        READ.replace("reads", "Reads"),
        READ.replace("GetObject", "GetObject*"),
        format!("{READ},\"Principal\":\"*\""),
        format!("{READ},\"Condition\":{{\"Bool\":{{\"aws:SecureTransport\":\"true\"}}}}"),
    ];
    for other in others {
        assert_ne!(base, statement(&other), "{other}");
    }
    let any = statement(&format!(
        "{READ},\"Condition\":{{\"ForAnyValue:StringLike\":{{\"k\":\"a\"}}}}"
    ));
    for operator in [
        "StringLike",
        "StringEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringLikeIfExists",
    ] {
        let other = statement(&format!("{READ},\"Condition\":{{\"{operator}\":{{\"k\":\"a\"}}}}"));
        assert_ne!(any, other, "{operator}");
    }
    let service = statement(&format!("{READ},\"Principal\":{{\"Service\":\"*\"}}"));
    assert_ne!(service, statement(&format!("{READ},\"Principal\":\"*\"")));
}

#[test]
fn an_absent_version_is_the_old_language() {
    let absent = parse(&format!(r#"{{"Statement":{{{READ}}}}}"#));
    let old = parse(&format!(
        r#"{{"Version":"2008-10-17","Id":"any","Statement":{{{READ}}}}}"#
    ));
    assert_eq!(absent.version(), Version::V2008);
    assert_eq!(absent, old);
    assert_ne!(absent, statement(READ));
    assert!(
        !absent.to_compact().contains("Version"),
        "an absent version stays absent"
    );
    assert_eq!(old.id(), Some("any"));
}

#[test]
fn the_order_and_the_number_of_equal_statements_do_not_matter() {
    let other = READ.replace("Allow", "Deny");
    let one = parse(&format!(r#"{{"Statement":[{{{READ}}},{{{other}}}]}}"#));
    let two = parse(&format!(r#"{{"Statement":[{{{other}}},{{{READ}}},{{{READ}}}]}}"#));
    assert_eq!(one, two);
    assert_eq!(one.cmp(&two), std::cmp::Ordering::Equal);
    assert_eq!(std::collections::HashSet::from([one, two]).len(), 1);
}

#[test]
fn faults_name_the_path_and_what_is_valid() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "", "not JSON"),
        ("{", "", "not JSON"),
        ("[]", "", "a list stands where an object should"),
        (r#"{"Statement":[{}]}"#, "Statement[0]", "`Effect` is missing"),
        (r#"{"Statement":[]}"#, "Statement", "there is no statement"),
        (r#"{}"#, "", "`Statement` is missing"),
        (r#"{"Statement":"x"}"#, "Statement", "`x` is no statement"),
        (
            r#"{"statement":[]}"#,
            "",
            "there is no element `statement` (valid: `Statement`)",
        ),
        (
            r#"{"Version":"2012-10-18","Statement":{S}}"#,
            "Version",
            "no version of the policy language",
        ),
        (r#"{"Version":2012,"Statement":{S}}"#, "Version", "no version"),
        (r#"{"Id":1,"Statement":{S}}"#, "Id", "no text"),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":{S}}"#,
            "",
            "`Version` stands twice",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*"}}"#,
            "Statement",
            "`Effect` stands twice",
        ),
        (
            r#"{"Statement":{"Effect":"allow","Action":"*"}}"#,
            "Statement.Effect",
            "`allow` is no effect",
        ),
        (r#"{"Statement":{"Effect":"Allow"}}"#, "Statement", "names no action"),
        (
            r#"{"Statement":{"Effect":"Allow","Action":[]}}"#,
            "Statement.Action",
            "list is empty",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*"}}"#,
            "Statement",
            "exclude each other",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":["*",1]}]}"#,
            "Statement[0].Action[1]",
            "`1` is no text",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"GetObject"}}"#,
            "Statement.Action",
            "`GetObject` is no action",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"s*:Get"}}"#,
            "Statement.Action",
            "no action",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"s3:Get Object"}}"#,
            "Statement.Action",
            "no action",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"reads"}}"#,
            "Statement.Resource",
            "no resource",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":"x"}}"#,
            "Statement.Principal",
            "no principal",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":{}}}"#,
            "Statement.Principal",
            "is empty",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":{"aws":"*"}}}"#,
            "Statement.Principal",
            "(valid: `AWS`)",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}}}"#,
            "Statement.Principal.AWS",
            "no AWS principal",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"stringEquals":{"k":"v"}}}}"#,
            "Statement.Condition.stringEquals",
            "(valid: `StringEquals`)",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"NullIfExists":{"k":"true"}}}}"#,
            "Statement.Condition.NullIfExists",
            "no condition operator",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"k":null}}}}"#,
            "Statement.Condition.Bool.k",
            "`null` is no condition value",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"k":"true","K":"true"}}}}"#,
            "Statement.Condition.Bool.K",
            "stands twice",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Foo":1}}"#,
            "Statement",
            "there is no element `Foo`",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":[[[[[[[[["x"]]]]]]]]]}}"#,
            "",
            "nested too deeply",
        ),
    ];
    for (text, path, problem) in cases {
        let text = text.replace("{S}", r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
        let error = Document::parse(&text).unwrap_err();
        let hit = error
            .faults
            .iter()
            .any(|fault| fault.path == *path && fault.to_string().contains(problem));
        assert!(hit, "{text}\n{error}");
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let text = r#"{"Version":"x","Statement":[{"Effect":"no","Action":"no","Resource":"no"},{"Effect":"Allow"}]}"#;
    assert_eq!(Document::parse(text).unwrap_err().faults.len(), 5);
}

#[test]
fn size_and_depth_are_bounded() {
    let long = format!(r#"{{"Id":"{}"}}"#, "x".repeat(policy::MAX_BYTES));
    assert!(Document::parse(&long).unwrap_err().to_string().contains("at most"));
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert!(Document::parse(&deep).is_err());
    let mut value = Value::Null;
    for _ in 0..50 {
        value = json!([value]);
    }
    assert!(
        Document::from_json(&value)
            .unwrap_err()
            .to_string()
            .contains("too deeply")
    );
}

#[test]
fn encoded_documents_are_read() {
    let document = statement(&READ.replace("reads", "a+b c%"));
    let encoded = document.to_encoded();
    assert!(encoded.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{encoded}");
    assert_eq!(Document::parse_encoded(&encoded).unwrap(), document);
    assert!(document.to_compact().contains("a+b c%"));
    for broken in ["%", "%7", "%zz", "%ff"] {
        assert!(
            Document::parse_encoded(broken)
                .unwrap_err()
                .to_string()
                .contains("URL-encoding"),
            "{broken}"
        );
    }
}

#[test]
fn documents_are_written_in_a_pleasant_order() {
    let document = Document::from_json(&json!({
        "Statement": [{
            "Condition": {"StringEquals": {"aws:SourceArn": ["{{distribution.config.arn}}"]}},
            "Resource": ["arn:aws:s3:::{{bucket.config.name}}/b", "arn:aws:s3:::{{bucket.config.name}}/a"],
            "Action": ["s3:GetObject"], "Principal": {"Service": ["cloudfront.amazonaws.com"]},
            "Effect": "Allow", "Sid": "Read",
        }, {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "NotAction": "s3:GetObject", "Resource": "*"}],
        "Id": "config", "Version": "2012-10-17",
    }))
    .unwrap();
    let pretty = r#"{
  "Version": "2012-10-17",
  "Id": "config",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Principal": {
        "Service": "cloudfront.amazonaws.com"
      },
      "Action": "s3:GetObject",
      "Resource": [
        "arn:aws:s3:::{{bucket.config.name}}/a",
        "arn:aws:s3:::{{bucket.config.name}}/b"
      ],
      "Condition": {
        "StringEquals": {
          "aws:SourceArn": "{{distribution.config.arn}}"
        }
      }
    },
    {
      "Effect": "Deny",
      "Principal": "*",
      "NotAction": "s3:GetObject",
      "Resource": "*"
    }
  ]
}"#;
    assert_eq!(document.to_pretty(), pretty);
    let compact: String = pretty
        .lines()
        .map(str::trim_start)
        .collect::<String>()
        .replace("\": ", "\":");
    assert_eq!(document.to_compact(), compact);
    assert_eq!(document.size(), compact.len());
    assert_eq!(Document::from_json(&document.to_json()).unwrap(), document);
}

#[test]
fn strings_are_walked_and_replaced() {
    let document = Document::from_json(&json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "{{account}}", "Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "{{identity_pool.main.id}}"},
                "Bool": {"aws:SecureTransport": "{{flag}}"},
            },
        },
    }))
    .unwrap();
    let open: Vec<&str> = document
        .strings()
        .into_iter()
        .filter(|text| text.contains("{{"))
        .collect();
    assert_eq!(open, ["{{account}}", "{{identity_pool.main.id}}", "{{flag}}"]);
    let closed = document.map_strings(&mut |text| {
        text.replace("{{account}}", "111122223333")
            .replace(
                "{{identity_pool.main.id}}",
                "eu-west-1:11111111-2222-3333-4444-555555555555",
            )
            .replace("{{flag}}", "True")
    });
    let expected = Principal::Aws("arn:aws:iam::111122223333:root".into());
    assert!(
        closed.statements()[0]
            .principals
            .as_ref()
            .unwrap()
            .set()
            .contains(&expected),
        "brought to one form again"
    );
    assert!(closed.to_compact().contains(r#""aws:SecureTransport":"true""#));
    assert!(!closed.to_compact().contains("{{"));
    assert_eq!(document.map_strings(&mut str::to_owned), document);
}

#[test]
fn a_place_has_its_own_rules() {
    let identity = statement(READ);
    let bucket = statement(&format!("{READ},\"Principal\":\"*\""));
    let trust = statement(r#""Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole""#);
    let places = [
        (&identity, Place::Identity),
        (&bucket, Place::Resource),
        (&trust, Place::Trust),
    ];
    for (document, home) in places {
        for place in [Place::Identity, Place::Resource, Place::Trust] {
            assert_eq!(document.check(place).is_empty(), place == home, "{home:?} at {place:?}");
        }
    }
    let twice = parse(&format!(
        r#"{{"Statement":[{{"Sid":"A",{READ}}},{{"Sid":"A",{READ}}},{{"Sid":"a b",{READ}}}]}}"#
    ));
    let problems: Vec<String> = twice.check(Place::Identity).iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("Statement[1]: Statement IDs (SID) in a single policy must be unique."));
    let other = statement(r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject""#);
    assert!(other.check(Place::Trust)[0].problem.contains("STS AssumeRole actions"));
}

#[test]
fn a_deleted_principal_is_recognised() {
    let gone = statement(&format!("{READ},\"Principal\":{{\"AWS\":\"AROAEXAMPLEID1234567\"}}"));
    assert!(
        gone.statements()[0]
            .principals
            .as_ref()
            .unwrap()
            .set()
            .first()
            .unwrap()
            .is_unique_id()
    );
    assert!(!Principal::anyone().is_unique_id());
}
