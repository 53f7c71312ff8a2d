//! One DHT in the swarm: libp2p's, with only those addresses in it that belong there.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::kad::{self, BucketInserts, Caching, Mode, QueryId, RecordKey};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, ExternalAddrConfirmed};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, DialError, DialFailure, ExpiredListenAddr, ExternalAddrExpired,
    FromSwarm, NetworkBehaviour, NewListenAddr, THandler, THandlerInEvent, THandlerOutEvent,
    ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::records::ProviderRecords;
use super::{DhtConfig, Scope};
use crate::addresses::{Withheld, is_circuit, named};

type Kad = kad::Behaviour<ProviderRecords>;

/// A DHT of one scope.
pub(crate) struct ScopedDht {
    kad: Kad,
    scope: Scope,
    /// Peers that stay in the table though they cannot be reached.
    bootstrap: HashSet<PeerId>,
    /// Where those are, until this node enters the DHT.
    way_in: Vec<(PeerId, Multiaddr)>,
    connected: HashSet<PeerId>,
    /// Where this node can be reached.
    reachable_at: HashSet<Multiaddr>,
    withheld: Withheld,
    /// Whether it serves others; `None` = once they reach it without a relay.
    mode: Option<Mode>,
    refresh: Interval,
}

impl ScopedDht {
    /// Requests of one look-up that wait for an answer, as Kubo has.
    const PARALLEL: NonZeroUsize = NonZeroUsize::new(10).unwrap();
    /// A look-up nobody stops ends then.
    const QUERY_TIMEOUT: Duration = Duration::from_secs(60);
    /// How often the table is refreshed, as Kubo does.
    const REFRESH_EVERY: Duration = Duration::from_secs(600);

    /// The DHT of this scope, which `bootstrap` is the way into.
    pub(super) fn new(us: PeerId, scope: Scope, config: &DhtConfig, withheld: &Withheld) -> Self {
        let mut settings = kad::Config::new(scope.protocol());
        settings
            .set_parallelism(Self::PARALLEL)
            .set_query_timeout(Self::QUERY_TIMEOUT)
            // Only who speaks the protocol, which identify tells.
            .set_kbucket_inserts(BucketInserts::Manual)
            .set_caching(Caching::Disabled)
            .set_replication_interval(None)
            .set_publication_interval(None)
            .set_provider_publication_interval(None)
            .set_provider_record_ttl(Some(ProviderRecords::LIFE))
            // It would warn whenever the table is empty.
            .set_periodic_bootstrap_interval(None);
        let mut kad = Kad::with_config(us, ProviderRecords::new(us, scope), settings);
        let mode = config.mode_in(scope);
        kad.set_mode(Some(mode.unwrap_or(Mode::Client)));
        let mut refresh = interval(Self::REFRESH_EVERY);
        refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let named = |address: &Multiaddr| Some((named(address)?, address.clone()));
        let of = |addresses: &[Multiaddr]| -> Vec<_> {
            addresses.iter().filter(|address| scope.takes(address)).filter_map(named).collect()
        };
        let (mut way_in, known) = (of(&config.bootstrap), of(&config.known));
        let bootstrap = way_in.iter().map(|(peer, _)| *peer).collect();
        way_in.extend(known);
        let mut dht = Self {
            kad,
            scope,
            bootstrap,
            way_in,
            connected: HashSet::new(),
            reachable_at: HashSet::new(),
            withheld: withheld.clone(),
            mode,
            refresh,
        };
        if config.listens {
            dht.enter();
        }
        dht
    }

    /// Makes the bootstrap peers known, which has them dialled soon.
    fn enter(&mut self) {
        for (peer, address) in std::mem::take(&mut self.way_in) {
            self.kad.add_address(&peer, address);
        }
    }

    /// What a peer says of itself. It is in the table as long as it serves this DHT.
    pub(crate) fn identified(
        &mut self,
        peer: PeerId,
        protocols: &[StreamProtocol],
        addresses: &[Multiaddr],
    ) {
        if !protocols.contains(&self.scope.protocol()) {
            self.kad.remove_peer(&peer);
            return;
        }
        for address in self.scope.taken(addresses.to_vec()) {
            self.kad.add_address(&peer, address);
        }
    }

    /// Whether there is somebody to ask. A node that serves nobody enters the DHT only now that it
    /// needs it: a command that gets all from a peer it was told of disturbs nobody else.
    pub(super) fn make_ready(&mut self) -> bool {
        self.enter();
        self.kad.kbuckets().any(|bucket| !bucket.is_empty())
    }

    /// How many peers are in the routing table.
    pub(super) fn size(&mut self) -> usize {
        self.kad.kbuckets().map(|bucket| bucket.num_entries()).sum()
    }

    /// The peers in the routing table, with an address of each, those that are connected first.
    pub(super) fn peers(&mut self) -> Vec<Multiaddr> {
        let mut known = Vec::new();
        for bucket in self.kad.kbuckets() {
            let entries = bucket.iter().map(|entry| entry.node);
            known.extend(entries.map(|it| (*it.key.preimage(), it.value.first().clone())));
        }
        known.sort_by_key(|(peer, _)| !self.connected.contains(peer));
        known.into_iter().filter_map(|(peer, address)| address.with_p2p(peer).ok()).collect()
    }

