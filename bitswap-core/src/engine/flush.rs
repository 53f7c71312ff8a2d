//! Builds and counts the messages that are sent.

use super::Engine;
use crate::action::Action;
use crate::ids::SendId;
use crate::stats::Stats;
use crate::wire::{BlockPresence, Entry, Message};

impl Engine {
    /// Builds at most one message for each idle lane of each peer that has something queued.
    pub(super) fn flush(&mut self) {
        let (keys, now) = (self.config.keys(), self.clock.now());
        let Self { client, peers, server, relay, out, .. } = self;
        let room = server.room_of_one_peer();
        let waiting = peers.flush(now, room, |peer, known, lane, mut message| {
            for entry in &mut message.entries {
                relay.shorten_reach(&keys, now, entry);
            }
            count(&mut out.stats, &message);
            if !message.blocks.is_empty() {
                server.send_began(now, peer, &mut known.requests);
            }
            let send = SendId(out.next_id());
            if message.full || !message.entries.is_empty() {
                client.timeouts.write_began(now, &mut known.timeouts, (peer, send));
            }
            out.act(Action::Send { peer: known.id, lane, send, message });
            send
        });
        for peer in waiting {
            self.server.send_is_awaited(&mut self.peers, now, peer);
        }
        for (peer, want) in self.peers.take_unsent() {
            self.client().wait_for_room(peer, want);
        }
    }
}

/// Counts a message and its content.
fn count(stats: &mut Stats, message: &Message) {
    stats.wire.messages_out += 1;
    let is_cancel = |entry: &&Entry| matches!(entry, Entry::Cancel { .. });
    stats.client.cancels += message.entries.iter().filter(is_cancel).count() as u64;
    for (_, presence) in &message.presences {
        match presence {
            BlockPresence::Have | BlockPresence::Reachable { .. } => stats.server.haves_sent += 1,
            BlockPresence::DontHave | BlockPresence::Searching { .. } => {
                stats.server.dont_haves_sent += 1;
            }
        }
    }
}
