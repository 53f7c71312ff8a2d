//! Exit codes, named nowhere else: scripts depend on them.

use std::process::ExitCode;

/// How the program ends. 2 is clap's own, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// The network or the machine failed, and no other code says it better.
    Failed = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// A path, a block or a strategy is not there.
    NotFound = 3,
    /// No daemon answers, or another process holds the directory.
    NoNode = 4,
    /// Bytes that are not what they should be.
    BadData = 5,
    /// It could be done, but must not.
    Refused = 6,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The exit of this code; one that is not known is a failure.
    pub(crate) fn of(code: u8) -> Self {
        const ALL: [Exit; 9] = [
            Exit::Ok,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::NoNode,
            Exit::BadData,
            Exit::Refused,
            Exit::Interrupted,
            Exit::Terminated,
        ];
        ALL.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Self::Failed)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
