//! Sends blocks that nobody asked for: noise, one block many times, and hashes nobody checks.

use std::sync::Arc;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, Timestamp};
use bytes::Bytes;
use libp2p_identity::PeerId;

use super::forge::{PREFIX, noise, payload_frame};
use super::have_liar::wanted;
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// Noise under a good prefix, as an answer to each want too; real blocks again and again.
#[derive(Debug)]
pub(super) struct JunkSender {
    knowledge: Arc<Knowledge>,
    /// Bytes of the largest junk.
    largest: u64,
    streams: u32,
    chance: Chance,
}

impl JunkSender {
    pub(super) const fn new(knowledge: Arc<Knowledge>, largest: usize, chance: Chance) -> Self {
        Self { knowledge, largest: largest as u64, streams: 0, chance }
    }

    fn send(&mut self, peer: PeerId, bytes: Bytes, actions: &mut HostileActions) {
        self.streams += 1;
        let stream = self.streams;
        actions.push(HostileAction::Write { peer, stream, bytes });
        actions.push(HostileAction::Close { peer, stream });
    }
}

impl Attack for JunkSender {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let bytes = chance.below(self.largest) as usize + 1;
        match chance.below(4) {
            0 if self.knowledge.held() > 0 => {
                let place = chance.below(self.knowledge.held() as u64) as usize;
                let block = self.knowledge.blocks().nth(place).map(|block| block.bytes().clone());
                let junk = payload_frame(&PREFIX, &block.unwrap_or_default());
                self.send(on.peer, junk, actions);
            }
            1 => {
                let prefix = [1, 0x55, chance.below(128) as u8, chance.below(128) as u8];
                self.send(on.peer, payload_frame(&prefix, &noise(chance, bytes)), actions);
            }
            _ => self.send(on.peer, payload_frame(&PREFIX, &noise(chance, bytes)), actions),
        }
    }

    fn overhear(&mut self, peer: PeerId, message: &Message, actions: &mut HostileActions) {
        // One answer however much was asked: it is not worth more.
        if wanted(message).next().is_some() {
            let bytes = self.chance.below(self.largest) as usize + 1;
            let junk = payload_frame(&PREFIX, &noise(&mut self.chance, bytes));
            self.send(peer, junk, actions);
        }
    }
}
