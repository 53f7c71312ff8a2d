//! Many peers in one process, each with an identity and a connection of its own, that ask a server
//! for blocks and do not read them, read slowly, or cancel half of them. Prints a line of JSON each
//! second, and ends with its input.
//!
//! There is no swarm below: a swarm reads its sockets whatever its streams do, up to the windows of
//! its muxer, and a peer that stands still is one whose *socket* is not read.

mod answers;
mod asks;
mod paced;
mod peer;
mod tally;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use futures::FutureExt as _;
use futures::channel::oneshot;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, stdin};
use tokio::time::{interval, sleep};

use crate::asks::cids_of;
use crate::paced::Pace;
use crate::peer::{Plan, stay};
use crate::tally::Tally;

/// Peers that ask for blocks and do not read them, read them slowly, or cancel half of them.
#[derive(Parser)]
struct Options {
    /// Where the server listens, by TCP.
    server: SocketAddr,
    /// A file with a CID in each line: what the peers ask for.
    cids: PathBuf,
    /// How many peers.
    #[arg(long, default_value_t = 64)]
    peers: usize,
    /// How many CIDs each peer asks for, the next peer for the next ones; with 0, for all.
    #[arg(long, default_value_t = 0)]
    each: usize,
    /// Bytes that each peer reads from its socket in a second; with 0, nothing more is read once
    /// the first byte of an answer has come.
    #[arg(long, default_value_t = 0)]
    rate: u32,
    /// Seconds after which each peer asks for all of it again; with 0 it asks once.
    #[arg(long, default_value_t = 10)]
    again: u64,
    /// Milliseconds after which each peer cancels every second CID; it reads whatever comes, and
    /// asks once.
    #[arg(long)]
    cancel_after: Option<u64>,
    /// Nobody asks for anything until a line of input has come.
    #[arg(long)]
    hold: bool,
    /// Milliseconds between the dials of two peers.
    #[arg(long, default_value_t = 5)]
    apart: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let (begin, begins) = oneshot::channel();
    let plan = Arc::new(Plan {
        server: options.server,
        cids: cids_of(&std::fs::read_to_string(&options.cids)?)?,
        each: options.each,
        rate: if options.cancel_after.is_some() { Pace::FREE } else { options.rate },
        again: (options.again > 0).then(|| Duration::from_secs(options.again)),
        cancel_after: options.cancel_after.map(Duration::from_millis),
        begins: begins.shared(),
    });
    let tally = Arc::new(Tally::of(options.peers));
    for peer in 0..options.peers {
        tokio::spawn(stay(Arc::clone(&plan), Arc::clone(&tally), peer));
        // All at once is more than a server's queue of new connections takes.
        sleep(Duration::from_millis(options.apart)).await;
    }
    tokio::spawn(async move {
        let mut second = interval(Duration::from_secs(1));
        loop {
            second.tick().await;
            println!("{}", tally.line());
        }
    });
    let mut input = BufReader::new(stdin());
    if options.hold {
        input.read_line(&mut String::new()).await?;
    }
    // Whoever would hear it may have gone.
    let _heard = begin.send(());
    input.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
