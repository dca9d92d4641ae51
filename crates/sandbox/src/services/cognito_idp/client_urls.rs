//! Which URLs a client may be called back at.

use super::fault::invalid;
use crate::call::Fault;

/// Checks a callback or logout URL: absolute, without a fragment, and with `http` only for this machine
/// (CreateUserPoolClient `CallbackURLs`; custom schemes of apps are allowed).
pub(super) fn check(url: &str) -> Result<(), Fault> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(invalid(format!("{url} is not an absolute URI.")));
    };
    let scheme_ok = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&it));
    if !scheme_ok || rest.trim_start_matches('/').is_empty() {
        return Err(invalid(format!("{url} is not an absolute URI.")));
    }
    if url.contains('#') {
        return Err(invalid(format!("{url} must not have a fragment component.")));
    }
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if web && !rest.starts_with("//") {
        return Err(invalid(format!("{url} is not an absolute URI.")));
    }
    if scheme.eq_ignore_ascii_case("http") && !is_this_machine(rest.trim_start_matches("//")) {
        return Err(invalid(format!(
            "{url} is not secure: http is allowed for localhost only, use https."
        )));
    }
    Ok(())
}

fn is_this_machine(rest: &str) -> bool {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = if authority.starts_with('[') {
        authority.split_inclusive(']').next().unwrap_or_default()
    } else {
        authority.split(':').next().unwrap_or_default()
    };
    !authority.contains('@') && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn http_is_for_this_machine_only() {
        for url in [
            "https://app.example.org/cb",
            "http://localhost",
            "http://localhost:60151/oauthCallback",
            "http://127.0.0.1:60151",
            "http://[::1]:60151/",
            "myapp://example",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "http://app.example.org/cb",
            "http://localhost.example.org/",
            "http://localhost@example.org/",
            "https://app.example.org/#frag",
            "app.example.org/cb",
            "/cb",
            "https:",
            "https:app",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
