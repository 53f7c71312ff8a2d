//! A payload is hashed only by functions that are known, and only if somebody wants its prefix.

use bitswap_core::wire::{ProtocolVersion, decode};
use bitswap_core::{Block, MIN_DIGEST_BYTES};
use bytes::Bytes;

use crate::cid_parse::field;
use crate::dice::Dice;

/// How long the prefix is, the prefix, and the block.
pub fn prefix_hash(bytes: &[u8]) {
    let mut dice = Dice::of(bytes);
    let length = dice.below(48) as usize;
    let (prefix, block) = dice.rest().split_at(length.min(dice.rest().len()));
    let body: Bytes = field(0x1a, &[field(0x0a, prefix), field(0x12, block)].concat()).into();

    let Ok(decoded) = decode(body, ProtocolVersion::V1_2) else { return };
    let mut asked = Vec::new();
    let (message, skipped) = decoded.clone().verify(|code, digest| {
        asked.push((code, digest));
        true
    });
    assert!(message.blocks.len() + skipped.unusable as usize == 1 && asked.len() <= 1);
    for (cid, hashed) in &message.blocks {
        assert_eq!(asked, [(cid.hash().code(), cid.hash().size())]);
        assert!(Block::can_check(cid) && cid.hash().size() >= MIN_DIGEST_BYTES);
        assert_eq!(Block::checked(cid, Bytes::copy_from_slice(block)).as_ref(), Ok(hashed));
    }
    let (message, skipped) = decoded.verify(|_, _| false);
    assert!(message.blocks.is_empty() && skipped.unhashed as usize == asked.len());
}
