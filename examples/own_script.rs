//! A peer selector as a script, which can be changed without compiling anything.
//!
//! `cargo run --release -p bitswap-examples --example own_script [FILE]`

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_core::strategy::Role;
use bitswap_net::Builder;
use bitswap_store::MemoryStore;
use bitswap_strategies::catalog::StrategyChoice;
use bytes::Bytes;
use cid::Cid;

use host::{bitswap, node};

/// Asks the first peer that may have it. What a script leaves out, its fallback does.
const FIRST_MEMBER: &str = r#"
    fn fallback() { "probabilistic" }

    fn select(ctx, session, asks) {
        for want in session.wants {
            for peer in session.candidates(want.row, 1) {
                asks.block(want.want, peer.peer, "the first");
            }
        }
    }
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let script = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => FIRST_MEMBER.to_owned(),
    };
    // A script that cannot be read is an error here, with its line; one that breaks later leaves
    // the work to its fallback.
    let strategies =
        StrategyChoice::default().with_script(Role::PeerSelector, "first-member", &script);
    let builder = Builder::new(Arc::new(MemoryStore::new()), strategies.build()?);

    let (server, address) = node(bitswap(Arc::new(MemoryStore::new()))?, None).await?;
    let block = Block::sha2_256(Bytes::from_static(b"asked for by a script"))?;
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.put(vec![(cid, block)]).await?;

    let (client, _) = node(builder, Some(address)).await?;
    assert_eq!(client.get(cid).await?.bytes(), &b"asked for by a script"[..]);
    Ok(())
}
