//! Bitswap over libp2p.

pub mod handler;
mod hashes;
mod timer;
