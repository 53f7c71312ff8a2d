//! The table of wants: their callers, and what each peer was asked. Decides nothing.

mod asked;

use std::collections::BTreeMap;

use cid::Cid;
use smallvec::{SmallVec, smallvec};

use super::searches::BroadcastParams;
use crate::deadlines::Deadlines;
use crate::ids::{CallId, CidKey, HashKey, PeerKey, SessionId};
use crate::map::Table;
use crate::peers::Peers;
use crate::time::Timestamp;

pub(crate) use asked::{SaidBy, ScheduledWant, SentWant};

/// A caller that waits for a want, and the session it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) session: SessionId,
    pub(crate) call: CallId,
}

/// The phase of a want: what is being done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The local store is being read, and no peer was asked yet.
    #[default]
    OwnStore,
    /// The peer selector of its session is asked next.
    Undecided,
    /// The peer selector gave it no ask while the session has others in flight.
    HeldBack,
    /// A search for holders is running.
    Searching,
    /// A want-block is in flight or scheduled.
    Asked,
}

/// A CID that at least one caller waits for.
#[derive(Debug, Default)]
pub(crate) struct Want {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    /// Grows with each want: older wants have smaller numbers.
    pub(crate) order: u64,
    pub(crate) since: Timestamp,
    pub(crate) priority: i32,
    /// How many bytes it has, as its first caller told.
    pub(crate) told_bytes: Option<u32>,
    pub(crate) interest: SmallVec<[Interest; 1]>,
    pub(crate) failed_asks: u32,
    /// Number of peers that answered HAVE and did not send the block when they were asked.
    pub(crate) haves_without_block: u32,
    /// Peers that routing named as providers, connected or not.
    pub(crate) providers: Vec<PeerKey>,
    /// State of the read of the local store.
    pub(crate) own_store: OwnStore,
    phase: Phase,
    /// Id of the want where it is relayed, once it may be.
    pub(crate) relay_id: Option<u64>,
    /// When a search last broadcast it.
    pub(crate) broadcast_at: Option<Timestamp>,
    /// How the peers are asked that this broadcast left for later, if there are any.
    pub(crate) for_others: Option<BroadcastParams>,
    /// When its providers were last looked up.
    pub(crate) looked_up_at: Option<Timestamp>,
    /// Whether the search knows that no member can serve it, since a peer was last asked for it.
    pub(crate) search_knows: bool,
    /// Until when a relaying peer searches for it.
    pub(crate) searching_until: Timestamp,
    /// How often a peer disconnected after it was asked.
    pub(crate) disconnected: u32,
    asked: Table<PeerKey, SentWant>,
    /// The peers to which a want-block is in flight.
    block_asks_open: SmallVec<[PeerKey; 1]>,
    pub(super) planned: Table<PeerKey, ScheduledWant>,
}

/// What the local store answered for a want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OwnStore {
    /// The store failed to read: it is read again while peers are asked.
    Failed,
    /// The store is read again.
    AskedAgain,
    /// The store lacks the block, or was not read yet.
    #[default]
    Missing,
}

impl Want {
    pub(crate) const fn phase(&self) -> Phase {
        self.phase
    }

    /// The session whose peer selector decides about this want: that of its oldest caller.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.interest.first().map(|interest| interest.session)
    }

    /// Whether a session waits for the want.
    pub(crate) fn waits_in(&self, session: SessionId) -> bool {
        self.interest.iter().any(|interest| interest.session == session)
    }

    /// The sessions that wait for the want, each once and in order. Nearly always there is one.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = SessionId> + use<> {
        let first = self.session();
        let mut others = Vec::new();
        if self.interest.iter().any(|interest| Some(interest.session) != first) {
            others.extend(self.interest.iter().map(|interest| interest.session));
            others.sort_unstable();
            others.dedup();
        }
        first.filter(|_| others.is_empty()).into_iter().chain(others)
    }
}

/// The table of all open wants.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    /// Boxed, since entries of a table move when it grows or another is removed.
    open: Table<CidKey, Box<Want>>,
    by_hash: Table<HashKey, SmallVec<[CidKey; 1]>>,
    /// Number of wants and sessions that use each hash function and digest length.
    hashes: BTreeMap<(u64, u8), usize>,
    open_hashes: Vec<(u64, u8)>,
    /// When scheduled asks are due.
    planned: Deadlines<(CidKey, PeerKey)>,
    /// Number of open wants in each phase, so that nobody has to walk them to tell it.
    in_phase: [usize; 5],
    opened: u64,
}

impl Wants {
    /// Opens a want, or adds a caller to an open one. `None` if another CID with the same key is
    /// open, which changes nothing; true if the want is new.
    pub(crate) fn open(
        &mut self,
        now: Timestamp,
        (key, cid, hash): (CidKey, Cid, HashKey),
        interest: Interest,
        priority: i32,
    ) -> Option<bool> {
        if let Some(want) = self.open.get_mut(&key) {
            if want.cid != cid {
                return None;
            }
            want.priority = want.priority.max(priority);
            if !want.interest.contains(&interest) {
                want.interest.push(interest);
            }
            return Some(false);
        }
        self.opened += 1;
        let want = Want {
            cid,
            hash,
            order: self.opened,
            since: now,
            priority,
            interest: smallvec![interest],
            ..Want::default()
        };
        self.in_phase[want.phase as usize] += 1;
        self.open.insert(key, Box::new(want));
        self.by_hash.or_default(hash).push(key);
        self.use_hash(hash_kind(&cid));
        Some(true)
    }

