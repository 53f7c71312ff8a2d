//! The peers of the DHTs that a daemon knew when it ran last: its way back in, should those of
//! `routing.bootstrap` be gone. A file in the directory of the node, which nobody has to keep.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::Duration;

use libp2p::Multiaddr;
use tokio::time::sleep;

use crate::config::Config;
use crate::node::Node;

/// A file with an address in each line, below one that says with which bootstrap peers they were
/// found: a node that got others has left the network of these.
#[derive(Clone, Debug)]
pub struct KnownPeers {
    file: PathBuf,
    first_line: String,
}

impl KnownPeers {
    /// How often a daemon writes it, besides at its end.
    const EVERY: Duration = Duration::from_secs(600);
    /// What it is read up to; each of its addresses has 256 bytes at most.
    const LARGEST: u64 = 64 * 1024;

    /// That of a node's directory.
    pub fn of(config: &Config, folder: &Path) -> Self {
        let mut through: Vec<_> =
            config.routing.bootstrap.iter().map(Multiaddr::to_string).collect();
        through.extend(config.routing.lists.iter().map(ToString::to_string));
        let first_line = format!("# found through {}", through.join(" "));
        Self { file: folder.join("known-peers"), first_line }
    }

    /// Those that it names, if they were found through the same peers; what is no address is passed
    /// over.
    pub(crate) fn read(&self) -> Vec<Multiaddr> {
        let mut text = String::new();
        let read = File::open(&self.file)
            .and_then(|file| file.take(Self::LARGEST).read_to_string(&mut text));
        if let Some(why) = read.err().filter(|why| why.kind() != io::ErrorKind::NotFound) {
            tracing::warn!(file = %self.file.display(), %why, "known peers are not read");
        }
        let mut lines = text.lines();
        let is_ours = lines.next() == Some(&self.first_line);
        lines.filter(|_| is_ours).filter_map(|line| line.parse().ok()).collect()
    }

    /// Writes it from time to time, as long as the node runs.
    pub async fn keep(self, node: Weak<Node>) {
        loop {
            sleep(Self::EVERY).await;
            let Some(node) = node.upgrade() else { return };
            self.note(&node).await;
        }
    }

    /// Writes down whom the node knows, if it knows anybody.
    pub async fn note(&self, node: &Node) {
        let peers = node.dht_peers().await;
        if peers.is_empty() {
            return;
        }
        let lines = peers.iter().map(Multiaddr::to_string);
        let text: Vec<_> = [self.first_line.clone()].into_iter().chain(lines).collect();
        if let Err(why) = fs::write(&self.file, text.join("\n")) {
            tracing::warn!(file = %self.file.display(), %why, "known peers are not written");
        }
    }
}
