//! Which releases of IGV work with a backend of AWS: one table, for lists and for the one that is installed.

/// The three numbers of a release.
type Numbers = [u32; 3];

/// Whatever comes after the first two numbers.
const ANY: u32 = u32::MAX;

/// A release: its numbers, and how it calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    numbers: Numbers,
    /// As IGV writes it, with what says that it is a beta.
    pub(crate) text: String,
}

impl Version {
    /// The release in a line of IGV's log: `Startup  IGV Version 2.17.4 04/19/2024 08:02 PM`.
    pub(crate) fn of_log_line(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once("IGV Version ")?;
        Self::parse(rest.split_whitespace().next()?)
    }

    fn parse(text: &str) -> Option<Self> {
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
        Some(Self {
            numbers,
            text: text.to_owned(),
        })
    }
}

/// What is known of some releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Releases {
    /// Which, for people.
    pub(crate) names: &'static str,
    /// Which, from and to.
    spans: &'static [(Numbers, Numbers)],
    /// How they do.
    pub(crate) verdict: Verdict,
    /// Why; empty where there is nothing to say.
    pub(crate) why: &'static str,
}

/// How releases do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As they should.
    Good,
    /// With something to know.
    Works,
    /// With something in the way.
    Poor,
    /// Not at all.
    No,
}

impl Verdict {
    /// The word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Works => "works",
            Self::Poor => "poor",
            Self::No => "no",
        }
    }
}

/// All releases, best first; `secret` says whether the client has a secret, where that is known.
pub(crate) fn all(secret: Option<bool>) -> [Releases; 8] {
    let say = |names, spans, verdict, why| Releases {
        names,
        spans,
        verdict,
        why,
    };
    let middle = match secret {
        Some(true) => (Verdict::Works, "slow down with many tracks"),
        // They post the text `null` for a secret that is not there, so a login ends after an hour.
        Some(false) => (Verdict::Poor, "cannot renew a login of a client without a secret"),
        None => (
            Verdict::Works,
            "slow down with many tracks, and cannot renew a login of a client without a secret",
        ),
    };
    [
        say(
            "2.17.0 to 2.18.1, 2.19.0, 2.19.1",
            &[([2, 17, 0], [2, 18, 1]), ([2, 19, 0], [2, 19, 1])],
            Verdict::Good,
            "",
        ),
        say(
            "2.19.2 to 2.19.8, betas of 3.0",
            &[([2, 19, 2], [3, 0, ANY])],
            Verdict::Works,
            "S3 stops one hour after its first use until IGV is restarted",
        ),
        say(
            "2.11.0 to 2.11.8, 2.12.1 to 2.16.2",
            &[([2, 11, 0], [2, 11, 8]), ([2, 12, 1], [2, 16, ANY])],
            middle.0,
            middle.1,
        ),
        say(
            "2.8.11 to 2.10.3",
            &[([2, 8, 11], [2, 10, ANY])],
            Verdict::Poor,
            "BAM, CRAM and tabix files only",
        ),
        say(
            "2.7.0 to 2.8.10",
            &[([2, 7, 0], [2, 8, 10])],
            Verdict::Poor,
            "the dialog crashes (2.8.1 to 2.8.10); fixed port",
        ),
        say(
            "2.11.9 to 2.12.0",
            &[([2, 11, 9], [2, 12, 0])],
            Verdict::No,
            "cannot load files of S3 by their address",
        ),
        say(
            "2.18.2 to 2.18.4",
            &[([2, 18, 2], [2, 18, 4])],
            Verdict::No,
            "broken by their packaging: nothing happens with Amazon",
        ),
        say(
            "up to 2.6.3, Debian's package `igv`",
            &[([0, 0, 0], [2, 6, ANY])],
            Verdict::No,
            "the Amazon part is missing",
        ),
    ]
}

/// What is known of a release; nothing of one that was not tried.
pub(crate) fn of(version: &Version) -> Option<Releases> {
    let within = |(from, to): &(Numbers, Numbers)| (from..=to).contains(&&version.numbers);
    all(None).into_iter().find(|it| it.spans.iter().any(within))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{Verdict, Version, of};

    #[test]
    fn each_release_has_its_verdict() {
        let cases = [
            ("2.6.3", Some(Verdict::No)),
            ("2.7.0", Some(Verdict::Poor)),
            ("2.8.10", Some(Verdict::Poor)),
            ("2.8.11", Some(Verdict::Poor)),
            ("2.10.3", Some(Verdict::Poor)),
            ("2.11.0", Some(Verdict::Works)),
            ("2.11.8", Some(Verdict::Works)),
            ("2.11.9", Some(Verdict::No)),
            ("2.12.0", Some(Verdict::No)),
            ("2.12.1", Some(Verdict::Works)),
            ("2.16.2", Some(Verdict::Works)),
            ("2.17.0", Some(Verdict::Good)),
            ("2.17.4", Some(Verdict::Good)),
            ("2.18.1", Some(Verdict::Good)),
            ("2.18.2", Some(Verdict::No)),
            ("2.18.4", Some(Verdict::No)),
            ("2.18.5", None),
            ("2.19.0", Some(Verdict::Good)),
            ("2.19.1", Some(Verdict::Good)),
            ("2.19.2", Some(Verdict::Works)),
            ("2.19.8", Some(Verdict::Works)),
            ("3.0.0-beta.4", Some(Verdict::Works)),
            ("3.1.0", None),
            ("4.0", None),
        ];
        for (text, wanted) in cases {
            let found = of(&Version::parse(text).unwrap()).map(|it| it.verdict);
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn a_release_is_found_in_a_line_of_the_log() {
        let line = "INFO [Nov 24,2026 10:11] [Main] Startup  IGV Version 2.16.2 12/13/2022 08:36 PM";
        assert_eq!(Version::of_log_line(line).unwrap().text, "2.16.2");
        for line in [
            "Startup",
            "IGV Version ",
            "IGV Version ???",
            "IGV Version user's own",
            "IGV Version 2",
        ] {
            assert_eq!(Version::of_log_line(line), None, "{line}");
        }
    }
}
