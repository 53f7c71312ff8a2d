//! Nodes, fake peers, and how to wait for what they do.

mod fake;
mod host;
mod line;
mod node;
mod raw;

use bitswap_net::Block;
use cid::Cid;

pub(crate) use self::fake::{Fake, receive, send};
pub(crate) use self::host::Host;
pub(crate) use self::line::Line;
pub(crate) use self::node::Node;
pub(crate) use self::raw::{Raw, agree};

/// A block of so many bytes, different for each number.
pub(crate) fn block(number: u64, bytes: usize) -> (Cid, Block) {
    let mut content = vec![number as u8; bytes];
    let name = number.to_le_bytes();
    let name = &name[..name.len().min(bytes)];
    content[..name.len()].copy_from_slice(name);
    let block = Block::sha2_256(content.into()).unwrap();
    (Cid::new_v1(0x55, *block.multihash()), block)
}

/// So many different blocks.
pub(crate) fn blocks(count: u64, bytes: usize) -> Vec<(Cid, Block)> {
    (0..count).map(|number| block(number, bytes)).collect()
}

/// Waits until `is_so`, letting the others work, and time pass when nobody does.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        for _ in 0..100 {
            if is_so().await {
                return;
            }
            tokio::task::yield_now().await;
        }
        tokio::time::advance(std::time::Duration::from_millis(100)).await;
    }
    panic!("20 seconds later it is still not so that {what}");
}
