//! The model: what was accepted and what was promised, and when, counted in effects of the disk.

use std::collections::BTreeMap;

use bitswap_core::Block;

use crate::block_store::Multihash;

#[derive(Debug, Default)]
pub(super) struct Book {
    leaves: BTreeMap<Multihash, Leaf>,
}

/// All that became of one block, oldest first.
#[derive(Debug)]
struct Leaf {
    block: Block,
    acts: Vec<Act>,
}

/// It was put or deleted.
#[derive(Debug)]
struct Act {
    there: bool,
    accepted: usize,
    durable: Option<usize>,
}

/// One act of one block.
pub(super) type ActId = (Multihash, usize);

/// How a block may be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) there: bool,
    pub(super) absent: bool,
}

impl Book {
    pub(super) fn accept(&mut self, block: &Block, there: bool, at: usize) -> ActId {
        let begin = || Leaf { block: block.clone(), acts: vec![Act::settled(false, 0)] };
        let leaf = self.leaves.entry(*block.multihash()).or_insert_with(begin);
        leaf.acts.push(Act { there, accepted: at, durable: None });
        (*block.multihash(), leaf.acts.len() - 1)
    }

    pub(super) fn promise(&mut self, acts: &[ActId], at: usize) {
        for (hash, number) in acts {
            let act = self.leaves.get_mut(hash).and_then(|leaf| leaf.acts.get_mut(*number));
            if let Some(act) = act {
                act.durable.get_or_insert(at);
            }
        }
    }

    /// All that is accepted is durable.
    pub(super) fn promise_all(&mut self, at: usize) {
        for act in self.leaves.values_mut().flat_map(|leaf| &mut leaf.acts) {
            act.durable.get_or_insert(at);
        }
    }

    /// This is how a block was found when the store was opened.
    pub(super) fn found(&mut self, hash: &Multihash, there: bool, at: usize) {
        if let Some(leaf) = self.leaves.get_mut(hash) {
            leaf.acts.push(Act::settled(there, at));
        }
    }

    /// Another life of the store begins with what was found.
    pub(super) fn begin(&mut self, found: &BTreeMap<Multihash, bool>) {
        for (hash, leaf) in &mut self.leaves {
            let there = found.get(hash).copied().unwrap_or_default();
            leaf.acts = vec![Act::settled(there, 0)];
        }
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.leaves.values().map(|leaf| &leaf.block)
    }

    pub(super) fn block(&self, hash: &Multihash) -> Option<&Block> {
        self.leaves.get(hash).map(|leaf| &leaf.block)
    }

    /// What whoever asks now is to be told.
    pub(super) fn now(&self, hash: &Multihash) -> Option<&Block> {
        let leaf = self.leaves.get(hash)?;
        leaf.acts.last().is_some_and(|act| act.there).then_some(&leaf.block)
    }

    /// The blocks that are there now, or are known and are not.
    pub(super) fn those(&self, there: bool) -> Vec<&Block> {
        let those = self.leaves.values();
        let those = those.filter(|leaf| leaf.acts.last().is_some_and(|act| act.there == there));
        those.map(|leaf| &leaf.block).collect()
    }

    /// How a block may be found if the power goes when so much has been asked of the disk: as the
    /// last durable act left it, or any accepted after.
    pub(super) fn allowed(&self, hash: &Multihash, at: usize) -> Allowed {
        let mut allowed = Allowed::default();
        let acts = self.leaves.get(hash).map(|leaf| leaf.acts.as_slice()).unwrap_or_default();
        for act in acts {
            if act.durable.is_some_and(|durable| durable <= at) {
                allowed = Allowed::default();
            } else if act.accepted >= at {
                continue;
            }
            allowed.there |= act.there;
            allowed.absent |= !act.there;
        }
        allowed
    }
}

impl Act {
    const fn settled(there: bool, at: usize) -> Self {
        Self { there, accepted: at, durable: Some(at) }
    }
}

impl Allowed {
    pub(super) const fn only(there: bool) -> Self {
        Self { there, absent: !there }
    }

    pub(super) const fn allows(self, there: bool) -> bool {
        if there { self.there } else { self.absent }
    }

    pub(super) const fn is_promised(self) -> bool {
        self.there != self.absent
    }
}
