//! Which releases of IGV work with a backend of AWS.

use crate::doctor::finding::Finding;

/// A release: its numbers, and whether it is a beta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    numbers: [u32; 3],
    text: String,
}

/// The release in a line of IGV's log: `Startup  IGV Version 2.17.4 04/19/2024 08:02 PM`.
pub(crate) fn of_log_line(line: &str) -> Option<Version> {
    let (_, rest) = line.split_once("IGV Version ")?;
    of(rest.split_whitespace().next()?)
}

/// A release in figures.
pub(crate) fn of(text: &str) -> Option<Version> {
    let numbers_only = text.split(['-', '_', '+']).next()?;
    let mut numbers = [0; 3];
    let mut parts = numbers_only.split('.');
    for (at, number) in numbers.iter_mut().enumerate() {
        match parts.next() {
            Some(part) => *number = part.parse().ok()?,
            None if at < 2 => return None,
            None => {}
        }
    }
    if !text.chars().all(|it| it.is_ascii_alphanumeric() || ".-_+".contains(it)) || text.len() > 30 {
        return None;
    }
    Some(Version {
        numbers,
        text: text.to_owned(),
    })
}

/// What is known of a release; nothing where it is good.
pub(crate) fn advice(version: &Version) -> Option<Finding> {
    let Version { numbers, text } = version;
    let take = "take IGV 2.17.0 to 2.18.1, or 2.19.0 or 2.19.1";
    let finding = match *numbers {
        [0..=1, ..] | [2, 0..=6, _] => Finding::error("igv-version", format!("IGV {text} has no support for AWS"))
            .why("the Amazon menu came with 2.7.0"),
        [2, 7, _] | [2, 8, 0..=10] => Finding::warning("igv-version", format!("IGV {text} has poor support for AWS"))
            .why("its dialog for S3 crashes (2.8.1 to 2.8.10), its port is fixed, and it does not protect the code of a login (PKCE)"),
        [2, 8..=10, _] => Finding::warning("igv-version", format!("IGV {text} reads BAM, CRAM and tabix files only"))
            .why("other formats from S3 came with 2.11.0"),
        [2, 11, (9..)] | [2, 12, 0] => Finding::error("igv-version", format!("IGV {text} cannot load files of S3 by their address"))
            .why("2.11.9 to 2.12.0 are broken there"),
        [2, 11..=16, _] => Finding::warning("igv-version", format!("IGV {text} needs a client with a secret, and throttles"))
            .why("up to 2.16.2 it sends `client_secret=null` where there is none, and asks for new credentials so often that many tracks fail"),
        [2, 17, _] | [2, 18, 0..=1] | [2, 19, 0..=1] => return None,
        [2, 18, 2..=4] => Finding::error("igv-version", format!("IGV {text} is broken"))
            .why("2.18.2 to 2.18.4 are broken by their packaging: nothing happens with Amazon"),
        [2, 19, _] | [3, 0, _] => Finding::warning("igv-version", format!("IGV {text} loses S3 after an hour"))
            .why("from 2.19.2 on, S3 stops one hour after it was first used, until IGV is restarted"),
        _ => return Some(
            Finding::note("igv-version", format!("this igvctl knows nothing of IGV {text}"))
                .why("it is newer than what was tried")
                .change("if something does not work, try IGV 2.19.1"),
        ),
    };
    Some(finding.change(take))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{advice, of, of_log_line};
    use crate::doctor::finding::Severity;

    #[test]
    fn each_release_has_its_verdict() {
        let cases = [
            ("2.6.3", Some(Severity::Error)),
            ("2.7.0", Some(Severity::Warning)),
            ("2.8.10", Some(Severity::Warning)),
            ("2.8.11", Some(Severity::Warning)),
            ("2.10.3", Some(Severity::Warning)),
            ("2.11.0", Some(Severity::Warning)),
            ("2.11.8", Some(Severity::Warning)),
            ("2.11.9", Some(Severity::Error)),
            ("2.12.0", Some(Severity::Error)),
            ("2.12.1", Some(Severity::Warning)),
            ("2.16.2", Some(Severity::Warning)),
            ("2.17.0", None),
            ("2.17.4", None),
            ("2.18.1", None),
            ("2.18.2", Some(Severity::Error)),
            ("2.18.4", Some(Severity::Error)),
            ("2.19.0", None),
            ("2.19.1", None),
            ("2.19.2", Some(Severity::Warning)),
            ("2.19.8", Some(Severity::Warning)),
            ("3.0.0-beta.4", Some(Severity::Warning)),
            ("3.1.0", Some(Severity::Note)),
            ("4.0", Some(Severity::Note)),
        ];
        for (text, wanted) in cases {
            let found = advice(&of(text).unwrap()).map(|it| it.severity);
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn a_release_is_found_in_a_line_of_the_log() {
        let line = "INFO [Nov 24,2026 10:11] [Main] Startup  IGV Version 2.16.2 12/13/2022 08:36 PM";
        assert_eq!(of_log_line(line).unwrap().text, "2.16.2");
        for line in [
            "Startup",
            "IGV Version ",
            "IGV Version ???",
            "IGV Version user's own",
            "IGV Version 2",
        ] {
            assert_eq!(of_log_line(line), None, "{line}");
        }
    }
}
