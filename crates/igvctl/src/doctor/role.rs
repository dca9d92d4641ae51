//! The ARN of the role for people who are signed in.

use crate::doctor::finding::Finding;
use crate::doctor::keys::{Said, Values, shown};

/// How a role that cannot be assumed shows itself.
const NO_ROLE: &str = "the login works, then nothing of S3 does; igv0.log has \"Not authorized to perform sts:AssumeRoleWithWebIdentity\"";

/// Checks it.
pub(crate) fn check(values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.role else { return };
    let copy = "copy the ARN from the role's page in IAM";
    let wrong = |what: String| Finding::error("role-form", what).at(said.place.clone());
    let parts: Vec<&str> = said.text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts.as_slice() else {
        findings.push(
            wrong(format!("{} is no ARN of a role", shown(&said.text)))
                .why("STS refuses it: the login works, then nothing of S3 does; igv0.log has a ValidationError")
                .change(format!("{copy}: `arn:aws:iam::111122223333:role/<path>/<name>`")),
        );
        return;
    };
    let mut slips = Vec::new();
    if *service != "iam" {
        slips.push(if *service == "sts" {
            "it is the ARN of a session, not of a role".to_owned()
        } else {
            format!("it belongs to {}, not to IAM", shown(service))
        });
    }
    if !region.is_empty() {
        slips.push("IAM has no regions, so nothing stands between the third and fourth colon".to_owned());
    }
    if !matches!(*partition, "aws" | "aws-us-gov" | "aws-cn") {
        slips.push(format!("there is no partition {}", shown(partition)));
    }
    if account.len() != 12 || !account.bytes().all(|it| it.is_ascii_digit()) {
        slips.push(match account.len() {
            1..12 if account.bytes().all(|it| it.is_ascii_digit()) => {
                "the account has fewer than twelve digits; a spreadsheet or YAML took its leading zero away".to_owned()
            }
            _ => "its account is not twelve digits".to_owned(),
        });
    }
    if said.text.contains(char::is_whitespace) {
        slips.push("there is white space in it".to_owned());
    }
    let path = resource.strip_prefix("role/");
    if path.is_none() && *service == "iam" {
        slips.push(if resource.starts_with("service-role/") {
            "the path `service-role/` stands where `role/service-role/` belongs".to_owned()
        } else {
            "its last part does not begin with `role/`".to_owned()
        });
    }
    if !slips.is_empty() {
        findings.push(
            wrong(format!(
                "{} is no ARN of a role: {}",
                shown(&said.text),
                slips.join("; ")
            ))
            .why(format!("STS knows no such role: {NO_ROLE}"))
            .change(format!("{copy}: `arn:aws:iam::111122223333:role/<path>/<name>`")),
        );
    }
    role_name(said, path.unwrap_or_default(), findings);
    if let (Some(region), true) = (&values.aws_region, *partition != "aws")
        && !region.text.starts_with("cn-")
        && !region.text.starts_with("us-gov-")
    {
        findings.push(
            Finding::error(
                "role-form",
                format!("the role is in the partition `{partition}`, and `aws_region` is not"),
            )
            .at(said.place.clone())
            .why(format!("partitions know nothing of each other: {NO_ROLE}"))
            .change(copy),
        );
    }
}

/// What the path and name of a role tell.
fn role_name(said: &Said, path: &str, findings: &mut Vec<Finding>) {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return;
    }
    let lower = name.to_ascii_lowercase();
    if lower.contains("unauth") || lower.contains("guest") {
        findings.push(
            Finding::error("role-guest", format!("{} seems to be the role for guests", shown(name)))
                .at(said.place.clone())
                .why(format!(
                    "its trust lets guests in and nobody who is signed in: {NO_ROLE}"
                ))
                .change("write the ARN of the role for signed-in people"),
        );
    }
    if path.contains('/') {
        return;
    }
    if lower.starts_with("service-role") {
        findings.push(
            Finding::error(
                "role-path",
                format!("{} looks like a path and a name that were joined", shown(name)),
            )
            .at(said.place.clone())
            .why(format!("a role is known by its path and name together: {NO_ROLE}"))
            .change("write `role/service-role/<name>`, as IAM shows it"),
        );
        return;
    }
    findings.push(
        Finding::note(
            "role-path",
            "the ARN of the role has no path, and whether the role has one cannot be seen from here",
        )
        .at(said.place.clone())
        .why(format!(
            "the console makes roles under `service-role/`, and without it STS knows no such role: {NO_ROLE}"
        ))
        .change("compare it with the ARN on the role's page in IAM"),
    );
}
