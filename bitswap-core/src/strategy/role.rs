//! The names of the five roles.

/// One of the five judgements that can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Whom to ask.
    PeerSelector,
    /// Whom to serve first.
    TaskPrioritizer,
    /// What a debt is worth.
    LedgerPolicy,
    /// Where to look when nobody has it.
    ProviderFinder,
    /// Who probably has it, and whether a stranger's want is passed on.
    Registry,
}

impl Role {
    /// All five, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::PeerSelector,
        Self::TaskPrioritizer,
        Self::LedgerPolicy,
        Self::ProviderFinder,
        Self::Registry,
    ];

    /// The name in configuration, command line, metrics and scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeerSelector => "peer_selector",
            Self::TaskPrioritizer => "task_prioritizer",
            Self::LedgerPolicy => "ledger_policy",
            Self::ProviderFinder => "provider_finder",
            Self::Registry => "registry",
        }
    }

    /// The role of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
