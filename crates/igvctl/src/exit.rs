//! Exit codes, the worst first when several apply.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// In sync, or done.
    Done,
    /// Something is wrong with the call, the file, the credentials, or AWS refused it.
    Error,
    /// There are differences (`plan --detailed-exitcode`, `drift`), or `doctor` warns.
    Differences,
    /// Blocked or refused: nothing was changed that the block concerns.
    Blocked,
    /// Something could not be read, which is never "in sync".
    Incomplete,
    /// It did not converge, or `doctor` found an error.
    Diverged,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Differences => 2,
            Self::Blocked => 3,
            Self::Incomplete => 4,
            Self::Diverged => 5,
            Self::Interrupted => 130,
        }
    }

    /// The process's exit code.
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// The worse of two: 130, 1, 5, 3, 4, 2, 0.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |it: Self| match it {
            Self::Interrupted => 0,
            Self::Error => 1,
            Self::Diverged => 2,
            Self::Blocked => 3,
            Self::Incomplete => 4,
            Self::Differences => 5,
            Self::Done => 6,
        };
        if rank(self) <= rank(other) { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_worst_of_several_counts() {
        let worst_first = [
            Exit::Interrupted,
            Exit::Error,
            Exit::Diverged,
            Exit::Blocked,
            Exit::Incomplete,
            Exit::Differences,
            Exit::Done,
        ];
        for (at, worse) in worst_first.iter().enumerate() {
            for better in &worst_first[at..] {
                assert_eq!(worse.worse(*better), *worse);
                assert_eq!(better.worse(*worse), *worse);
            }
        }
        assert_eq!(worst_first.map(Exit::number), [130, 1, 5, 3, 4, 2, 0]);
    }
}