    /// Asks who provides this.
    pub(super) fn find_providers(&mut self, key: RecordKey) -> QueryId {
        self.kad.get_providers(key)
    }

    /// Tells the peers nearest to `key` that this node has it; `None` = nobody could reach it.
    pub(super) fn announce(&mut self, key: RecordKey) -> Option<QueryId> {
        if self.reachable_at.is_empty() {
            return None;
        }
        self.kad.start_providing(key).ok()
    }

    /// Asks where a peer is.
    pub(super) fn find_peer(&mut self, peer: PeerId) -> QueryId {
        self.kad.get_closest_peers(peer)
    }

    /// Ends a query; it says so in its last event.
    pub(super) fn finish(&mut self, query: QueryId) {
        if let Some(mut query) = self.kad.query_mut(&query) {
            query.finish();
        }
    }

    /// Where a peer is, as far as the table and the queries that go on know.
    pub(super) fn addresses_of(&mut self, peer: PeerId) -> Vec<Multiaddr> {
        let id = ConnectionId::new_unchecked(0);
        // Kademlia tells its queries' addresses to whoever dials, and to nobody else.
        let known =
            self.kad.handle_pending_outbound_connection(id, Some(peer), &[], Endpoint::Dialer);
        let mut known = self.scope.taken(known.unwrap_or_default());
        known.sort_unstable();
        known.dedup();
        known
    }

    /// Has to be called when this node can be reached elsewhere. libp2p would have it serve others
    /// as soon as it stands behind a relay.
    fn update_mode(&mut self) {
        if self.mode.is_some() {
            return;
        }
        let is_server = !self.reachable_at.iter().all(is_circuit);
        let mode = if is_server { Mode::Server } else { Mode::Client };
        if self.kad.mode() != mode {
            tracing::info!(scope = ?self.scope, is_server, "the DHT changed its mode");
            self.kad.set_mode(Some(mode));
        }
    }

    fn lost(&mut self, peer: PeerId, error: &DialError) {
        let is_gone = match error {
            DialError::Transport(_) | DialError::WrongPeerId { .. } | DialError::NoAddresses => {
                !self.connected.contains(&peer) && !self.bootstrap.contains(&peer)
            }
            DialError::LocalPeerId { .. }
            | DialError::DialPeerConditionFalse(_)
            | DialError::Aborted
            | DialError::Denied { .. } => false,
        };
        if is_gone {
            self.kad.remove_peer(&peer);
        }
    }
}

impl NetworkBehaviour for ScopedDht {
    type ConnectionHandler = <Kad as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = kad::Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        let known = self.kad.handle_pending_outbound_connection(id, peer, addresses, role)?;
        Ok(self.scope.taken(known))
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_outbound_connection(id, peer, address, role, port)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all else goes on as it is")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            // What this node announces is where it can be reached within the scope: the addresses
            // of its interfaces, and what was confirmed from outside.
            FromSwarm::NewListenAddr(NewListenAddr { addr, .. })
            | FromSwarm::ExternalAddrConfirmed(ExternalAddrConfirmed { addr }) => {
                if self.scope.takes(addr) && !self.withheld.has(addr) {
                    self.reachable_at.insert(addr.clone());
                    let confirmed = ExternalAddrConfirmed { addr };
                    self.kad.on_swarm_event(FromSwarm::ExternalAddrConfirmed(confirmed));
                    self.update_mode();
                }
            }
            FromSwarm::ExpiredListenAddr(ExpiredListenAddr { addr, .. })
            | FromSwarm::ExternalAddrExpired(ExternalAddrExpired { addr }) => {
                self.reachable_at.remove(addr);
                let expired = ExternalAddrExpired { addr };
                self.kad.on_swarm_event(FromSwarm::ExternalAddrExpired(expired));
                self.update_mode();
            }
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, .. }) => {
                self.connected.insert(peer_id);
                self.kad.on_swarm_event(event);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                remaining_established,
                ..
            }) => {
                if remaining_established == 0 {
                    self.connected.remove(&peer_id);
                }
                self.kad.on_swarm_event(event);
            }
            FromSwarm::DialFailure(DialFailure { peer_id: Some(peer), error, .. }) => {
                self.kad.on_swarm_event(event);
                self.lost(peer, error);
            }
            event => self.kad.on_swarm_event(event),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.kad.on_connection_handler_event(peer, id, event);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all else goes on as it is")]
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        while self.refresh.poll_tick(cx).is_ready() {
            // There is nobody to ask if it fails.
            drop(self.kad.bootstrap());
        }
        loop {
            match self.kad.poll(cx) {
                // A peer was dialled elsewhere than this DHT may say that it is.
                Poll::Ready(ToSwarm::GenerateEvent(kad::Event::RoutingUpdated {
                    peer,
                    addresses,
                    ..
                })) => {
                    for address in addresses.iter().filter(|address| !self.scope.takes(address)) {
                        self.kad.remove_address(&peer, address);
                    }
                }
                other => return other,
            }
        }
    }
}

#[cfg(test)]
mod tests;
