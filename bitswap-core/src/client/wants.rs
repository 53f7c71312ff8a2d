//! What we want, who of us is interested, and what each peer was asked. Decides nothing.

mod asked;

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;

use crate::client::phase::Phase;
use crate::deadlines::Deadlines;
use crate::ids::{CallId, CidKey, HashKey, PeerKey, SessionId};
use crate::map::Table;
use crate::peers::Peers;
use crate::time::Timestamp;

pub(crate) use asked::{ScheduledWant, SentWant};

/// A caller that waits for a want, and the session it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) session: SessionId,
    pub(crate) call: CallId,
}

/// A CID that at least one caller waits for.
#[derive(Debug)]
pub(crate) struct Want {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    /// Grows with each want; older wants have smaller ones.
    pub(crate) order: u64,
    pub(crate) since: Timestamp,
    pub(crate) priority: i32,
    pub(crate) interest: Vec<Interest>,
    pub(crate) failed_asks: u32,
    /// How many said that they have it, and did not send it when asked.
    pub(crate) haves_without_block: u32,
    /// Whether our own store is to be asked once more.
    pub(crate) own_store: OwnStore,
    phase: Phase,
    /// What it is called where it is passed on, once it may be.
    pub(crate) relay_id: Option<u64>,
    /// Until when a peer goes on looking for it.
    pub(crate) searching_until: Timestamp,
    asked: Table<PeerKey, SentWant>,
    /// How many of these are block asks that await an answer.
    block_asks_open: usize,
    planned: Table<PeerKey, ScheduledWant>,
}

/// What our own store said of a want after it was asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnStore {
    /// It could not say: it is asked again while others are.
    Failed,
    /// It is asked again.
    AskedAgain,
    /// It does not have it, or was not asked yet.
    Missing,
}

impl Want {
    pub(crate) const fn phase(&self) -> Phase {
        self.phase
    }

    /// The session whose selector decides for this want: that of the caller who waits longest.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.interest.first().map(|interest| interest.session)
    }

    /// Whether a session waits for it.
    pub(crate) fn waits_in(&self, session: SessionId) -> bool {
        self.interest.iter().any(|interest| interest.session == session)
    }

    /// The sessions that wait for it, each once and in order. Nearly always there is one.
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

/// All open wants.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    open: Table<CidKey, Want>,
    by_hash: Table<HashKey, Vec<CidKey>>,
    /// How many wants and sessions use each hash function and digest length.
    hashes: BTreeMap<(u64, u8), usize>,
    open_hashes: Vec<(u64, u8)>,
    /// When asks that are planned are to be made.
    planned: Deadlines<(CidKey, PeerKey)>,
    /// Wants that a peer said it has just now, and did not send.
    doubted: BTreeSet<CidKey>,
    opened: u64,
}

impl Wants {
    /// Opens a want, or adds a caller to one that is open. `None` if another CID of the same key
    /// is open, which changes nothing; true if the want is new.
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
            interest: vec![interest],
            failed_asks: 0,
            haves_without_block: 0,
            own_store: OwnStore::Missing,
            phase: Phase::OwnStore,
            relay_id: None,
            searching_until: Timestamp::ZERO,
            asked: Table::default(),
            block_asks_open: 0,
            planned: Table::default(),
        };
        self.open.insert(key, want);
        self.by_hash.or_default(hash).push(key);
        self.use_hash(hash_kind(&cid));
        Some(true)
    }

    /// Takes a want out. Whoever calls it has dealt with [`Self::asked_of`] before.
    pub(crate) fn close(&mut self, peers: &mut Peers, key: CidKey) -> Option<Want> {
        let want = self.open.remove(&key)?;
        for peer in want.planned.keys() {
            self.planned.cancel((key, *peer));
        }
        for peer in want.asked.keys().chain(want.planned.keys()) {
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

    /// One of several callers is no longer interested; true if a peer was to be asked later for its
    /// session's sake, and is not any more.
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

    pub(crate) fn get(&self, key: CidKey) -> Option<&Want> {
        self.open.get(&key)
    }

    /// Moves a want to another phase; its session, its order and the phase it was in.
    pub(crate) fn set_phase(
        &mut self,
        key: CidKey,
        phase: Phase,
    ) -> Option<(SessionId, u64, Phase)> {
        let want = self.open.get_mut(&key)?;
        let session = want.session()?;
        Some((session, want.order, std::mem::replace(&mut want.phase, phase)))
    }

    pub(crate) fn get_mut(&mut self, key: CidKey) -> Option<&mut Want> {
        self.open.get_mut(&key)
    }

    /// The open wants that a block with this multihash satisfies.
    pub(crate) fn of_hash(&self, hash: HashKey) -> &[CidKey] {
        self.by_hash.get(&hash).map_or(&[], Vec::as_slice)
    }

    /// Payloads of this hash function and digest length are worth hashing, for one user more.
    pub(crate) fn use_hash(&mut self, kind: (u64, u8)) {
        let users = self.hashes.entry(kind).or_default();
        *users += 1;
        if *users == 1 {
            self.open_hashes = self.hashes.keys().copied().collect();
        }
    }

    /// The same, for one user less.
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

    /// Hash functions and digest lengths that are worth hashing, in order.
    pub(crate) fn open_hashes(&self) -> &[(u64, u8)] {
        &self.open_hashes
    }

    /// All open wants, in the table's order; for the engine's own checks.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CidKey, &Want)> {
        self.open.iter().map(|(key, want)| (*key, want))
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether a peer was asked for anything that is open; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let is_named = |want: &Want| want.asked.contains(&peer) || want.planned.contains(&peer);
        self.open.values().any(is_named)
    }

    /// When the next planned ask is to be made.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.planned.next()
    }

    /// A peer said that it has a want, and did not send it.
    pub(crate) fn mark_for_hedging(&mut self, key: CidKey) {
        self.doubted.insert(key);
    }

    /// Takes the wants that were doubted since.
    pub(crate) fn take_for_hedging(&mut self) -> BTreeSet<CidKey> {
        std::mem::take(&mut self.doubted)
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
