//! How a command ended, as an exit code.

use std::process::ExitCode;

/// How a command that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Complete,
    /// Some lines could not be read or judged, or there was nothing to judge.
    Incomplete,
    /// Everything was judged, and a verdict reached the level that the caller named.
    LevelReached,
    /// The command has codes of its own, which its help lists.
    Own(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Complete => Self::SUCCESS,
            Exit::Incomplete => Self::from(1),
            Exit::LevelReached => Self::from(3),
            Exit::Own(code) => Self::from(code),
        }
    }
}
