//! How an ask ended, as strategies, metrics and logs name it.

/// How an ask (a want that was sent to a peer) ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AskOutcome {
    /// The peer sent the block.
    Block,
    /// The ask was cancelled: its want ended, or another ask to the peer replaced it.
    Cancelled,
    /// The peer disconnected.
    Disconnected,
    /// The peer answered DONT_HAVE.
    DontHave,
    /// The peer answered HAVE.
    Have,
    /// The peer did not answer before the DONT_HAVE timeout.
    TimedOut,
}

impl AskOutcome {
    /// All outcomes, in the order in which they are counted.
    pub const ALL: [Self; 6] = [
        Self::Block,
        Self::Cancelled,
        Self::Disconnected,
        Self::DontHave,
        Self::Have,
        Self::TimedOut,
    ];

    /// The name of the outcome in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Cancelled => "cancelled",
            Self::Disconnected => "disconnected",
            Self::DontHave => "dont_have",
            Self::Have => "have",
            Self::TimedOut => "timed_out",
        }
    }
}
