//! Many peers in one process, each with an identity and a connection of its own, that ask a server
//! for blocks and do not read them, or read slowly. Prints a line of JSON each second, and ends
//! with its input.
//!
//! There is no swarm below: a swarm reads its sockets whatever its streams do, up to the windows of
//! its muxer, and a peer that stands still is one whose *socket* is not read.

mod paced;
mod peer;
mod tally;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, ProtocolVersion, WantKind, encode};
use cid::Cid;
use clap::Parser;
use tokio::io::{AsyncReadExt as _, stdin};
use tokio::time::{interval, sleep};

use crate::peer::{Plan, stay};
use crate::tally::Tally;

/// Peers that ask for blocks and do not read them, or read them slowly.
#[derive(Parser)]
struct Options {
    /// Where the server listens, by TCP.
    server: SocketAddr,
    /// A file with a CID in each line: what every peer asks for.
    cids: PathBuf,
    /// How many peers.
    #[arg(long, default_value_t = 64)]
    peers: usize,
    /// Bytes that each peer reads from its socket in a second; with 0, nothing more is read once
    /// the first byte of an answer has come.
    #[arg(long, default_value_t = 0)]
    rate: u32,
    /// Seconds after which each peer asks for all of it again; with 0 it asks once.
    #[arg(long, default_value_t = 10)]
    again: u64,
    /// Milliseconds between the dials of two peers.
    #[arg(long, default_value_t = 5)]
    apart: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let plan = Arc::new(Plan {
        server: options.server,
        wantlist: wantlist(&std::fs::read_to_string(&options.cids)?)?,
        rate: options.rate,
        again: (options.again > 0).then(|| Duration::from_secs(options.again)),
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
    stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// The frame that asks for all blocks of a list.
fn wantlist(list: &str) -> Result<Vec<u8>, cid::Error> {
    let want = |(place, line): (usize, &str)| {
        Ok(Entry::Want {
            cid: Cid::try_from(line)?,
            kind: WantKind::Block,
            priority: i32::MAX - place as i32,
            send_dont_have: true,
            relay: None,
        })
    };
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty());
    let entries = lines.enumerate().map(want).collect::<Result<_, cid::Error>>()?;
    let message = Message { full: true, entries, ..Message::default() };
    Ok(encode(&message, ProtocolVersion::V1_2).to_vec())
}
