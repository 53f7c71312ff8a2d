//! Rules of an operator about blocks and peers: read from settings and lists, asked by the network,
//! and replaced while a node runs. What they cause is the network's.

mod denylist;
mod digest;
mod errors;
mod read;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bitswap_net::{Denial, Filter};
use cid::Cid;
use libp2p::PeerId;

pub use self::read::FilterError;

use self::rules::{RuleSet, Verdict};
use crate::config::FilterSettings;

/// The rules in force in one node; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Filters(Arc<InForce>);

#[derive(Debug, Default)]
struct InForce {
    lists: RwLock<Arc<Lists>>,
    /// Whether there is any rule: a node without them asks no more than that.
    any: AtomicBool,
}

/// All rules of a configuration.
#[derive(Debug, Default, PartialEq)]
pub struct Lists {
    deny: RuleSet,
    /// If there is one, it has to name a block.
    allow: Option<RuleSet>,
    deny_peers: BTreeSet<PeerId>,
    /// If it names anybody, it has to name a peer.
    allow_peers: BTreeSet<PeerId>,
    /// The files that were read.
    files: BTreeSet<PathBuf>,
    /// Lines that are not in force: about paths or names, or not understood.
    skipped: u64,
    /// Where they stand, and why.
    pub notes: Vec<String>,
}

impl Lists {
    /// Reads the lists of these settings; relative paths begin in `folder`.
    ///
    /// # Errors
    /// A list cannot be read as a whole, or there are too many rules. Lines that are not understood
    /// are noted, and left out.
    pub fn read(settings: &FilterSettings, folder: &Path) -> Result<Self, FilterError> {
        read::lists(settings, folder)
    }

    /// Logs which lines are not in force.
    pub fn log_notes(&self) {
        for note in &self.notes {
            tracing::warn!("{note}");
        }
    }

    /// Rules about blocks, and about peers, and lines that are not in force.
    pub fn counts(&self) -> [u64; 3] {
        let blocks = self.deny.len() + self.allow.as_ref().map_or(0, RuleSet::len);
        let peers = self.deny_peers.len() + self.allow_peers.len();
        [blocks as u64, peers as u64, self.skipped]
    }

    fn is_empty(&self) -> bool {
        self.allow.is_none() && self.counts()[..2] == [0, 0]
    }

    fn denies_block(&self, cid: &Cid) -> Option<Denial> {
        if let Some(Verdict::Named(rule)) = self.deny.verdict(cid) {
            return Some(Denial(rule.into()));
        }
        let allow = self.allow.as_ref()?;
        match allow.verdict(cid) {
            Some(Verdict::Named(_)) => None,
            Some(Verdict::Excepted(rule)) => Some(Denial(rule.into())),
            None => Some(Denial("the allowlists, which do not name it".into())),
        }
    }

    fn denies_peer(&self, peer: &PeerId) -> Option<Denial> {
        if self.deny_peers.contains(peer) {
            return Some(Denial("filter.deny_peers".into()));
        }
        let is_named = self.allow_peers.is_empty() || self.allow_peers.contains(peer);
        (!is_named).then(|| Denial("filter.allow_peers, which does not name it".into()))
    }
}

impl Filters {
    /// These rules are in force from the start.
    pub(crate) fn of(lists: Lists) -> Self {
        let filters = Self::default();
        filters.replace(lists);
        filters
    }

    /// Puts other rules in force; false if they are the same.
    pub(crate) fn replace(&self, lists: Lists) -> bool {
        let mut in_force = self.0.lists.write().unwrap_or_else(PoisonError::into_inner);
        if **in_force == lists {
            return false;
        }
        self.0.any.store(!lists.is_empty(), Ordering::Release);
        *in_force = Arc::new(lists);
        true
    }

    /// Those that are in force.
    pub(crate) fn lists(&self) -> Arc<Lists> {
        Arc::clone(&self.0.lists.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The files that they were read from.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        self.lists().files.clone()
    }
}

impl Filter for Filters {
    fn denies_block(&self, cid: &Cid) -> Option<Denial> {
        if self.denies_nothing() { None } else { self.lists().denies_block(cid) }
    }

    fn denies_peer(&self, peer: &PeerId) -> Option<Denial> {
        if self.denies_nothing() { None } else { self.lists().denies_peer(peer) }
    }

    fn denies_nothing(&self) -> bool {
        !self.0.any.load(Ordering::Acquire)
    }
}
