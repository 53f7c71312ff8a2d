//! Says that it has everything, and answers when it is too late.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bitswap_core::{Chance, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::have_liar::{answer, wanted};
use super::{Aggressiveness, Hostile, HostileAction, HostileActions, Knowledge};

/// HAVE at once. What is asked for comes, if it can, after everybody has stopped waiting; until
/// then it says whatever makes others wait longer.
#[derive(Debug)]
pub(super) struct Staller {
    knowledge: Arc<Knowledge>,
    way: Way,
    /// How often it will still say that it is looking.
    searches_left: u64,
    /// Blocks asked for and not cancelled, by when the answer is due.
    owed: BTreeSet<(Timestamp, PeerId, Cid)>,
    due: BTreeMap<(PeerId, Cid), Timestamp>,
    /// What each peer calls its wants.
    ids: BTreeMap<(PeerId, Cid), u64>,
}

/// How it makes others wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The answer comes after eight seconds: the longest that silence may last is seven.
    Late,
    /// One DONT_HAVE each second, of many asks: a peer that still answers is not silent.
    Piecemeal,
    /// It says again and again that it is still looking.
    Searching,
}

const LATE: Duration = Duration::from_secs(8);
const SECOND: Duration = Duration::from_secs(1);
/// What it owes at once; more is forgotten.
const MOST: usize = 4_096;

impl Staller {
    pub(super) fn new(
        knowledge: Arc<Knowledge>,
        level: &Aggressiveness,
        chance: &mut Chance,
    ) -> Self {
        Self {
            knowledge,
            way: [Way::Late, Way::Piecemeal, Way::Searching][chance.below(3) as usize],
            searches_left: level.actions,
            owed: BTreeSet::new(),
            due: BTreeMap::new(),
            ids: BTreeMap::new(),
        }
    }

    fn owe(&mut self, at: Timestamp, peer: PeerId, cid: Cid) {
        if self.owed.len() < MOST {
            self.forgive(peer, cid);
            self.owed.insert((at, peer, cid));
            self.due.insert((peer, cid), at);
        }
    }

    fn forgive(&mut self, peer: PeerId, cid: Cid) {
        if let Some(at) = self.due.remove(&(peer, cid)) {
            self.owed.remove(&(at, peer, cid));
        }
    }

    fn asked(&mut self, now: Timestamp, peer: PeerId, entry: &Entry, actions: &mut HostileActions) {
        match *entry {
            Entry::Cancel { cid } => {
                self.forgive(peer, cid);
                self.ids.remove(&(peer, cid));
            }
            Entry::Want { cid, kind, relay: reach, .. } => {
                if let Some(reach) = reach.filter(|_| self.ids.len() < MOST) {
                    self.ids.insert((peer, cid), reach.want_id);
                }
                if kind == WantKind::Have {
                    return;
                }
                let wait = match self.way {
                    Way::Late => LATE,
                    // Each a second after the one before.
                    Way::Piecemeal => SECOND * (self.owed.len() as u32 + 1),
                    Way::Searching => {
                        self.search(peer, cid, actions);
                        SECOND
                    }
                };
                self.owe(now.after(wait), peer, cid);
            }
        }
    }

    /// Says that it is looking; true if it can.
    fn search(&mut self, peer: PeerId, cid: Cid, actions: &mut HostileActions) -> bool {
        let Some(want_id) = self.ids.get(&(peer, cid)).filter(|_| self.searches_left > 0) else {
            return false;
        };
        self.searches_left -= 1;
        let said = BlockPresence::Searching { for_ms: u32::MAX, want_id: *want_id };
        answer(peer, std::iter::once(cid), said, actions);
        true
    }

    fn settle(&mut self, now: Timestamp, peer: PeerId, cid: Cid, actions: &mut HostileActions) {
        self.due.remove(&(peer, cid));
        if self.way == Way::Searching && self.search(peer, cid, actions) {
            return self.owe(now.after(SECOND), peer, cid);
        }
        match self.knowledge.block(&cid).filter(|_| self.way == Way::Late) {
            Some(block) => {
                let blocks = vec![(cid, block.clone())];
                actions.push(HostileAction::Say {
                    peer,
                    message: Message { blocks, ..Message::default() },
                });
            }
            None => answer(peer, std::iter::once(cid), BlockPresence::DontHave, actions),
        }
    }
}

impl Hostile for Staller {
    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        answer(peer, wanted(message), BlockPresence::Have, actions);
        for entry in &message.entries {
            self.asked(now, peer, entry, actions);
        }
    }

    fn lose(&mut self, _: Timestamp, peer: PeerId, _: &mut HostileActions) {
        self.owed.retain(|(_, other, _)| *other != peer);
        self.due.retain(|(other, _), _| *other != peer);
        self.ids.retain(|(other, _), _| *other != peer);
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        while let Some((_, peer, cid)) = self.owed.first().copied().filter(|(at, ..)| *at <= now) {
            self.owed.pop_first();
            self.settle(now, peer, cid, actions);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        Some(self.owed.first()?.0)
    }
}
