//! Remembers for minutes who had what, and passes strangers' wants to those, then to anybody.
//!
//! The only peer of a node is a candidate for whatever it is not known to lack: it is asked for
//! blocks, and not first whether it has them.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, EventMask, Registry, RelayPlan, RelayRequestView, RelayView, State, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey, Table, Timestamp};
use smallvec::{SmallVec, smallvec};

use crate::catalog::Configured;
use crate::evidence;

parameters! {
    /// What `ttl-relay` can be told.
    pub struct Params {
        /// How many peers a stranger's want is passed on to.
        degree: u32 = 3, within 0..=64;
        /// How long evidence that a peer has a block counts.
        remember: Duration = Duration::from_secs(600),
            within Duration::from_secs(1)..=Duration::from_secs(86_400);
    }
}

/// What was seen of at most 4,096 CIDs, at most four peers each: about half a MiB.
#[derive(Debug)]
pub struct TtlRelay {
    params: Params,
    /// Holders by CID, newest first. An entry stays, empty if need be, until its turn to go.
    holders: Table<CidKey, Holders>,
    /// The keys of `holders`, oldest first.
    order: VecDeque<CidKey>,
    connected: BTreeSet<PeerKey>,
}

/// What one `ttl-relay` leaves to the next: its holders and their order.
type Known = (Table<CidKey, Holders>, VecDeque<CidKey>);

/// Mostly there is one.
type Holders = SmallVec<[Holder; 1]>;

#[derive(Clone, Copy, Debug)]
struct Holder {
    peer: PeerKey,
    seen_at: Timestamp,
}

impl TtlRelay {
    /// About one large file in default blocks.
    const CIDS: usize = 4_096;
    /// More are not worth asking before a search.
    const PEERS_PER_CID: usize = 4;
}

impl Configured for TtlRelay {
    type Params = Params;

    fn new(params: Params) -> Self {
        let (holders, order, connected) = Default::default();
        Self { params, holders, order, connected }
    }
}

impl Registry for TtlRelay {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let mut peers = self.seen_with(ctx.now(), want);
        peers.truncate(limit);
        let because = if peers.is_empty() { "knows nobody" } else { "seen with it" };
        let Some(sole) = self.sole_peer(want).filter(|_| peers.is_empty() && limit > 0) else {
            ctx.because(because);
            return peers;
        };
        ctx.because("the only peer");
        vec![sole]
    }

    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let mut first = self.seen_with(ctx.now(), want.want);
        first.retain(|peer| view.eligible.contains(peer));
        evidence::spread(ctx, want, view, (self.params.degree, "seen with it"), first)
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::BlockReceived { peer, want, .. }
        | StrategyEvent::HaveReceived { peer, want, .. } = event
        {
            self.note(*want, Holder { peer: *peer, seen_at: ctx.now() });
        } else if let StrategyEvent::DontHaveReceived { peer, want, .. } = event {
            if let Some(holders) = self.holders.get_mut(want) {
                holders.retain(|holder| holder.peer != *peer);
            }
        } else if let StrategyEvent::PeerConnected { peer } = event {
            self.connected.insert(*peer);
        } else if let StrategyEvent::PeerDisconnected { peer } = event {
            self.connected.remove(peer);
            for (_, holders) in self.holders.iter_mut() {
                holders.retain(|holder| holder.peer != *peer);
            }
        }
    }

    fn events(&self) -> EventMask {
        EventMask::BLOCK_RECEIVED
            | EventMask::DONT_HAVE_RECEIVED
            | EventMask::HAVE_RECEIVED
            | EventMask::PEER_CONNECTED
            | EventMask::PEER_DISCONNECTED
    }

    fn export_state(&mut self) -> Option<State> {
        let known: Known = (std::mem::take(&mut self.holders), std::mem::take(&mut self.order));
        Some(State::new(known))
    }

    fn import_state(&mut self, _: &mut Ctx<'_>, state: State) {
        if let Ok(known) = state.downcast::<Known>() {
            (self.holders, self.order) = *known;
        }
    }
}

impl TtlRelay {
    /// Who was seen with a block of late, newest first.
    fn seen_with(&self, now: Timestamp, want: CidKey) -> Vec<PeerKey> {
        let holders = self.holders.get(&want).into_iter().flatten();
        let fresh = holders.filter(|holder| now.since(holder.seen_at) <= self.params.remember);
        fresh.map(|holder| holder.peer).collect()
    }

    /// The one connected peer, unless all that had the block said since that they lack it, or left.
    fn sole_peer(&self, want: CidKey) -> Option<PeerKey> {
        let is_lost = self.holders.get(&want).is_some_and(SmallVec::is_empty);
        self.connected.first().copied().filter(|_| self.connected.len() == 1 && !is_lost)
    }

    fn note(&mut self, want: CidKey, holder: Holder) {
        let Some(holders) = self.holders.get_mut(&want) else {
            self.make_room();
            self.order.push_back(want);
            self.holders.insert(want, smallvec![holder]);
            return;
        };
        holders.retain(|known| known.peer != holder.peer);
        holders.truncate(Self::PEERS_PER_CID - 1);
        holders.insert(0, holder);
    }

    fn make_room(&mut self) {
        if self.order.len() < Self::CIDS {
            return;
        }
        if let Some(oldest) = self.order.pop_front() {
            self.holders.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
