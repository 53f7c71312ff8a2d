//! What must be true of any engine's actions, kept by an onlooker who sees inputs and actions only.
//!
//! The numbers are those of the project's list of invariants.

use std::collections::{BTreeMap, BTreeSet};

use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bitswap_core::{Action, CallId, Input, Lane, SendId};
use cid::Cid;
use libp2p_identity::PeerId;

/// The onlooker's notes.
#[derive(Default)]
pub(crate) struct Model {
    /// What each open call has still to be told of.
    calls: BTreeMap<CallId, BTreeSet<Cid>>,
    peers: BTreeMap<PeerId, Peer>,
}

#[derive(Default)]
struct Peer {
    /// Our wants, as handed to the transport.
    told: BTreeSet<Cid>,
    /// Its wants, as it sent them.
    wants: BTreeMap<Cid, (WantKind, bool)>,
    /// On which lane, and whether it speaks of wants.
    in_flight: BTreeMap<SendId, (Lane, bool)>,
    /// Something was lost: the next list must be a full one.
    lost: bool,
}

impl Model {
    pub(crate) fn hear(&mut self, input: &Input) {
        match input {
            Input::CallOpened { call, cids, .. } => {
                self.calls.entry(*call).or_insert_with(|| cids.iter().copied().collect());
            }
            Input::CallCancelled { call } => {
                self.calls.remove(call);
            }
            Input::PeerConnected { peer, .. } => {
                self.peers.entry(*peer).or_default();
            }
            Input::PeerDisconnected { peer } => {
                self.peers.remove(peer);
            }
            Input::PeerReset { peer } => self.lose(peer),
            Input::Sent { peer, send } => {
                self.peers.get_mut(peer).map(|known| known.in_flight.remove(send));
            }
            Input::SendFailed { peer, send } => {
                let known = self.peers.get_mut(peer).and_then(|known| known.in_flight.remove(send));
                if known.is_some_and(|(_, speaks_of_wants)| speaks_of_wants) {
                    self.lose(peer);
                }
            }
            Input::MessageReceived { peer, message, .. } => self.wanted(peer, message),
            _ => {}
        }
    }

    /// The first broken invariant.
    pub(crate) fn see(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Deliver { call, cid, block } => {
                // I3
                if block.multihash() != cid.hash() {
                    return Err(format!("I3: {cid} is not what was delivered"));
                }
                self.told(*call, cid)
            }
            Action::Fail { call, cid, .. } => self.told(*call, cid),
            Action::Finish { call } => match self.calls.remove(call) {
                Some(left) if left.is_empty() => Ok(()),
                left => Err(format!("I2: {call:?} finished with {left:?} left")),
            },
            Action::Send { peer, lane, send, message } => self.sent(peer, *lane, *send, message),
            _ => Ok(()),
        }
    }

    fn lose(&mut self, peer: &PeerId) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.lost = !known.told.is_empty() || known.lost;
        }
    }

    /// I2: each call is told of each of its CIDs once, and nothing after its end.
    fn told(&mut self, call: CallId, cid: &Cid) -> Result<(), String> {
        let open = self.calls.get_mut(&call);
        if open.is_some_and(|left| left.remove(cid)) {
            Ok(())
        } else {
            Err(format!("I2: {call:?} was told of {cid}, which it did not wait for"))
        }
    }

    fn wanted(&mut self, peer: &PeerId, message: &Message) {
        let Some(known) = self.peers.get_mut(peer) else {
            return;
        };
        if message.full {
            let listed: BTreeSet<&Cid> = message.entries.iter().map(Entry::cid).collect();
            known.wants.retain(|cid, _| listed.contains(cid));
        }
        for entry in &message.entries {
            match entry {
                Entry::Cancel { cid } => {
                    known.wants.remove(cid);
                }
                Entry::Want { cid, kind, send_dont_have, reach, .. } => {
                    // Whose want is looked for farther off is told how that ends.
                    let send_dont_have = &(*send_dont_have || reach.is_some());
                    let want = known.wants.entry(*cid).or_insert((*kind, *send_dont_have));
                    *want = (want.0.max(*kind), want.1 || *send_dont_have);
                }
            }
        }
    }

    fn sent(
        &mut self,
        peer: &PeerId,
        lane: Lane,
        send: SendId,
        message: &Message,
    ) -> Result<(), String> {
        let known = self.peers.get_mut(peer).ok_or("I8: a message to nobody")?;
        // I7
        if known.in_flight.values().any(|(busy, _)| *busy == lane) {
            return Err(format!("I7: two messages on lane {lane:?}"));
        }
        let speaks_of_wants = message.full || !message.entries.is_empty();
        known.in_flight.insert(send, (lane, speaks_of_wants));
        known.check_wants(message)?;
        known.check_answers(message)
    }
}

impl Peer {
    /// I6: a cancel goes out if and only if the want did.
    fn check_wants(&mut self, message: &Message) -> Result<(), String> {
        if message.full {
            self.told.clear();
            self.lost = false;
        } else if self.lost && !message.entries.is_empty() {
            return Err("I5: a list was lost, and not made good".into());
        }
        for entry in &message.entries {
            match entry {
                Entry::Cancel { cid } if !self.told.remove(cid) => {
                    return Err(format!("I6: {cid} was cancelled without having been wanted"));
                }
                Entry::Cancel { .. } => {}
                Entry::Want { cid, .. } => {
                    self.told.insert(*cid);
                }
            }
        }
        Ok(())
    }

    /// I9: only what is wanted is answered, and no is only said to those who want to hear it.
    fn check_answers(&mut self, message: &Message) -> Result<(), String> {
        for (cid, block) in &message.blocks {
            let (kind, _) =
                self.wants.get(cid).ok_or_else(|| format!("I9: nobody wanted {cid}"))?;
            if *kind == WantKind::Have && block.len() > 1_024 {
                return Err(format!("I9: {} bytes in answer to want-have", block.len()));
            }
        }
        for (cid, presence) in &message.presences {
            // Refused and dropped wants are answered too, and then forgotten.
            let is_no =
                matches!(presence, BlockPresence::DontHave | BlockPresence::Searching { .. });
            if let Some((_, wants_to_hear_no)) = self.wants.get(cid)
                && is_no
                && !wants_to_hear_no
            {
                return Err(format!("I9: DONT_HAVE for {cid} was not asked for"));
            }
        }
        Ok(())
    }
}
