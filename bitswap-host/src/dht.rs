//! The DHTs of a node: Kademlia as Kubo speaks it, for the local network and for everybody.
//!
//! `scoped` is one DHT in the swarm, `records` what it keeps for others, `lookups` what is asked
//! of both at once, and `router` the way there from a node's content routers.

mod announcements;
mod lookups;
mod records;
mod router;
mod scope;
mod scoped;

use std::sync::Arc;

use libp2p::kad::{Mode, QueryId, RecordKey};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, PeerId, identify, kad};

pub use self::router::DhtRouter;

pub(super) use self::announcements::Announcements;
pub(super) use self::lookups::Lookups;
pub(super) use self::scope::Scope;

use self::scoped::ScopedDht;
use crate::addresses::Withheld;
use crate::handle::DhtError;

/// In which DHTs a node is, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DhtMode {
    /// In both; it serves the internet's once one of its addresses is public.
    Auto,
    /// In both; it asks others, and is not asked.
    Client,
    /// In both; others may ask it.
    Server,
    /// In that of the local network, which it serves.
    Lan,
}

/// How a node takes part in the DHTs.
#[derive(Clone, Debug)]
pub struct DhtConfig {
    /// Whether others may ask it.
    pub mode: DhtMode,
    /// Whether others can reach it; otherwise it serves nobody.
    pub listens: bool,
    /// The peers that are known from the beginning; each is in the DHT that its address belongs to.
    pub bootstrap: Vec<Multiaddr>,
    /// Others that were known when the node ran last; whoever of them is gone is forgotten.
    pub known: Vec<Multiaddr>,
    /// Asks the DHTs for others.
    pub router: Arc<DhtRouter>,
}

/// The DHTs of a host.
#[derive(NetworkBehaviour)]
pub(super) struct Dhts {
    lan: Toggle<ScopedDht>,
    wan: Toggle<ScopedDht>,
}

impl DhtConfig {
    /// Whether a DHT is served; `None` = once this node has an address that all its peers reach.
    fn mode_in(&self, scope: Scope) -> Option<Mode> {
        match (self.mode, scope) {
            _ if !self.listens => Some(Mode::Client),
            (DhtMode::Server, _) | (DhtMode::Auto | DhtMode::Lan, Scope::Lan) => Some(Mode::Server),
            (DhtMode::Client, _) => Some(Mode::Client),
            (DhtMode::Auto | DhtMode::Lan, Scope::Wan) => None,
        }
    }
}

impl Dhts {
    /// Those that `config` says, if any.
    pub(super) fn new(us: PeerId, config: Option<&DhtConfig>, withheld: &Withheld) -> Self {
        let dht = |scope| {
            let config = config?;
            let is_on = config.mode != DhtMode::Lan || scope == Scope::Lan;
            is_on.then(|| ScopedDht::new(us, scope, config, withheld))
        };
        Self { lan: dht(Scope::Lan).into(), wan: dht(Scope::Wan).into() }
    }

    /// What a peer says of itself; who is in another network has no place in the local one.
    pub(super) fn identified(&mut self, peer: PeerId, is_local: bool, said: &identify::Info) {
        if let Some(lan) = self.lan.as_mut().filter(|_| is_local) {
            lan.identified(peer, &said.protocols, &said.listen_addrs);
        }
        if let Some(wan) = self.wan.as_mut() {
            wan.identified(peer, &said.protocols, &said.listen_addrs);
        }
    }

    /// Announces that this node has something, where there is somebody to tell and this node can
    /// be reached.
    ///
    /// # Errors
    /// There is no such DHT; nothing was sent.
    fn announce(&mut self, key: &RecordKey) -> Result<Vec<(Scope, QueryId)>, DhtError> {
        let mut queries = Vec::new();
        let mut is_known = false;
        for scope in [Scope::Lan, Scope::Wan] {
            let Some(dht) = self.of(scope) else { continue };
            if !dht.make_ready() {
                continue;
            }
            is_known = true;
            queries.extend(dht.announce(key.clone()).map(|id| (scope, id)));
        }
        match (queries.is_empty(), is_known) {
            (false, _) => Ok(queries),
            (true, true) => Err(DhtError::Unreachable),
            (true, false) => Err(DhtError::NobodyKnown),
        }
    }

    /// How many peers are in the routing tables, of the local network first.
    pub(super) fn sizes(&mut self) -> [usize; 2] {
        [Scope::Lan, Scope::Wan].map(|scope| self.of(scope).map_or(0, ScopedDht::size))
    }

    /// Peers in the routing tables, as many of each as lead back in.
    pub(super) fn peers(&mut self) -> Vec<Multiaddr> {
        const ENOUGH: usize = 32;
        let of = |scope| self.of(scope).map(ScopedDht::peers).unwrap_or_default();
        let all = [Scope::Lan, Scope::Wan].map(of).into_iter();
        all.flat_map(|peers| peers.into_iter().take(ENOUGH)).collect()
    }

    /// The DHT of a scope, if the node takes part in it.
    fn of(&mut self, scope: Scope) -> Option<&mut ScopedDht> {
        match scope {
            Scope::Lan => self.lan.as_mut(),
            Scope::Wan => self.wan.as_mut(),
        }
    }
}

impl DhtsEvent {
    /// Where something happened, and what.
    pub(super) fn parts(self) -> (Scope, kad::Event) {
        match self {
            Self::Lan(event) => (Scope::Lan, event),
            Self::Wan(event) => (Scope::Wan, event),
        }
    }
}
