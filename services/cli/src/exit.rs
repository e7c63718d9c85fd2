//! How the process ends: one number for each thing that a script can do about it.

use std::fmt;
use std::process::ExitCode;

/// The exit codes, as `--help` documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed here; repeating it as it is doesn't help.
    Failure = 1,
    /// The call itself is wrong: an option, a file's content, a configuration.
    Usage = 2,
    /// The node could not be reached or is not taking anything now; the same call may work later.
    Unreachable = 3,
    /// The node answered and refused.
    Refused = 4,
    /// A file does not prove what it says.
    NotVerified = 5,
    /// The node's store has failed, or its disk is full: look at the disk before the node is started again.
    Store = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that knows how the process is to end.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }

    /// The way an error ends the process: as its outermost [`Failure`] says, otherwise as a plain failure.
    pub(crate) fn exit_of(error: &anyhow::Error) -> Exit {
        error
            .downcast_ref::<Self>()
            .map_or(Exit::Failure, |failure| failure.exit)
    }
}

/// The call itself is wrong.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    Failure::new(Exit::Usage, message).into()
}

/// Something failed.
pub(crate) fn failure(message: impl Into<String>) -> anyhow::Error {
    Failure::new(Exit::Failure, message).into()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_context_does_not_hide_the_exit_code() {
        let error = Err::<(), _>(Failure::new(Exit::Refused, "no")).context("while sending");
        assert_eq!(Failure::exit_of(&error.unwrap_err()), Exit::Refused);
        assert_eq!(Failure::exit_of(&anyhow::anyhow!("other")), Exit::Failure);
    }
}
