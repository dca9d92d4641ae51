//! The file that IGV loads, as bytes: JSON in a gzip that is the same for the same content.
//!
//! Releases of IGV up to 2.14.1 unpack by the ending of the URL, later ones by the first bytes; a `null` or an array
//! breaks loading. So bytes that another program would still read count as unreadable here.

use std::io::{Read, Write};

use flate2::{Compression, GzBuilder, read::MultiGzDecoder};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use spec_model::Secret;
use spec_model::kinds::ConfigBody;

/// The longest body that is read; a real one has under two kilobytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The JSON text of a body, with the client secret: for the one call that publishes it and for people who ask for it.
pub fn to_json(body: &ConfigBody) -> String {
    let mut text = serde_json::to_string_pretty(&to_map(body)).expect("a map of texts is JSON");
    text.push('\n');
    text
}

fn to_map(body: &ConfigBody) -> Map<String, Json> {
    let ConfigBody {
        auth_provider,
        client_id,
        client_secret,
        authorization_endpoint,
        token_endpoint,
        scope,
        aws_region,
        aws_cognito_fed_pool_id,
        aws_cognito_pool_id,
        aws_cognito_role_arn,
        redirect_uris,
    } = body;
    let mut map = Map::new();
    for (key, text) in [
        ("auth_provider", auth_provider),
        ("client_id", client_id),
        ("authorization_endpoint", authorization_endpoint),
        ("token_endpoint", token_endpoint),
        ("scope", scope),
        ("aws_region", aws_region),
        ("aws_cognito_fed_pool_id", aws_cognito_fed_pool_id),
        ("aws_cognito_pool_id", aws_cognito_pool_id),
        ("aws_cognito_role_arn", aws_cognito_role_arn),
    ] {
        map.insert(key.to_owned(), text.as_str().into());
    }
    // A `null` breaks loading, so what is not there is left out.
    if !client_secret.expose().is_empty() {
        map.insert("client_secret".to_owned(), client_secret.expose().into());
    }
    if !redirect_uris.is_empty() {
        map.insert("redirect_uris".to_owned(), redirect_uris.clone().into());
    }
    map
}

/// The bytes to publish. The same body gives the same bytes, always: no time of writing, one level, no system's name.
pub fn to_gzip(body: &ConfigBody) -> Vec<u8> {
    let mut writer = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    writer
        .write_all(to_json(body).as_bytes())
        .expect("a vector takes everything");
    writer.finish().expect("a vector takes everything")
}

/// Reads published bytes: the body, and what is wrong with them, which is empty for bytes as we would write them.
///
/// What is missing becomes an empty text. What is wrong is told without showing any of the content.
pub fn read(bytes: &[u8]) -> (ConfigBody, String) {
    let describe = |why: &str| format!("{} bytes, sha256 {}: {why}", bytes.len(), hex(bytes));
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return (empty(), describe("not gzip"));
    }
    let mut plain = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    if MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut plain).is_err() {
        return (empty(), describe("damaged gzip"));
    }
    let Ok(Json::Object(map)) = serde_json::from_slice::<Json>(&plain) else {
        return (empty(), describe("not a JSON object"));
    };
    let text = |key: &str| map.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let body = ConfigBody {
        auth_provider: text("auth_provider"),
        client_id: text("client_id"),
        client_secret: Secret::new(text("client_secret")),
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        scope: text("scope"),
        aws_region: text("aws_region"),
        aws_cognito_fed_pool_id: text("aws_cognito_fed_pool_id"),
        aws_cognito_pool_id: text("aws_cognito_pool_id"),
        aws_cognito_role_arn: text("aws_cognito_role_arn"),
        redirect_uris: map
            .get("redirect_uris")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .map(|uri| uri.as_str().unwrap_or_default().to_owned())
            .collect(),
    };
    // Whatever the typed body does not hold, an unknown key or a `null`, would go unseen and be rewritten silently.
    let ours = to_map(&body);
    let strange: Vec<&str> = map
        .iter()
        .filter(|(key, value)| ours.get(*key) != Some(*value))
        .map(|(key, _)| key.as_str())
        .collect();
    let unreadable = if strange.is_empty() {
        String::new()
    } else {
        describe(&format!("keys that do not belong there: {}", strange.join(", ")))
    };
    (body, unreadable)
}

