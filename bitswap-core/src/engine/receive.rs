//! Passes the parts of a received message to client, server and relay.

use cid::Cid;
use libp2p_identity::PeerId;

use super::Engine;
use crate::block::Block;
use crate::ids::{CidKey, PeerKey};
use crate::queues::Answer;
use crate::wire::{BlockPresence, Entry, Message, Skipped};

impl Engine {
    pub(super) fn receive(&mut self, id: &PeerId, message: Message, skipped: Skipped) {
        let peer = self.keys().peer(id);
        let Some(known) = self.peers.get_mut(peer) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        known.queued_for_us = message.pending_bytes;
        if message.wants_remembered > 0 {
            let most = self.config.limits.wants_per_peer;
            self.peers.wants_remembered(peer, most.min(message.wants_remembered as usize));
        }
        let wire = &mut self.out.stats.wire;
        wire.messages_in += 1;
        wire.over_budget += u64::from(skipped.over_budget);
        wire.unusable += u64::from(skipped.unusable);
        wire.unhashed.blocks += u64::from(skipped.unhashed);
        wire.unhashed.bytes += skipped.unhashed_bytes;
        self.receive_blocks(peer, message.blocks);
        for (cid, presence) in message.presences {
            self.receive_presence(peer, &cid, presence);
        }
        if self.config.serve {
            self.receive_entries(peer, message.full, &message.entries);
        }
    }

    pub(super) fn bytes_received(&mut self, id: &PeerId, bytes: u64) {
        let peer = self.keys().peer(id);
        if self.peers.get(peer).is_none() {
            self.out.stats.stray_inputs += 1;
            return;
        }
        self.client().bytes_received(peer, bytes);
    }

    fn receive_blocks(&mut self, peer: PeerKey, blocks: Vec<(Cid, Block)>) {
        let mut arrivals = Vec::new();
        for (_, block) in blocks {
            let hash = self.keys().multihash(block.multihash());
            if !self.client.wants.of_hash(hash).is_empty() {
                self.client().receive_block(peer, hash, &block, &mut arrivals);
            } else if !self.relay().receive_block(peer, hash, &block) {
                self.client().receive_unwanted(peer, hash, block.len());
            }
        }
        self.client().write(arrivals);
    }

    fn receive_presence(&mut self, peer: PeerKey, cid: &Cid, presence: BlockPresence) {
        let (has, key) = (presence.is_have(), self.keys().cid(cid));
        let client = &mut self.out.stats.client;
        *if has { &mut client.haves } else { &mut client.dont_haves } += 1;
        self.peers.want_answered(peer, key, if has { Answer::Have } else { Answer::DontHave });
        let known = self.peers.get(peer);
        let is_relayed = known.is_some_and(|known| known.relay.asked.contains(&key));
        if is_relayed {
            self.relay().hear(peer, key, presence);
        }
        self.client().receive_presence(peer, (key, cid), presence, is_relayed);
        self.carry_effects();
    }

    fn receive_entries(&mut self, peer: PeerKey, full: bool, entries: &[Entry]) {
        let keys = self.keys();
        if full {
            let listed: Vec<CidKey> = entries.iter().map(|it| keys.cid(it.cid())).collect();
            self.server().withdraw_all_but(peer, listed);
            self.carry_effects();
        }
        for entry in entries {
            self.server().receive_entry(peer, keys.cid_and_hash(entry.cid()), entry);
            self.carry_effects();
        }
    }
}
