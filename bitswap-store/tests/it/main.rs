//! What the crate promises, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

#[cfg(feature = "collect")]
mod collect;
mod conformance;
#[cfg(feature = "disk")]
mod convert;
#[cfg(feature = "disk")]
mod disk;
mod faulty;
#[cfg(feature = "disk")]
mod killed;
mod memory;

use bitswap_core::Block;
use bytes::Bytes;

fn block(text: &'static str) -> Block {
    Block::sha2_256(Bytes::from_static(text.as_bytes())).unwrap()
}
