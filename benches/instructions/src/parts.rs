//! What parts other than the engine do while they are counted.

use bitswap_core::Block;
use bitswap_core::strategy::Role;
use bitswap_core::wire::{Message, ProtocolVersion, decode, encode, encode_in_pieces};
use bitswap_strategies::catalog;
use bytes::Bytes;
use toml::Table;

use super::counted::counted;
use super::round::Round;
use super::world::Outcome;

const TIMES: u64 = 100;

/// A message of so many entries, encoded again and again.
pub(crate) fn encoded(message: &Message, entries: u64) -> u64 {
    for _ in 0..TIMES {
        counted(|| encode_in_pieces(message, ProtocolVersion::V1_2));
    }
    TIMES * entries
}

/// A message of so many entries, decoded again and again, but not hashed.
pub(crate) fn decoded(message: &Message, entries: u64) -> Outcome<u64> {
    let frame = encode(message, ProtocolVersion::V1_2);
    let length = frame.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    for _ in 0..TIMES {
        let body = frame.slice(length..);
        counted(|| {
            decode(body, ProtocolVersion::V1_2).map(|decoded| decoded.verify(|_, _| false))
        })?;
    }
    Ok(TIMES * entries)
}

/// Blocks of this length, hashed.
pub(crate) fn hashed(length: usize) -> Outcome<u64> {
    for number in 0..TIMES {
        let bytes = Bytes::from(vec![number as u8; length]);
        counted(|| Block::sha2_256(bytes))?;
    }
    Ok(TIMES)
}

/// Decisions of the default peer selector.
pub(crate) fn selected(members: u64) -> Outcome<u64> {
    let mut selector = catalog::default_of(Role::PeerSelector).make(&Table::new())?;
    let mut round = Round::new(members);
    round.prepare(&mut selector);
    for _ in 0..TIMES {
        counted(|| round.decide(&mut selector));
    }
    Ok(TIMES)
}
