//! The context of a strategy's call: the time, random numbers, and the reason of the decision.

use libp2p_identity::PeerId;

use crate::chance::Chance;
use crate::ids::PeerKey;
use crate::keys::Keys;
use crate::time::Timestamp;

/// Why a decision was made, in at most four words; shown in metrics, traces and explanations.
pub type Reason = &'static str;

/// The context of one call of a strategy, passed beside the view.
#[derive(Debug)]
pub struct Ctx<'a> {
    now: Timestamp,
    chance: &'a mut Chance,
    reason: Reason,
    keys: Keys,
}

impl<'a> Ctx<'a> {
    /// The reason of a decision for which the strategy gave none.
    pub const UNSAID: Reason = "unsaid";

    /// Makes the context of one call, with the keys of the seed 0.
    pub const fn new(now: Timestamp, chance: &'a mut Chance) -> Self {
        Self { now, chance, reason: Self::UNSAID, keys: Keys::new(0) }
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
