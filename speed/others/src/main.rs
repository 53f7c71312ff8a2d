//! Other programs of the comparison, which use an earlier version of libp2p: the same commands and
//! the same lines of JSON as the program `speed`.

mod beetswap_peer;
#[path = "../../src/content.rs"]
mod content;
#[path = "../../src/latencies.rs"]
#[expect(dead_code, reason = "what only the program `speed` calls")]
mod latencies;
#[path = "../../src/report.rs"]
mod report;
mod rust_ipfs_peer;

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use libp2p::Multiaddr;

use crate::content::Shape;

/// What moves the blocks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum System {
    /// Eiger's library, with its store in memory.
    Beetswap,
    /// A whole node as a library, with its store in memory.
    RustIpfs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Transport {
    Tcp,
}

#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Has blocks, tells an address, and serves until it is killed.
    Serve {
        system: System,
        transport: Transport,
        #[command(flatten)]
        shape: Shape,
        /// Where to write the CIDs of the blocks, one a line.
        #[arg(long)]
        cids: PathBuf,
    },
    /// Fetches all blocks, and tells how long it took.
    Fetch {
        system: System,
        #[command(flatten)]
        shape: Shape,
        /// The file with the CIDs.
        #[arg(long)]
        cids: PathBuf,
        /// A server; may be repeated, and each has all blocks.
        #[arg(long, required = true)]
        from: Vec<Multiaddr>,
        /// How many fetches are open at once; 0 = all.
        #[arg(long, default_value_t = 0)]
        window: usize,
        /// After how many it ends, and tells how many blocks came until then.
        #[arg(long)]
        seconds: u64,
    },
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // As in the program `speed`.
    tokio::spawn(play(Args::parse().role)).await?
}

async fn play(role: Role) -> Result<(), Box<dyn Error + Send + Sync>> {
    match role {
        Role::Serve { system, transport: Transport::Tcp, shape, cids } => match system {
            System::Beetswap => beetswap_peer::serve(shape, &cids).await,
            System::RustIpfs => rust_ipfs_peer::serve(shape, &cids).await,
        },
        Role::Fetch { system, shape, cids, from, window, seconds } => {
            let came = AtomicUsize::new(0);
            let fetch = async {
                match system {
                    System::Beetswap => {
                        beetswap_peer::fetch(shape, &cids, &from, window, &came).await
                    }
                    System::RustIpfs => {
                        rust_ipfs_peer::fetch(shape, &cids, from, window, &came).await
                    }
                }
            };
            tokio::time::timeout(Duration::from_secs(seconds), fetch).await.unwrap_or_else(|_| {
                println!("{}", serde_json::json!({"came": came.load(Ordering::Relaxed)}));
                Ok(())
            })
        }
    }
}