/// What stands in place of a body that cannot be read.
pub(crate) fn empty() -> ConfigBody {
    ConfigBody {
        auth_provider: String::new(),
        client_id: String::new(),
        client_secret: Secret::new(""),
        authorization_endpoint: String::new(),
        token_endpoint: String::new(),
        scope: String::new(),
        aws_region: String::new(),
        aws_cognito_fed_pool_id: String::new(),
        aws_cognito_pool_id: String::new(),
        aws_cognito_role_arn: String::new(),
        redirect_uris: Vec::new(),
    }
}

/// The SHA-256 of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn body() -> ConfigBody {
        ConfigBody {
            auth_provider: "Amazon".to_owned(),
            client_id: "client1".to_owned(),
            client_secret: Secret::new("Canary0secret"),
            authorization_endpoint: "https://igv.auth.ap-southeast-2.amazoncognito.com/oauth2/authorize".to_owned(),
            token_endpoint: "https://igv.auth.ap-southeast-2.amazoncognito.com/oauth2/token".to_owned(),
            scope: "openid%20email".to_owned(),
            aws_region: "ap-southeast-2".to_owned(),
            aws_cognito_fed_pool_id: "ap-southeast-2:1".to_owned(),
            aws_cognito_pool_id: "ap-southeast-2_1".to_owned(),
            aws_cognito_role_arn: "arn:aws:iam::111122223333:role/igvctl/r".to_owned(),
            redirect_uris: Vec::new(),
        }
    }

    fn pack(text: &str) -> Vec<u8> {
        let mut writer = GzBuilder::new().write(Vec::new(), Compression::fast());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn l44_the_bytes_depend_on_the_content_alone() {
        let bytes = to_gzip(&body());
        assert_eq!(bytes, to_gzip(&body()));
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    #[test]
    fn l43_what_was_written_reads_back_whatever_packed_it() {
        for body in [
            body(),
            ConfigBody {
                client_secret: Secret::new(""),
                redirect_uris: vec!["http://localhost:60151/oauthCallback".to_owned()],
                ..body()
            },
        ] {
            assert_eq!(read(&to_gzip(&body)), (body.clone(), String::new()));
            assert_eq!(read(&pack(&to_json(&body))), (body, String::new()));
        }
    }

    #[test]
    fn a_body_without_secret_has_no_key_for_it() {
        let json = to_json(&ConfigBody {
            client_secret: Secret::new(""),
            ..body()
        });
        assert!(!json.contains("client_secret"));
        assert!(!json.contains("null"));
    }

    #[test]
    fn what_igv_would_stumble_over_is_told_without_its_content() {
        for (bytes, why) in [
            (to_json(&body()).into_bytes(), "not gzip"),
            (to_gzip(&body())[..40].to_vec(), "damaged gzip"),
            (pack(&format!("[{}]", to_json(&body()))), "not a JSON object"),
            (
                pack(&to_json(&body()).replacen('{', "{\"apiKey\": \"k\", \"redirect_uris\": null,", 1)),
                "keys that do not belong there: apiKey, redirect_uris",
            ),
        ] {
            let (_, unreadable) = read(&bytes);
            assert!(unreadable.ends_with(why), "{unreadable}");
            assert!(unreadable.starts_with(&format!("{} bytes, sha256 ", bytes.len())));
            assert!(!unreadable.contains("Canary"));
        }
    }

    #[test]
    fn a_missing_key_is_an_empty_text() {
        let (body, unreadable) = read(&pack("{\"auth_provider\": \"Amazon\"}"));
        assert_eq!((body.auth_provider.as_str(), body.client_id.as_str()), ("Amazon", ""));
        assert_eq!(unreadable, "");
    }
}
