//! How often CIDs were looked up in vain lately: wants that perhaps nobody can fulfil.

use std::collections::HashMap;
use std::mem;

use cid::Cid;

/// After so many CIDs, those that came before as many others are forgotten.
const GENERATION: usize = 4_096;

/// CIDs for which nobody was found, in two generations.
#[derive(Debug, Default)]
pub(super) struct Vain {
    young: HashMap<Cid, u32>,
    old: HashMap<Cid, u32>,
}

impl Vain {
    /// Nobody was found.
    pub(super) fn add(&mut self, cid: Cid) {
        let times = self.times(&cid).saturating_add(1);
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(cid, times);
    }

    /// Somebody was found.
    pub(super) fn remove(&mut self, cid: &Cid) {
        self.young.remove(cid);
        self.old.remove(cid);
    }

    /// How often nobody was found, in a row.
    pub(super) fn times(&self, cid: &Cid) -> u32 {
        self.young.get(cid).or_else(|| self.old.get(cid)).copied().unwrap_or(0)
    }
}
