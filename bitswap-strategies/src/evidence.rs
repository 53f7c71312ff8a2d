//! What registries share: evidence of who has a block, and the spreading of relayed wants.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, EventMask, Reason, RelayPlan, RelayRequestView, RelayView, StrategyEvent,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, Timestamp};

use crate::tools::Recent;

/// Which events are evidence, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Learning {
    /// Whether a peer that wants a block is thought to have it soon.
    pub(crate) wants: bool,
    /// Whether blocks and answers count.
    pub(crate) outcomes: bool,
    /// In this time evidence loses half of what it is worth.
    pub(crate) half_life: Duration,
    /// After this time it counts no more.
    pub(crate) remember: Duration,
}

/// Who probably has which block: for each CID at most ten peers, each with the evidence that is
/// worth most. Half of it is forgotten after the half-life, linearly between.
#[derive(Debug)]
pub(crate) struct Evidence {
    learning: Learning,
    of_cid: Recent<CidKey, Vec<Seen>>,
    /// Peers that left and did not return; the others may be connected.
    gone: Recent<PeerKey, ()>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    peer: PeerKey,
    level: u64,
    at: Timestamp,
}

impl Evidence {
    /// A few large files in default blocks: about 10 MiB.
    const CIDS: usize = 65_536;
    const PEERS_PER_CID: usize = 10;
    const GONE: usize = 4_096;

    /// What an event is worth as evidence, in halves.
    const DELIVERED: u64 = 6;
    const HAS: u64 = 4;
    const WANTS_THE_BLOCK: u64 = 2;
    const WANTS_TO_KNOW: u64 = 1;

    pub(crate) fn new(learning: Learning) -> Self {
        Self { learning, of_cid: Recent::new(Self::CIDS), gone: Recent::new(Self::GONE) }
    }

    /// The peers with the best evidence for `want`, best first, equal ones by key; at most `most`
    /// of those that `may` be named.
    pub(crate) fn best(
        &self,
        now: Timestamp,
        want: CidKey,
        most: usize,
        may: impl Fn(PeerKey) -> bool,
    ) -> Vec<PeerKey> {
        let seen = self.of_cid.get(want).into_iter().flatten();
        let fresh = seen.filter(|seen| {
            let is_fresh = now.since(seen.at) <= self.learning.remember;
            is_fresh && self.gone.get(seen.peer).is_none() && may(seen.peer)
        });
        let mut worth: Vec<_> = fresh.map(|seen| (self.worth(now, *seen), seen.peer)).collect();
        worth.sort_unstable_by(|(one, peer), (other, next)| other.cmp(one).then(peer.cmp(next)));
        worth.into_iter().map(|(_, peer)| peer).take(most).collect()
    }

    /// level · 2^(−age / half-life), in 2⁻³² of a half.
    fn worth(&self, now: Timestamp, seen: Seen) -> u64 {
        let half_life = self.learning.half_life.as_nanos().max(1);
        let age = now.since(seen.at).as_nanos();
        let (halvings, rest) = (age / half_life, age % half_life);
        let whole = u128::from(seen.level) << 32;
        let worth = whole.checked_shr(u32::try_from(halvings).unwrap_or(u32::MAX)).unwrap_or(0);
        (worth - worth * rest / (2 * half_life)) as u64
    }

    pub(crate) fn observe(&mut self, now: Timestamp, event: &StrategyEvent) {
        if !self.events().contains(event.kind()) {
            return;
        }
        if let StrategyEvent::BlockReceived { peer, want, .. } = event {
            self.note(now, *want, *peer, Self::DELIVERED);
        } else if let StrategyEvent::HaveReceived { peer, want, .. } = event {
            self.note(now, *want, *peer, Self::HAS);
        } else if let StrategyEvent::WantSeen { peer, want, kind } = event {
            let level = match kind {
                WantKind::Block => Self::WANTS_THE_BLOCK,
                WantKind::Have => Self::WANTS_TO_KNOW,
            };
            self.note(now, *want, *peer, level);
        } else if let StrategyEvent::DontHaveReceived { peer, want, .. } = event {
            if let Some(seen) = self.of_cid.get_mut(*want) {
                seen.retain(|seen| seen.peer != *peer);
            }
        } else if let StrategyEvent::PeerConnected { peer } = event {
            self.gone.remove(*peer);
        } else if let StrategyEvent::PeerDisconnected { peer } = event {
            self.gone.insert(*peer, ());
        }
    }

    pub(crate) fn events(&self) -> EventMask {
        let presence = EventMask::PEER_CONNECTED | EventMask::PEER_DISCONNECTED;
        let mut events = presence | EventMask::DONT_HAVE_RECEIVED;
        if self.learning.wants {
            events = events | EventMask::WANT_SEEN;
        }
        if self.learning.outcomes {
            events = events | EventMask::BLOCK_RECEIVED | EventMask::HAVE_RECEIVED;
        }
        events
    }

    /// Notes evidence unless the peer has better; what is worth least makes room.
    fn note(&mut self, now: Timestamp, want: CidKey, peer: PeerKey, level: u64) {
        let new = Seen { peer, level, at: now };
        let mut seen = self.of_cid.remove(want).unwrap_or_default();
        let known = seen.iter().position(|seen| seen.peer == peer);
        if let Some(known) = known.and_then(|place| seen.get_mut(place)) {
            if self.worth(now, *known) <= self.worth(now, new) {
                *known = new;
            }
        } else {
            if seen.len() >= Self::PEERS_PER_CID {
                let worth = |(_, seen): &(usize, &Seen)| self.worth(now, **seen);
                let least = seen.iter().enumerate().min_by_key(worth).map(|(place, _)| place);
                least.map(|place| seen.swap_remove(place));
            }
            seen.push(new);
        }
        self.of_cid.insert(want, seen);
    }
}

/// A plan that forwards a relayed want to the `first` peers and to others drawn evenly, to `degree`
/// in all at most.
pub(crate) fn spread(
    ctx: &mut Ctx<'_>,
    want: &RelayRequestView,
    view: &RelayView<'_>,
    (degree, reason): (u32, Reason),
    first: Vec<PeerKey>,
) -> RelayPlan {
    let count = degree.min(view.degree_left) as usize;
    if count == 0 || view.eligible.is_empty() {
        return RelayPlan::keep("nobody to ask");
    }
    let mut to = first;
    to.truncate(count);
    let reason = if to.is_empty() { "at random" } else { reason };
    let mut others = view.eligible.to_vec();
    others.retain(|peer| !to.contains(peer));
    ctx.chance().sample(&mut others, count - to.len());
    others.truncate(count - to.len());
    to.append(&mut others);
    RelayPlan { ttl: want.ttl.saturating_sub(1), to, reason }
}
