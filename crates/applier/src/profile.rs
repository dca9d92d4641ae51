//! The AWS config files: whether they can be read, and whether a profile stands in them.
//!
//! The SDK passes over a profile that is not there, and over files that it cannot parse, and asks the next source for
//! credentials: after a slip in a name a run would go on as somebody else without a word.

use std::borrow::Cow;

use aws_types::os_shim_internal::{Env, Fs};

/// Why a profile cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A file is there and cannot be read, or is not written as it must be.
    #[error("cannot use the AWS config files: {0}")]
    Unreadable(String),
    /// It is in neither file.
    #[error("there is no AWS profile `{name}`")]
    Missing {
        /// The name.
        name: String,
        /// The profiles that are there, by name.
        known: Vec<String>,
    },
}

/// Reads the AWS config files as the SDK does, and looks for a profile. One that is called `default` need not be there.
pub async fn check_profile(name: Option<&str>) -> Result<(), ProfileError> {
    let profile = name.map(|it| Cow::Owned(it.to_owned()));
    let files = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), profile)
        .await
        .map_err(|error| {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            ProfileError::Unreadable(cause.split_whitespace().collect::<Vec<_>>().join(" "))
        })?;
    let Some(name) = name.filter(|it| *it != "default" && files.get_profile(it).is_none()) else {
        return Ok(());
    };
    let mut known: Vec<String> = files.profiles().map(str::to_owned).collect();
    known.sort();
    Err(ProfileError::Missing {
        name: name.to_owned(),
        known,
    })
}
