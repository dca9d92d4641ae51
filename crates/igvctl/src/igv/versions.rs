//! Which releases of IGV work with a backend of ours.

/// What is to be said of some releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The releases.
    pub(crate) releases: &'static str,
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

/// The advice, best first; `secret` says whether the published config has a client secret.
pub(crate) fn advice(secret: bool) -> Vec<Advice> {
    let say = |releases, verdict, why| Advice { releases, verdict, why };
    let (middle, why) = if secret {
        (
            Verdict::Works,
            "slow down with many tracks; 2.11.9 to 2.12.0 cannot load by URL",
        )
    } else {
        // They post the text `null` for a secret that is not there, so a login ends after an hour.
        (Verdict::Poor, "cannot renew a login of a client without a secret")
    };
    vec![
        say("2.17.0 to 2.18.1, 2.19.0, 2.19.1", Verdict::Good, ""),
        say(
            "2.19.2 to 2.19.8, betas of 3.0",
            Verdict::Works,
            "S3 stops one hour after its first use until IGV is restarted",
        ),
        say("2.11.0 to 2.16.2", middle, why),
        say("2.8.11 to 2.10.3", Verdict::Poor, "BAM, CRAM and tabix files only"),
        say(
            "2.7.0 to 2.8.10",
            Verdict::Poor,
            "the dialog crashes (2.8.1 to 2.8.10); fixed port",
        ),
        say("2.18.2 to 2.18.4", Verdict::No, "broken by their packaging"),
        say(
            "up to 2.6.3, Debian's package `igv`",
            Verdict::No,
            "the Amazon part is missing",
        ),
    ]
}
