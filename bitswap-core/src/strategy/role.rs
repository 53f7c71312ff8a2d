//! The names of the five roles.

/// One of the five roles in which a strategy decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Which peers of a session are asked for blocks.
    PeerSelector,
    /// Which peer, and which of its blocks, is served first.
    TaskPrioritizer,
    /// The weight of each peer, and the admission of requests.
    LedgerPolicy,
    /// How to search for a block that no member of a session has.
    ProviderFinder,
    /// Candidates for new sessions, and the forwarding of relayed wants.
    Registry,
}

impl Role {
    /// The five roles, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::PeerSelector,
        Self::TaskPrioritizer,
        Self::LedgerPolicy,
        Self::ProviderFinder,
        Self::Registry,
    ];

    /// The name of the role in configuration, command line, metrics and scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeerSelector => "peer_selector",
            Self::TaskPrioritizer => "task_prioritizer",
            Self::LedgerPolicy => "ledger_policy",
            Self::ProviderFinder => "provider_finder",
            Self::Registry => "registry",
        }
    }

    /// The role of the given name, if there is one.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
