//! Carries the effects of one part of the engine to another.

use super::Engine;
use crate::event::RelayOutcome;
use crate::out::Effect;

impl Engine {
    /// Carries all effects to the parts that they concern.
    #[inline]
    pub(super) fn carry_effects(&mut self) {
        // Asked after each step, and mostly in vain.
        if self.out.has_effects() {
            self.carry_all();
        }
    }

    fn carry_all(&mut self) {
        while let Some(effect) = self.out.next_effect() {
            match effect {
                Effect::BlockStored { hash, bytes } => self.server().serve_waiting(hash, bytes),
                Effect::WantEnded { want } => self.relay().resume(want),
                Effect::HaveHeard { want, hops } => self.relay().forward_have(want, hops),
                Effect::BlockMissing { peer, want } => {
                    self.client().wanted_by(peer, want);
                    if !self.relay().forward(peer, want) {
                        self.server().say_dont_have(peer, want);
                    }
                }
                Effect::RequestEnded { peer, want } => {
                    self.relay().end(peer, want, RelayOutcome::RequestEnded);
                }
            }
        }
    }
}
