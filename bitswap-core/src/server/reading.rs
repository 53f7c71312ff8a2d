//! Reads of the store on behalf of peers, and what each is for.

use super::Server;
use crate::ids::{CidKey, PeerKey, ReadId, SendId};
use crate::peers::{PeerRequests, Peers, Task};

/// The purpose of a read.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Its peer disconnected: the result is dropped.
    Nothing,
    /// Sizes of the blocks that a peer requested.
    Sizes(PeerKey, Vec<CidKey>),
    /// Blocks of the tasks that were taken for a peer.
    Turns(PeerKey, Vec<Task>),
    /// Blocks of a message that was suspended.
    Resumed(PeerKey, SendId),
}

impl Server {
    /// Notes that a read was started for a peer.
    pub(crate) fn read_begins(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        read: ReadId,
        reading: Reading,
    ) {
        if let Some(requests) = peers.requests_mut(peer) {
            requests.read_begins(read, matches!(reading, Reading::Sizes(..)));
        }
        self.reads.insert(read, reading);
    }

    /// A read is done: returns its purpose, if it was for a peer.
    pub(crate) fn take_read(&mut self, peers: &mut Peers, read: ReadId) -> Option<Reading> {
        let reading = self.reads.remove(&read)?;
        if let Reading::Sizes(peer, _) | Reading::Turns(peer, _) | Reading::Resumed(peer, _) =
            reading
            && let Some(requests) = peers.requests_mut(peer)
        {
            requests.read_ended(read);
            self.order.may_have_changed(peer);
            self.queue_look(peer, requests);
        }
        Some(reading)
    }

    /// Marks the reads of a disconnected peer, whose results will be dropped.
    pub(super) fn orphan_reads(&mut self, requests: &PeerRequests) {
        for read in requests.reads() {
            self.reads.insert(read, Reading::Nothing);
        }
    }
}
