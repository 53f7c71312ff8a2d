//! How a node behind a NAT is reached, by libp2p's own behaviours: it learns whether it can be
//! (`AutoNAT`), has its router forward ports (`UPnP`), stands behind relays while it cannot, and
//! makes direct connections of those over relays (hole punching). A server does the same for
//! others.

mod observed;
mod relays;

use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
#[cfg(feature = "upnp")]
use libp2p::upnp;
use libp2p::{Multiaddr, PeerId, autonat, dcutr, relay};

pub(super) use self::relays::Relays;

use self::observed::ObservedOnly;
use crate::hearing::Hearing;

/// How a host reaches out of a NAT. All but `bitswap_over_relays` needs one that listens.
#[expect(clippy::struct_excessive_bools, reason = "a host may do without each of them")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatConfig {
    /// Whether peers are asked if they can reach it (`AutoNAT`).
    pub autonat: bool,
    /// Whether the router is asked to forward its ports (`UPnP`).
    pub upnp: bool,
    /// Whether others reach it over relays while they cannot directly.
    pub relay: bool,
    /// The relays to use, in place of those that it meets.
    pub relays: Vec<Multiaddr>,
    /// Whether the two ends of a connection over a relay try to connect directly.
    pub hole_punching: bool,
    /// Whether blocks are fetched and served over relays.
    pub bitswap_over_relays: bool,
    /// Whether it is a relay for others, and tells peers whether they can be reached.
    pub serve: bool,
}

/// Whether others can connect to a node of their own accord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reachability {
    /// Nobody has tried, or none who tried said so.
    #[default]
    Unknown,
    /// At one of its addresses, or at a port of its router.
    Public,
    /// Nobody who tried could.
    Private,
}

impl Reachability {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// The behaviours, each of which a node may do without.
#[derive(NetworkBehaviour)]
pub(super) struct Nat {
    autonat: Toggle<Hearing<autonat::v2::client::Behaviour>>,
    relay: Toggle<relay::client::Behaviour>,
    hole_punching: Toggle<dcutr::Behaviour>,
    #[cfg(feature = "upnp")]
    upnp: Toggle<upnp::tokio::Behaviour>,
    relay_server: Toggle<relay::Behaviour>,
    autonat_server: Toggle<autonat::v2::server::Behaviour>,
}

impl Nat {
    /// What `config` says, for a node that can be dialled at all or not, and what connects it over
    /// relays, if anything does.
    pub(super) fn new(
        us: PeerId,
        config: &NatConfig,
        listens: bool,
    ) -> (Self, Option<relay::client::Transport>) {
        // A relay leads to a direct connection only if both ends listen.
        let dials_relays =
            (listens && (config.relay || config.hole_punching)) || config.bitswap_over_relays;
        let (transport, relay) = dials_relays.then(|| relay::client::new(us)).unzip();
        let punches = listens && config.hole_punching;
        let serves = listens && config.serve;
        let mut observed = ObservedOnly::new();
        let autonat = || {
            let client = autonat::v2::client::Behaviour::default();
            Hearing::new(client, move |event| observed.hears(event))
        };
        let nat = Self {
            autonat: (listens && config.autonat).then(autonat).into(),
            relay: relay.into(),
            hole_punching: punches.then(|| dcutr::Behaviour::new(us)).into(),
            #[cfg(feature = "upnp")]
            upnp: (listens && config.upnp).then(upnp::tokio::Behaviour::default).into(),
            relay_server: serves
                .then(|| relay::Behaviour::new(us, relay::Config::default()))
                .into(),
            autonat_server: serves.then(autonat::v2::server::Behaviour::default).into(),
        };
        (nat, transport)
    }
}
