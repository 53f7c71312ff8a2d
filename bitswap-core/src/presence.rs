//! Who said HAVE or DONT_HAVE of what we want. Forgets with the want and with the peer.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{CidKey, PeerKey};
use crate::map::Table;

/// The last word of each peer on each open want; a later word replaces an earlier one.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    /// True = has it.
    of_want: Table<CidKey, BTreeMap<PeerKey, bool>>,
    of_peer: Table<PeerKey, BTreeSet<CidKey>>,
}

impl Presences {
    /// Notes that `peer` has, or lacks, what `key` names.
    pub(crate) fn note(&mut self, key: CidKey, peer: PeerKey, has: bool) {
        self.of_want.or_default(key).insert(peer, has);
        self.of_peer.or_default(peer).insert(key);
    }

    /// What `peer` said last.
    pub(crate) fn of(&self, key: CidKey, peer: PeerKey) -> Option<bool> {
        self.of_want.get(&key)?.get(&peer).copied()
    }

    /// Who says that they have it, in key order.
    pub(crate) fn holders(&self, key: CidKey) -> impl Iterator<Item = PeerKey> {
        let said = self.of_want.get(&key).into_iter().flatten();
        said.filter(|(_, has)| **has).map(|(peer, _)| *peer)
    }

    /// What `peer` says that it has.
    pub(crate) fn held_by(&self, peer: PeerKey) -> impl Iterator<Item = CidKey> {
        let spoken_of = self.of_peer.get(&peer).into_iter().flatten().copied();
        spoken_of.filter(move |key| self.of(*key, peer) == Some(true))
    }

    /// Nobody wants it any more.
    pub(crate) fn forget_want(&mut self, key: CidKey) {
        let Some(said) = self.of_want.remove(&key) else {
            return;
        };
        for peer in said.keys() {
            if let Some(keys) = self.of_peer.get_mut(peer) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.of_peer.remove(peer);
                }
            }
        }
    }

    /// The peer is gone, or is asked anew.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey) {
        for key in self.of_peer.remove(&peer).unwrap_or_default() {
            if let Some(said) = self.of_want.get_mut(&key) {
                said.remove(&peer);
                if said.is_empty() {
                    self.of_want.remove(&key);
                }
            }
        }
    }

    /// `peer` is asked once more: its last word no longer counts.
    pub(crate) fn forget(&mut self, key: CidKey, peer: PeerKey) {
        if let Some(said) = self.of_want.get_mut(&key) {
            said.remove(&peer);
        }
        if let Some(keys) = self.of_peer.get_mut(&peer) {
            keys.remove(&key);
        }
    }

    /// Words remembered for wants; for the engine's own checks.
    pub(crate) fn wants(&self) -> impl Iterator<Item = CidKey> {
        self.of_want.keys().copied()
    }

    /// Whether a peer's word is remembered; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        self.of_peer.contains(&peer)
    }
}
