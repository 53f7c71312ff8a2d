//! A message leaves: what it says must be so, and the node must be one to say it.

use bitswap_core::wire::{BlockPresence, Entry, Message, RelayHeader, WantKind};
use bitswap_core::{Block, Lane, SendId};
use cid::Cid;
use libp2p_identity::PeerId;

use super::{CheckResult, InvariantChecker, name, violation};

impl InvariantChecker {
    pub(super) fn note_send(
        &mut self,
        peer: &PeerId,
        (lane, send): (Lane, SendId),
        message: &Message,
    ) -> CheckResult {
        let to = name::of_peer(peer);
        let Some(known) = self.peers.get_mut(&to) else {
            return violation(8, || format!("a message to {peer}, who is not there"));
        };
        self.check_counts.note(7);
        known.departs((self.now, lane, send), message, &self.config.limits)?;
        self.fairness.moving += usize::from(!message.blocks.is_empty());
        if message.full || !message.entries.is_empty() {
            self.check_counts.note(5);
            known.begins_list(self.now, message)?;
        }
        for entry in &message.entries {
            self.note_entry(to, entry)?;
        }
        for (cid, block) in &message.blocks {
            self.note_block((to, send), cid, block)?;
        }
        for (cid, presence) in &message.presences {
            self.note_presence(to, cid, *presence)?;
        }
        Ok(())
    }

    /// I4, I6, I12: only what somebody waits for is wanted.
    fn note_entry(&mut self, to: u64, entry: &Entry) -> CheckResult {
        self.check_counts.note(6);
        if let Some(known) = self.peers.get_mut(&to) {
            known.tells(self.now, entry)?;
        }
        let Entry::Want { cid, kind, relay: reach, .. } = entry else {
            return Ok(());
        };
        self.check_counts.note(4);
        let of_cid = name::of_cid(cid);
        let is_own = self.callers.waiting_for(of_cid) > 0;
        let is_passed_on = self.relay.is_live(self.now, of_cid);
        if !is_own && !is_passed_on {
            return violation(4, || format!("{cid} is wanted, and nobody waits for it"));
        }
        self.current.told.push((to, *cid, *kind));
        if !is_passed_on && *kind == WantKind::Have {
            let ttl = reach.as_ref().map_or(0, RelayHeader::ttl);
            self.current.probes.push((to, *cid, ttl));
        }
        let Some(reach) = reach else {
            return Ok(());
        };
        self.check_counts.note(12);
        // Whose want was refused, answered or dropped for want of room, is forgotten.
        let want = self.peers.get(&to).and_then(|known| known.wants.get(&of_cid));
        let asks = want.is_some_and(|want| want.is_searched);
        self.relay.leaves(self.now, (of_cid, to, asks), reach, is_own)
    }

    /// I9, I13: what is given is asked for, and what is on its way is for its requesters only.
    fn note_block(&mut self, (to, send): (u64, SendId), cid: &Cid, block: &Block) -> CheckResult {
        let Some(known) = self.peers.get_mut(&to) else {
            return Ok(());
        };
        self.check_counts.note(9);
        let inline = self.config.have_replace_bytes;
        let want = known.gives(send, (cid, block.len()), inline)?;
        self.fairness.forget(to);
        if block.multihash() != cid.hash() {
            return violation(3, || format!("{cid} is not what was sent"));
        }
        let of_bytes = name::of_hash(block.multihash());
        self.relay.served(self.now, of_bytes);
        if self.stored.contains(&of_bytes) {
            return Ok(());
        }
        self.check_counts.note(13);
        if !self.relay.had(of_bytes) {
            return violation(9, || format!("{cid} is sent, and it is not here"));
        }
        if !want.reaches {
            return violation(13, || {
                format!("{cid} is on its way to others, and was sent to a stranger")
            });
        }
        Ok(())
    }

    /// I9, I13: nobody is promised what is not there.
    fn note_presence(&mut self, to: u64, cid: &Cid, presence: BlockPresence) -> CheckResult {
        let Some(known) = self.peers.get(&to) else {
            return Ok(());
        };
        self.check_counts.note(9);
        let want = known.answers(cid, presence)?;
        let of_bytes = name::of_hash(cid.hash());
        if let Some(want) =
            self.peers.get_mut(&to).and_then(|it| it.wants.get_mut(&name::of_cid(cid)))
        {
            want.is_searched = matches!(presence, BlockPresence::Searching { .. });
            want.setbacks += u32::from(presence == BlockPresence::DontHave);
        }
        match presence {
            BlockPresence::Have if !self.stored.contains(&of_bytes) => {
                let invariant = if self.relay.had(of_bytes) { 13 } else { 9 };
                violation(invariant, || format!("HAVE for {cid}, which is not here"))
            }
            BlockPresence::Reachable { .. } | BlockPresence::Searching { .. } if !want.reaches => {
                violation(12, || format!("{presence:?} for {cid}, which was not to be passed on"))
            }
            BlockPresence::Have
            | BlockPresence::DontHave
            | BlockPresence::Reachable { .. }
            | BlockPresence::Searching { .. } => Ok(()),
        }
    }
}
