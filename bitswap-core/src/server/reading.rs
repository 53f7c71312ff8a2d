//! What peers have our store read, and what each read is for.

use super::Server;
use crate::ids::{CidKey, PeerKey, ReadId};
use crate::peers::{PeerRequests, Peers, Task};

/// What a read is for.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Nothing any more: its peer is gone.
    Nothing,
    /// Whether we have what a peer wants, and how large it is.
    Sizes(PeerKey, Vec<CidKey>),
    /// Blocks whose turn has come.
    Turns(PeerKey, Vec<Task>),
}

impl Server {
    /// A read was started for a peer.
    pub(crate) fn read_begins(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        read: ReadId,
        reading: Reading,
    ) {
        if let Some(requests) = peers.requests_mut(peer) {
            requests.reads.insert(read, matches!(reading, Reading::Sizes(..)));
        }
        self.reads.insert(read, reading);
    }

    /// A read is done: what it was for, if it was one of these.
    pub(crate) fn take_read(&mut self, peers: &mut Peers, read: ReadId) -> Option<Reading> {
        let reading = self.reads.remove(&read)?;
        if let Reading::Sizes(peer, _) | Reading::Turns(peer, _) = reading
            && let Some(requests) = peers.requests_mut(peer)
        {
            requests.reads.remove(&read);
            self.order.may_have_changed(peer);
            self.queue_look(peer, requests);
        }
        Some(reading)
    }

    /// What is read for a peer that goes matters no more, and is still being read.
    pub(super) fn orphan_reads(&mut self, requests: &PeerRequests) {
        for read in requests.reads() {
            self.reads.insert(read, Reading::Nothing);
        }
    }
}
