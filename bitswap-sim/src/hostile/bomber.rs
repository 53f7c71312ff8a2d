//! Sends frames that cost more to read than to write, and frames that are none.

use bitswap_core::{Chance, MAX_FRAME_BYTES, Timestamp};
use bytes::Bytes;

use super::forge::{
    self, PREFIX, again_and_again, field, noise, put_bytes, put_number, put_varint,
};
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions};

/// A bomb of a drawn shape and size, each on a stream of its own: a stream does not survive most.
#[derive(Debug)]
pub(super) struct Bomber {
    largest: usize,
    thrown: u32,
}

impl Bomber {
    pub(super) const fn new(largest: usize) -> Self {
        Self { largest, thrown: 0 }
    }
}

impl Attack for Bomber {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let Victim { peer, .. } = on;
        let doublings = u64::from(self.largest.max(64).ilog2() - 5);
        let bytes = self.largest.min(64 << chance.below(doublings));
        let shape = Shape::ALL[chance.below(Shape::ALL.len() as u64) as usize];
        self.thrown += 1;
        actions.push(HostileAction::Write {
            peer,
            stream: self.thrown,
            bytes: shape.of(bytes, chance),
        });
        actions.push(HostileAction::Close { peer, stream: self.thrown });
    }
}

/// What a bomb is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    BareBlocks,
    Cancels,
    EmptyEntries,
    EmptyPayloads,
    EmptyPresences,
    EndlessLength,
    Groups,
    HugeCid,
    Noise,
    OneByteCids,
    TinyPayloads,
    TooLong,
    UnknownFields,
    Wantlists,
    Wants,
}

impl Shape {
    pub(super) const ALL: [Self; 15] = [
        Self::BareBlocks,
        Self::Cancels,
        Self::EmptyEntries,
        Self::EmptyPayloads,
        Self::EmptyPresences,
        Self::EndlessLength,
        Self::Groups,
        Self::HugeCid,
        Self::Noise,
        Self::OneByteCids,
        Self::TinyPayloads,
        Self::TooLong,
        Self::UnknownFields,
        Self::Wantlists,
        Self::Wants,
    ];

    /// About so many bytes of it.
    pub(super) fn of(self, bytes: usize, chance: &mut Chance) -> Bytes {
        let bytes = bytes.saturating_sub(24);
        let body = match self {
            Self::BareBlocks => again_and_again(&[field::BARE_BLOCK << 3 | 2, 0], bytes),
            Self::Cancels => in_wantlist(&entries(bytes, true, chance)),
            Self::EmptyEntries => in_wantlist(&again_and_again(&[field::ENTRY << 3 | 2, 0], bytes)),
            Self::EmptyPayloads => again_and_again(&[field::PAYLOAD << 3 | 2, 0], bytes),
            Self::EmptyPresences => again_and_again(&[field::PRESENCE << 3 | 2, 0], bytes),
            Self::EndlessLength => return Bytes::from_static(&[0xff; 12]),
            Self::Groups => again_and_again(&[field::WANTLIST << 3 | 3], bytes),
            Self::HugeCid => {
                let mut entry = Vec::new();
                put_bytes(&mut entry, field::CID, &noise(chance, bytes));
                in_wantlist(&one(field::ENTRY, &entry))
            }
            Self::Noise => noise(chance, bytes),
            Self::OneByteCids => {
                let entry = one(field::CID, &[1]);
                in_wantlist(&again_and_again(&one(field::ENTRY, &entry), bytes))
            }
            Self::TinyPayloads => {
                let mut payload = one(field::CID, &PREFIX);
                put_bytes(&mut payload, field::BYTES, &noise(chance, 1));
                again_and_again(&one(field::PAYLOAD, &payload), bytes)
            }
            Self::TooLong => {
                return announcement(MAX_FRAME_BYTES as u64 + 1 + chance.below(1 << 20));
            }
            Self::UnknownFields => again_and_again(&[15 << 3, 1], bytes),
            Self::Wantlists => again_and_again(&[field::WANTLIST << 3 | 2, 0], bytes),
            Self::Wants => in_wantlist(&entries(bytes, false, chance)),
        };
        forge::frame(&body)
    }
}

/// The length of a frame, and no frame.
pub(super) fn announcement(length: u64) -> Bytes {
    let mut start = Vec::new();
    put_varint(&mut start, length);
    start.into()
}

fn in_wantlist(entries: &[u8]) -> Vec<u8> {
    one(field::WANTLIST, entries)
}

fn one(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    put_bytes(&mut out, number, bytes);
    out
}

/// Well-made entries, each of another CID.
fn entries(bytes: usize, cancel: bool, chance: &mut Chance) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes);
    while out.len() + 44 <= bytes {
        let Some(cid) = forge::cid(chance) else { break };
        let mut entry = one(field::CID, &cid.to_bytes());
        if cancel {
            put_number(&mut entry, field::CANCEL, 1);
        }
        put_bytes(&mut out, field::ENTRY, &entry);
    }
    out
}
