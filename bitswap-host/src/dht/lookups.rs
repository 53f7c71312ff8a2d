//! Look-ups of providers: each is asked of all DHTs at once, until it has enough or nobody waits.

use std::collections::{BTreeMap, HashSet};
use std::future::poll_fn;
use std::task::{Context, Poll};

use bitswap_net::Provider;
use libp2p::kad::{
    Event, GetClosestPeersError, GetClosestPeersOk, GetProvidersOk, PeerInfo, QueryId, QueryResult,
};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use super::{Dhts, Scope};
use crate::handle::{DhtError, FindProviders, Sought, TAKEN};
use crate::peers::Peers;

/// All look-ups that go on.
#[derive(Debug)]
pub(crate) struct Lookups {
    us: PeerId,
    open: BTreeMap<u64, Lookup>,
    next: u64,
}

#[derive(Debug)]
struct Lookup {
    wanted: FindProviders,
    queries: Vec<Query>,
    seen: HashSet<(Scope, PeerId)>,
    sent: usize,
    /// Providers whose addresses had to be looked up.
    without_address: usize,
    /// Whether anybody answered.
    is_answered: bool,
}

#[derive(Debug)]
struct Query {
    scope: Scope,
    id: QueryId,
    /// Whose addresses are looked for; `None` = providers are.
    peer: Option<PeerId>,
}

impl Lookups {
    /// Look-ups at once; each asks ten peers of each DHT at a time.
    const AT_ONCE: usize = 32;

    /// None yet.
    pub(crate) const fn new(us: PeerId) -> Self {
        Self { us, open: BTreeMap::new(), next: 0 }
    }

    /// Begins a look-up, or says at once why not.
    pub(crate) fn start(&mut self, dhts: &mut Dhts, wanted: FindProviders) {
        if self.open.len() >= Self::AT_ONCE {
            drop(wanted.ended.send(Err(DhtError::Busy(Self::AT_ONCE))));
            return;
        }
        let mut queries = Vec::new();
        for scope in [Scope::Lan, Scope::Wan] {
            if let Some(dht) = dhts.of(scope)
                && dht.make_ready()
            {
                queries.push(match wanted.what.clone() {
                    Sought::Providers(key) => {
                        Query { scope, id: dht.find_providers(key), peer: None }
                    }
                    Sought::Peer(peer) => {
                        Query { scope, id: dht.find_peer(peer), peer: Some(peer) }
                    }
                });
            }
        }
        if queries.is_empty() {
            drop(wanted.ended.send(Err(DhtError::NobodyKnown)));
            return;
        }
        self.open.insert(self.next, Lookup::new(wanted, queries));
        self.next += 1;
    }

    /// Waits until nobody waits for a look-up any more, and returns its number.
    pub(crate) async fn abandoned(&mut self) -> u64 {
        poll_fn(|cx| self.poll_abandoned(cx)).await
    }

    fn poll_abandoned(&mut self, cx: &mut Context<'_>) -> Poll<u64> {
        for (number, lookup) in &mut self.open {
            if lookup.wanted.ended.poll_closed(cx).is_ready() {
                return Poll::Ready(*number);
            }
        }
        Poll::Pending
    }

    /// Ends a look-up that nobody waits for.
    pub(crate) fn stop(&mut self, dhts: &mut Dhts, number: u64) {
        if let Some(lookup) = self.open.remove(&number) {
            lookup.finish(dhts);
        }
    }

    /// Something happened in a DHT.
    pub(crate) fn progressed(
        &mut self,
        dhts: &mut Dhts,
        peers: &Peers,
        scope: Scope,
        event: Event,
    ) {
        let Event::OutboundQueryProgressed { id, result, stats, step } = event else { return };
        let of = |lookup: &Lookup| lookup.place(scope, id);
        let Some((number, place)) =
            self.open.iter().find_map(|(number, lookup)| Some((*number, of(lookup)?)))
        else {
            return;
        };
        let Some(lookup) = self.open.get_mut(&number) else { return };
        lookup.is_answered |= stats.num_successes() > 0;
        let about = lookup.queries.get(place).and_then(|query| query.peer);
        if step.last {
            lookup.queries.remove(place);
        }
        let mut found = found(result, about);
        found.retain(|(peer, _)| *peer != self.us);
        for (peer, addresses) in found {
            lookup.found(dhts, peers, (scope, peer), addresses, about.is_none());
        }
        if lookup.has_enough() {
            lookup.finish(dhts);
        }
        if lookup.queries.is_empty()
            && let Some(lookup) = self.open.remove(&number)
        {
            lookup.end();
        }
    }
}

