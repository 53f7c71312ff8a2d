//! Strangers' wants that came with a TTL: how many are held, for whom, and for how long.
//!
//! No standard protocol carries a TTL, so on an ordinary network this table stays empty. Passing
//! a want on needs a protocol that carries one; until a peer speaks it nobody is eligible.

use std::time::Duration;

use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey};
use crate::map::Table;
use crate::strategy::{RelayPlan, RemoteWant};
use crate::time::Timestamp;

/// The wants held for strangers.
#[derive(Debug)]
pub(crate) struct Relay {
    most_per_peer: usize,
    held_for: Table<PeerKey, usize>,
    expiry: Deadlines<(PeerKey, CidKey)>,
}

impl Relay {
    /// The most hops a want may still make, whatever it says.
    pub(crate) const MAX_TTL: u8 = 2;
    /// How long a stranger's want is held.
    const LIFE: Duration = Duration::from_secs(10);

    pub(crate) fn new(most_per_peer: usize) -> Self {
        Self { most_per_peer, held_for: Table::default(), expiry: Deadlines::default() }
    }

    /// Holds a want if there is room and it is not held; the want as a registry sees it.
    pub(crate) fn hold(
        &mut self,
        now: Timestamp,
        asker: PeerKey,
        want: CidKey,
        ttl: u8,
    ) -> Option<RemoteWant> {
        let held = self.held_for(asker);
        if ttl == 0 || held >= self.most_per_peer || self.expiry.of((asker, want)).is_some() {
            return None;
        }
        self.held_for.insert(asker, held + 1);
        self.expiry.set((asker, want), now.after(Self::LIFE));
        Some(RemoteWant { want, asker, ttl: ttl.min(Self::MAX_TTL), seen_at: now })
    }

    /// Wants held for `asker`.
    pub(crate) fn held_for(&self, asker: PeerKey) -> usize {
        self.held_for.get(&asker).copied().unwrap_or(0)
    }

    /// The most wants held for one asker.
    pub(crate) const fn held_for_max(&self) -> usize {
        self.most_per_peer
    }

    /// What of a plan may be done: the TTL shrinks, nobody but the eligible is asked.
    pub(crate) fn permit(
        want: &RemoteWant,
        eligible: &[PeerKey],
        mut plan: RelayPlan,
    ) -> RelayPlan {
        plan.ttl = plan.ttl.min(want.ttl.saturating_sub(1));
        plan.to.retain(|peer| *peer != want.asker && eligible.contains(peer));
        plan.to.dedup();
        plan
    }

    /// A want was served, cancelled, or its asker left.
    pub(crate) fn release(&mut self, asker: PeerKey, want: CidKey) {
        if self.expiry.cancel((asker, want)) {
            self.count_down(asker);
        }
    }

    /// Lets go of wants whose time is over.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some((asker, _)) = self.expiry.pop_due(now) {
            self.count_down(asker);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.expiry.next()
    }

    fn count_down(&mut self, asker: PeerKey) {
        match self.held_for.get_mut(&asker) {
            Some(held) if *held > 1 => *held -= 1,
            Some(_) => {
                self.held_for.remove(&asker);
            }
            None => {}
        }
    }
}
