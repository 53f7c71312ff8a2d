//! The processes of the comparison: those that serve, those that fetch, and the link between.
//!
//! Each is started by `run.py`, prints one line of JSON for each thing that it has to tell, and
//! shares nothing with the others.

mod content;
mod host;
mod latencies;
mod link;
mod ours;
mod raw;
mod report;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use libp2p::Multiaddr;

use crate::content::Shape;
use crate::host::Transport;

/// What moves the blocks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum System {
    /// A bare libp2p stream.
    Raw,
    /// The same, and what came is hashed.
    RawSha,
    /// This project's library, with the store in memory.
    Ours,
    /// The same with the store of the real node, in `--store`.
    OursDisk,
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
        /// Where the blocks of `ours-disk` are.
        #[arg(long)]
        store: Option<PathBuf>,
    },
    /// Fetches all blocks, and tells how long it took.
    Fetch {
        system: System,
        #[command(flatten)]
        shape: Shape,
        /// The file with the CIDs.
        #[arg(long)]
        cids: PathBuf,
        /// Where the blocks of `ours-disk` are.
        #[arg(long)]
        store: Option<PathBuf>,
        /// A server; may be repeated, and each has all blocks.
        #[arg(long, required = true)]
        from: Vec<Multiaddr>,
        /// How many single fetches are open at once; 0 = one list of all.
        #[arg(long, default_value_t = 0)]
        window: usize,
    },
    /// Hands on what comes, after a delay, at a rate.
    Link(link::Options),
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // In a task, as most programs have their work: in `main` itself each thing that it waits for
    // would have to wake another thread.
    tokio::spawn(play(Args::parse().role)).await?
}

async fn play(role: Role) -> Result<(), Box<dyn Error + Send + Sync>> {
    match role {
        Role::Serve { system, transport, shape, cids, store } => match system {
            System::Raw | System::RawSha => raw::serve(transport).await,
            System::Ours => ours::serve(ours::memory(), transport, shape, &cids).await,
            System::OursDisk => ours::serve(ours::disk(store)?, transport, shape, &cids).await,
        },
        Role::Fetch { system, shape, cids, store, from, window } => match system {
            System::Raw => raw::fetch(shape, &from, window, false).await,
            System::RawSha => raw::fetch(shape, &from, window, true).await,
            System::Ours => ours::fetch(ours::memory(), shape, &cids, &from, window).await,
            System::OursDisk => ours::fetch(ours::disk(store)?, shape, &cids, &from, window).await,
        },
        Role::Link(options) => link::run(options).await,
    }
}