    /// Removes a want. The caller has handled [`Self::take_asked`] before.
    pub(crate) fn close(&mut self, peers: &mut Peers, key: CidKey) -> Option<Box<Want>> {
        let want = self.open.remove(&key)?;
        self.in_phase[want.phase as usize] -= 1;
        for peer in want.planned.keys() {
            self.planned.cancel((key, *peer));
            if let Some(known) = peers.get_mut(*peer) {
                known.asked.remove(&key);
            }
        }
        if let Some(keys) = self.by_hash.get_mut(&want.hash) {
            keys.retain(|other| *other != key);
            if keys.is_empty() {
                self.by_hash.remove(&want.hash);
            }
        }
        self.release_hash(hash_kind(&want.cid));
        Some(want)
    }

    /// Takes all asks of a want, with the peers that were asked; the caller removes the want from
    /// what these were asked.
    pub(crate) fn take_asked(&mut self, key: CidKey) -> Vec<(PeerKey, SentWant)> {
        let Some(want) = self.open.get_mut(&key) else {
            return Vec::new();
        };
        want.block_asks_open.clear();
        std::mem::take(&mut want.asked).into_iter().collect()
    }

    /// Removes one of several callers; true if an ask that was scheduled for its session is
    /// dropped.
    pub(crate) fn drop_interest(&mut self, peers: &mut Peers, key: CidKey, call: CallId) -> bool {
        let Some(want) = self.open.get_mut(&key) else {
            return false;
        };
        want.interest.retain(|interest| interest.call != call);
        let planned = want.planned.iter().filter(|(_, ask)| !want.waits_in(ask.session));
        let over: Vec<PeerKey> = planned.map(|(peer, _)| *peer).collect();
        for peer in &over {
            self.take_planned(peers, key, *peer);
        }
        !over.is_empty()
    }

    /// The asks for a want that are scheduled, with their moments.
    pub(crate) fn scheduled_for(&self, key: CidKey) -> Vec<(PeerKey, Timestamp)> {
        let planned = self.open.get(&key).into_iter().flat_map(|want| want.planned.keys());
        planned.filter_map(|peer| Some((*peer, self.planned.of((key, *peer))?))).collect()
    }

    pub(crate) fn get(&self, key: CidKey) -> Option<&Want> {
        self.open.get(&key).map(Box::as_ref)
    }

    /// Moves a want to another phase; returns its session, its order and its former phase.
    pub(crate) fn set_phase(
        &mut self,
        key: CidKey,
        phase: Phase,
    ) -> Option<(SessionId, u64, Phase)> {
        let want = self.open.get_mut(&key)?;
        let session = want.session()?;
        let before = std::mem::replace(&mut want.phase, phase);
        self.in_phase[before as usize] -= 1;
        self.in_phase[phase as usize] += 1;
        Some((session, want.order, before))
    }

    /// Number of open wants in a phase.
    pub(crate) const fn in_phase(&self, phase: Phase) -> usize {
        self.in_phase[phase as usize]
    }

    pub(crate) fn get_mut(&mut self, key: CidKey) -> Option<&mut Want> {
        self.open.get_mut(&key).map(Box::as_mut)
    }

    /// The open wants that a block with this multihash satisfies.
    pub(crate) fn of_hash(&self, hash: HashKey) -> &[CidKey] {
        self.by_hash.get(&hash).map_or(&[], SmallVec::as_slice)
    }

    /// Counts one more user of a hash function and digest length: payloads of it must be hashed.
    pub(crate) fn use_hash(&mut self, kind: (u64, u8)) {
        let users = self.hashes.entry(kind).or_default();
        *users += 1;
        if *users == 1 {
            self.open_hashes = self.hashes.keys().copied().collect();
        }
    }

    /// Counts one user less of a hash function and digest length.
    pub(crate) fn release_hash(&mut self, kind: (u64, u8)) {
        let Some(users) = self.hashes.get_mut(&kind) else {
            return;
        };
        *users -= 1;
        if *users == 0 {
            self.hashes.remove(&kind);
            self.open_hashes = self.hashes.keys().copied().collect();
        }
    }

    /// The hash functions and digest lengths whose payloads must be hashed, in order.
    pub(crate) fn open_hashes(&self) -> &[(u64, u8)] {
        &self.open_hashes
    }

    /// All open wants, in the table's order; for the engine's own checks.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CidKey, &Want)> {
        self.open.iter().map(|(key, want)| (*key, &**want))
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether a peer was asked for anything that is open; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let is_named = |want: &Want| want.asked.contains(&peer) || want.planned.contains(&peer);
        self.open.values().map(Box::as_ref).any(is_named)
    }

    /// When the next scheduled ask is due.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.planned.next()
    }

    /// Whether nothing is open; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        self.planned.next().is_none() && self.open.is_empty() && self.by_hash.is_empty()
    }
}

/// The hash function and digest length of a CID.
pub(crate) fn hash_kind(cid: &Cid) -> (u64, u8) {
    (cid.hash().code(), cid.hash().size())
}
