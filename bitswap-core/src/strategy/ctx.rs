//! The context of a strategy's call: the time, random numbers, the registry, and the reason of the
//! decision.

use std::fmt;

use libp2p_identity::PeerId;

use crate::chance::Chance;
use crate::ids::{CidKey, PeerKey};
use crate::keys::Keys;
use crate::limits::Limits;
use crate::time::Timestamp;

/// Why a decision was made, in at most four words; shown in metrics, traces and explanations.
pub type Reason = &'static str;

/// What a strategy of another role may ask the registry.
pub trait Candidates {
    /// At most `limit` peers that probably have `want`, best first.
    fn candidates(&mut self, now: Timestamp, want: CidKey, limit: usize) -> Vec<PeerKey>;
}

/// The context of one call of a strategy, passed beside the view.
pub struct Ctx<'a> {
    now: Timestamp,
    chance: &'a mut Chance,
    registry: Option<&'a mut (dyn Candidates + 'a)>,
    reason: Reason,
    keys: Keys,
}

impl fmt::Debug for Ctx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { now, reason, .. } = self;
        f.debug_struct("Ctx").field("now", now).field("reason", reason).finish_non_exhaustive()
    }
}

impl<'a> Ctx<'a> {
    /// The reason of a decision for which the strategy gave none.
    pub const UNSAID: Reason = "unsaid";

    /// Makes the context of one call, with the keys of the seed 0.
    pub const fn new(now: Timestamp, chance: &'a mut Chance) -> Self {
        Self { now, chance, registry: None, reason: Self::UNSAID, keys: Keys::new(0) }
    }

    /// This context, with the keys of an engine.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// The keys of the engine.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The key under which the engine shows a peer: how a strategy knows the peers that its
    /// operator lists.
    pub fn key_of(&self, peer: &PeerId) -> PeerKey {
        self.keys.peer(peer)
    }

    /// This context, with a registry that may be asked.
    #[must_use]
    pub fn with_registry(mut self, registry: &'a mut (dyn Candidates + 'a)) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Asks the registry: at most `limit` peers, and at most ten, that probably have `want`, best
    /// first. Nobody, if the role has no registry to ask: only peer selectors have one.
    pub fn candidates(&mut self, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let limit = limit.min(Limits::CANDIDATES);
        let registry = self.registry.as_deref_mut();
        registry.map_or_else(Vec::new, |registry| registry.candidates(self.now, want, limit))
    }

    /// The time of the call: the only clock that strategies have.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The random stream of the role.
    pub const fn chance(&mut self) -> &mut Chance {
        self.chance
    }

    /// Sets the reason of a decision that carries none of its own ([`Rank`](super::Rank),
    /// [`Weight`](super::Weight)); the last one set is used.
    pub const fn because(&mut self, reason: Reason) {
        self.reason = reason;
    }

    /// The reason that was set last by [`because`](Self::because), or [`UNSAID`](Self::UNSAID).
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Runs `watch` with a copy of the random stream, so that a shadow strategy does not advance
    /// the random stream of the active one.
    pub fn spectate<R>(&self, watch: impl FnOnce(&mut Ctx<'_>) -> R) -> R {
        let mut dice = self.chance.fork();
        watch(&mut Ctx::new(self.now, &mut dice).with_keys(self.keys.clone()))
    }
}
