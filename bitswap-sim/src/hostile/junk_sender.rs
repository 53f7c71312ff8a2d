//! Sends blocks that nobody asked for: noise, one block many times, and hashes nobody checks.

use std::sync::Arc;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, Timestamp};
use libp2p_identity::PeerId;

use super::forge::{self, PREFIX, field, noise, put_bytes};
use super::have_liar::wanted;
use super::pest::{Prank, Victim};
use super::{Lore, Trick, Tricks};

/// Noise under a good prefix, as an answer to each want too; real blocks again and again.
#[derive(Debug)]
pub(super) struct JunkSender {
    lore: Arc<Lore>,
    /// Bytes of the largest junk.
    largest: u64,
    streams: u32,
    chance: Chance,
}

impl JunkSender {
    pub(super) const fn new(lore: Arc<Lore>, largest: usize, chance: Chance) -> Self {
        Self { lore, largest: largest as u64, streams: 0, chance }
    }

    fn send(&mut self, peer: PeerId, payload: &[u8], tricks: &mut Tricks) {
        let mut body = Vec::with_capacity(payload.len() + 8);
        put_bytes(&mut body, field::PAYLOAD, payload);
        self.streams += 1;
        let (stream, bytes) = (self.streams, forge::frame(&body));
        tricks.push(Trick::Write { peer, stream, bytes });
        tricks.push(Trick::Close { peer, stream });
    }
}

impl Prank for JunkSender {
    fn play(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, tricks: &mut Tricks) {
        let bytes = chance.below(self.largest) as usize + 1;
        match chance.below(4) {
            0 if self.lore.held() > 0 => {
                let place = chance.below(self.lore.held() as u64) as usize;
                let block = self.lore.blocks().nth(place).map(|block| block.bytes().clone());
                let payload = payload(&PREFIX, &block.unwrap_or_default());
                self.send(on.peer, &payload, tricks);
            }
            1 => {
                let prefix = [1, 0x55, chance.below(128) as u8, chance.below(128) as u8];
                self.send(on.peer, &payload(&prefix, &noise(chance, bytes)), tricks);
            }
            _ => self.send(on.peer, &payload(&PREFIX, &noise(chance, bytes)), tricks),
        }
    }

    fn overhear(&mut self, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        // One answer however much was asked: it is not worth more.
        if wanted(message).next().is_some() {
            let bytes = self.chance.below(self.largest) as usize + 1;
            let junk = payload(&PREFIX, &noise(&mut self.chance, bytes));
            self.send(peer, &junk, tricks);
        }
    }
}

fn payload(prefix: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.len() + 16);
    put_bytes(&mut payload, field::CID, prefix);
    put_bytes(&mut payload, field::BYTES, bytes);
    payload
}
