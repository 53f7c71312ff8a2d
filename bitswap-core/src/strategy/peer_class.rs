//! Who a peer is to this node, as its driver says.

/// Who a peer is to this node, by the operator's word; the driver tells it with
/// [`Input::PeerClassified`](crate::Input::PeerClassified).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerClass {
    /// A peer that the operator named: the node stays connected to it.
    Peered,
    /// Any other peer.
    #[default]
    Other,
}

impl PeerClass {
    /// All classes, the closest first.
    pub const ALL: [Self; 2] = [Self::Peered, Self::Other];

    /// The name of the class in scripts, views and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Peered => "peered",
            Self::Other => "other",
        }
    }

    /// The class called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}