impl Lookup {
    /// Providers without addresses that are looked for.
    const LOOKED_FOR: usize = 8;

    fn new(wanted: FindProviders, queries: Vec<Query>) -> Self {
        let seen = HashSet::new();
        Self { wanted, queries, seen, sent: 0, without_address: 0, is_answered: false }
    }

    fn place(&self, scope: Scope, id: QueryId) -> Option<usize> {
        self.queries.iter().position(|query| query.scope == scope && query.id == id)
    }

    /// Hands a provider over if it can be dialled; otherwise, unless that was tried, looks for it.
    fn found(
        &mut self,
        dhts: &mut Dhts,
        peers: &Peers,
        (scope, peer): (Scope, PeerId),
        told: Vec<Multiaddr>,
        may_look: bool,
    ) {
        let Some(dht) = dhts.of(scope) else { return };
        if may_look && (self.seen.len() >= TAKEN || !self.seen.insert((scope, peer))) {
            return;
        }
        let mut addresses = scope.taken(told);
        addresses.extend(dht.addresses_of(peer));
        addresses.iter_mut().for_each(without_peer);
        addresses.sort_unstable();
        addresses.dedup();
        addresses.truncate(Scope::ADDRESSES);
        if !addresses.is_empty() || peers.has(peer) {
            // There is room for as many as are sent.
            drop(self.wanted.found.try_send(Provider { peer, addresses }));
            self.sent += 1;
        } else if may_look && self.without_address < Self::LOOKED_FOR {
            self.without_address += 1;
            let id = dht.find_peer(peer);
            self.queries.push(Query { scope, id, peer: Some(peer) });
        }
    }

    /// Twice as many as are wanted: half of them may be gone.
    fn has_enough(&self) -> bool {
        self.sent >= (self.wanted.most as usize).saturating_mul(2).min(TAKEN)
    }

    /// Ends its queries, each of which says so.
    fn finish(&self, dhts: &mut Dhts) {
        for query in &self.queries {
            if let Some(dht) = dhts.of(query.scope) {
                dht.finish(query.id);
            }
        }
    }

    fn end(self) {
        let outcome =
            if self.is_answered || self.sent > 0 { Ok(()) } else { Err(DhtError::NobodyAnswered) };
        drop(self.wanted.ended.send(outcome));
    }
}

/// Whom a query found: providers, or the peer that it is `about`.
#[expect(clippy::wildcard_enum_match_arm, reason = "other queries find nobody")]
fn found(result: QueryResult, about: Option<PeerId>) -> Vec<(PeerId, Vec<Multiaddr>)> {
    match result {
        QueryResult::GetProviders(Ok(GetProvidersOk::FoundProviders { providers, .. })) => {
            let mut providers: Vec<_> =
                providers.into_iter().map(|peer| (peer, Vec::new())).collect();
            providers.sort_unstable();
            providers
        }
        QueryResult::GetClosestPeers(
            Ok(GetClosestPeersOk { peers, .. }) | Err(GetClosestPeersError::Timeout { peers, .. }),
        ) => {
            let Some(about) = about else { return Vec::new() };
            let is_it = |it: &PeerInfo| it.peer_id == about;
            let addresses = peers.into_iter().find(is_it).map(|it| it.addrs);
            vec![(about, addresses.unwrap_or_default())]
        }
        _ => Vec::new(),
    }
}

/// An address as providers have it.
fn without_peer(address: &mut Multiaddr) {
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
}

#[cfg(test)]
mod tests;
