//! Regions, and the ids that hold one: IGV asks one region for everything.

use crate::doctor::finding::{Finding, quote};
use crate::doctor::keys::{Said, Values, shown};

/// Whether a text has the form of a region.
pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area @ .., number] = parts.as_slice() else {
        return false;
    };
    area.len() >= 2
        && area
            .iter()
            .all(|it| it.len() >= 2 && it.bytes().all(|byte| byte.is_ascii_lowercase()))
        && matches!(number.as_bytes(), [b'1'..=b'9'])
}

/// Checks them; `domain` is the region and the host of the user pool's domain.
pub(crate) fn check(values: &Values, domain: Option<&(String, String)>, findings: &mut Vec<Finding>) {
    let region = values.aws_region.as_ref().filter(|said| region_form(said, findings));
    let identity_pool = values
        .identity_pool
        .as_ref()
        .and_then(|said| identity_pool(said, findings));
    let user_pool = values.user_pool.as_ref().and_then(|said| user_pool(said, findings));
    if let (Some(region), Some((said, pool))) = (region, &identity_pool)
        && region.text != *pool
    {
        findings.push(
            Finding::error(
                "mixed-regions",
                format!("`aws_region` is {}, and the identity pool is in {}", quote(&region.text), quote(pool)),
            )
            .at(region.place.clone())
            .why("IGV asks `aws_region` for an identity, which does not know this pool: after the login igv0.log has a ResourceNotFoundException, and nothing of S3 works")
            .change(format!(
                "write `{pool}` if the buckets are there too; IGV reads buckets of `aws_region` only{}",
                if said.text.starts_with(pool.as_str()) { "" } else { "; else another identity pool" }
            )),
        );
    }
    if let (Some((said, pool)), Some((host_region, host))) = (&user_pool, domain)
        && pool != host_region
    {
        findings.push(
            Finding::error(
                "mixed-regions",
                format!("the user pool is in {}, and its domain in {}", quote(pool), quote(host_region)),
            )
            .at(said.place.clone())
            .why("a domain is in the region of its pool, so one of the two belongs to another environment; IGV never reads the pool's id, but people do")
            .change(format!("look up which pool has the domain {}", shown(host))),
        );
    }
    let login_region = domain
        .map(|(region, _)| region)
        .or(user_pool.as_ref().map(|(_, region)| region));
    let aws = region
        .map(|it| &it.text)
        .or(identity_pool.as_ref().map(|(_, region)| region));
    let place = region
        .map(|it| &it.place)
        .or(values.identity_pool.as_ref().map(|it| &it.place));
    if let (Some(login), Some(aws), Some(place)) = (login_region, aws, place)
        && login != aws
        && identity_pool.as_ref().is_none_or(|(_, pool)| pool == aws)
    {
        findings.push(
            Finding::warning(
                "mixed-regions",
                format!("people log in in {}, and the data is in {}", quote(login), quote(aws)),
            )
            .at(place.clone())
            .why("that works if it is meant so; mostly `aws_region` is left over from a sample, and then igv0.log has an exception after the login")
            .change("compare with the region of the identity pool and of the buckets"),
        );
    }
}

/// Whether the region can be one; says what is wrong with it.
fn region_form(said: &Said, findings: &mut Vec<Finding>) -> bool {
    let text = &said.text;
    let lower = text.to_ascii_lowercase();
    let zone = lower.trim_end_matches(|it: char| it.is_ascii_lowercase());
    let change = if is_region(&lower) {
        format!("write `{lower}`")
    } else if is_region(zone) && zone.len() + 1 == lower.len() {
        format!("that is an availability zone; its region is `{zone}`")
    } else {
        "write a region such as `ap-southeast-2`".to_owned()
    };
    if !is_region(text) {
        findings.push(
            Finding::error("region-form", format!("{} is no region of AWS", shown(text)))
                .at(said.place.clone())
                .why("IGV builds the names of AWS's hosts with it, which then do not exist: after the login igv0.log has an UnknownHostException")
                .change(change),
        );
        return false;
    }
    let lacking = if text.starts_with("cn-") {
        Some("China has no user pools")
    } else if text.starts_with("us-gov-") {
        Some("GovCloud has hosts and ARNs of its own, with which IGV was not tried")
    } else {
        None
    };
    if let Some(lacking) = lacking {
        findings.push(
            Finding::warning(
                "region-partition",
                format!("{} is in another partition of AWS", quote(text)),
            )
            .at(said.place.clone())
            .why(lacking)
            .change("use a region of the partition `aws`"),
        );
    }
    true
}

/// The region of the identity pool.
fn identity_pool<'a>(said: &'a Said, findings: &mut Vec<Finding>) -> Option<(&'a Said, String)> {
    let parts = said
        .text
        .split_once(':')
        .filter(|(region, id)| is_region(region) && is_uuid(id));
    if let Some((region, _)) = parts {
        return Some((said, region.to_owned()));
    }
    let is_user_pool = said.text.split_once('_').is_some_and(|(region, _)| is_region(region));
    let what = if is_user_pool {
        format!(
            "{} is the id of a user pool, not of an identity pool",
            shown(&said.text)
        )
    } else {
        format!("{} is no id of an identity pool", shown(&said.text))
    };
    findings.push(
        Finding::error("identity-pool-form", what)
            .at(said.place.clone())
            .why("Cognito refuses it: after the login igv0.log has an InvalidParameterException, and nothing of S3 works")
            .change("write the id of the identity pool (in the console under *Identity pools*), such as `ap-southeast-2:01234567-89ab-cdef-0123-456789abcdef`"),
    );
    None
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
}

/// The region of the user pool.
fn user_pool<'a>(said: &'a Said, findings: &mut Vec<Finding>) -> Option<(&'a Said, String)> {
    let parts = said
        .text
        .split_once('_')
        .filter(|(region, id)| is_region(region) && !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric()));
    if let Some((region, _)) = parts {
        return Some((said, region.to_owned()));
    }
    findings.push(
        Finding::note(
            "user-pool-form",
            format!("{} is no id of a user pool", shown(&said.text)),
        )
        .at(said.place.clone())
        .why("no release of IGV reads it, but people do")
        .change("write the id of the user pool, such as `ap-southeast-2_EXAMPLE`, or remove the line"),
    );
    None
}
