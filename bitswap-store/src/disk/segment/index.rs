//! Where each block lies: in memory, at about 60 bytes a block.
//!
//! Keys of usual length lie in an array beside their places, and a hash table has their numbers in
//! it. There are 256 such parts, each with a lock of its own, so that none grows for long while
//! others wait, and so that a walk needs to sort one part only.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip::SipHasher13;

use crate::block_store::Multihash;
use crate::disk::key::Key;
use crate::disk::segment::frame::Secret;

/// Of the usual hashes of 32 bytes.
const USUAL: usize = 36;
const PARTS: usize = 256;

/// Where a block's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: u32,
    pub(super) at: u32,
    pub(super) length: u32,
}

#[derive(Debug)]
pub(super) struct Index {
    parts: Vec<RwLock<Part>>,
    secret: Secret,
}

/// Keys whose last byte is the same.
#[derive(Debug, Default)]
struct Part {
    usual: Table<USUAL>,
    others: BTreeMap<Key, Place>,
}

impl Index {
    pub(super) fn new(secret: Secret) -> Self {
        Self { parts: (0..PARTS).map(|_| RwLock::default()).collect(), secret }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Place> {
        let part = self.parts.get(part_of(key))?.read();
        let part = part.unwrap_or_else(PoisonError::into_inner);
        match padded(key) {
            Some(usual) => part.usual.get(self.hash(&usual), &usual),
            None => part.others.get(key).copied(),
        }
    }

    /// Where it was before.
    pub(super) fn insert(&self, key: &Key, place: Place) -> Option<Place> {
        let part = self.parts.get(part_of(key))?.write();
        let mut part = part.unwrap_or_else(PoisonError::into_inner);
        match padded(key) {
            Some(usual) => part.usual.insert(usual, place, |key| self.hash(key)),
            None => part.others.insert(*key, place),
        }
    }

    /// Where it was.
    pub(super) fn remove(&self, key: &Key) -> Option<Place> {
        let part = self.parts.get(part_of(key))?.write();
        let mut part = part.unwrap_or_else(PoisonError::into_inner);
        match padded(key) {
            Some(usual) => part.usual.remove(&usual, |key| self.hash(key)),
            None => part.others.remove(key),
        }
    }

    /// All that lies in a segment, from its beginning on.
    pub(super) fn in_segment(&self, segment: u32) -> Vec<(Key, Place)> {
        let mut found = Vec::new();
        for part in &self.parts {
            let part = part.read().unwrap_or_else(PoisonError::into_inner);
            found.extend(part.each().filter(|(_, place)| place.segment == segment));
        }
        found.sort_unstable_by_key(|(_, place)| place.at);
        found
    }

    /// Up to `most` keys behind `after`, with `accepted` laid over them, where `false` is a
    /// deletion. Keys come by their last byte, and then in their order.
    pub(super) fn keys(
        &self,
        after: &Key,
        accepted: &BTreeMap<Key, bool>,
        most: usize,
    ) -> Vec<Key> {
        let mut found: Vec<Key> = Vec::new();
        let first = if after.is_empty() { 0 } else { part_of(after) };
        for (number, part) in self.parts.iter().enumerate().skip(first) {
            let from = if number == first { *after } else { Key::FIRST };
            let mut keys: Vec<_> = {
                let part = part.read().unwrap_or_else(PoisonError::into_inner);
                let held = part.each().map(|(key, _)| key).filter(|key| *key > from);
                held.filter(|key| !accepted.contains_key(key)).collect()
            };
            let over = accepted.range((Bound::Excluded(from), Bound::Unbounded));
            let over = over.filter(|(key, there)| **there && part_of(key) == number);
            keys.extend(over.map(|(key, _)| *key));
            keys.sort_unstable();
            found.extend(keys.iter().take(most - found.len()));
            if found.len() >= most {
                break;
            }
        }
        found
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> u64 {
        let parts = self.parts.iter();
        parts.map(|part| part.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> u64 {
        let parts = self.parts.iter();
        parts.map(|part| part.read().unwrap_or_else(PoisonError::into_inner).bytes()).sum()
    }

    fn hash(&self, key: &[u8; USUAL]) -> u64 {
        SipHasher13::new_with_key(&self.secret).hash(key)
    }
}

impl Part {
    fn len(&self) -> u64 {
        (self.others.len() + self.usual.numbers.len()) as u64
    }

    fn bytes(&self) -> u64 {
        // A tree's nodes are two thirds full, as a rule.
        let others = self.others.len() * size_of::<(Key, Place)>() * 3 / 2;
        let slots = self.usual.slots.capacity() * size_of::<Slot<USUAL>>();
        (others + slots + self.usual.numbers.allocation_size()) as u64
    }

    fn each(&self) -> impl Iterator<Item = (Key, Place)> {
        let usual = self.usual.slots.iter().filter_map(|slot| Some((slot.key()?, slot.place)));
        usual.chain(self.others.iter().map(|(key, place)| (*key, *place)))
    }
}

/// Keys of at most `N` bytes, in no order.
#[derive(Debug)]
struct Table<const N: usize> {
    numbers: HashTable<u32>,
    slots: Vec<Slot<N>>,
}

#[derive(Clone, Copy, Debug)]
struct Slot<const N: usize> {
    /// Zeros behind it do not make it another: it says how long it is.
    key: [u8; N],
    place: Place,
}

impl<const N: usize> Default for Table<N> {
    fn default() -> Self {
        Self { numbers: HashTable::new(), slots: Vec::new() }
    }
}

impl<const N: usize> Table<N> {
    fn get(&self, hash: u64, key: &[u8; N]) -> Option<Place> {
        let number = self.numbers.find(hash, |number| is(&self.slots, *number, key))?;
        self.slots.get(*number as usize).map(|slot| slot.place)
    }

    fn insert(
        &mut self,
        key: [u8; N],
        place: Place,
        hash: impl Fn(&[u8; N]) -> u64,
    ) -> Option<Place> {
        let Self { numbers, slots } = self;
        let rehash = |number: &u32| slots.get(*number as usize).map_or(0, |slot| hash(&slot.key));
        let found = numbers.entry(hash(&key), |number| is(slots, *number, &key), rehash);
        match found {
            Entry::Occupied(found) => {
                let slot = slots.get_mut(*found.get() as usize)?;
                Some(std::mem::replace(&mut slot.place, place))
            }
            Entry::Vacant(free) => {
                free.insert(slots.len() as u32);
                // Doubling would leave half of it empty.
                if slots.len() == slots.capacity() {
                    slots.reserve_exact((slots.len() / 8).max(8));
                }
                slots.push(Slot { key, place });
                None
            }
        }
    }

    fn remove(&mut self, key: &[u8; N], hash: impl Fn(&[u8; N]) -> u64) -> Option<Place> {
        let Self { numbers, slots } = self;
        let found = numbers.find_entry(hash(key), |number| is(slots, *number, key)).ok()?;
        let (number, _) = found.remove();
        let last = slots.len() as u32 - 1;
        if number != last
            && let Some(moved) = slots.last()
            && let Some(it) = numbers.find_mut(hash(&moved.key), |number| *number == last)
        {
            *it = number;
        }
        Some(slots.swap_remove(number as usize).place)
    }
}

impl<const N: usize> Slot<N> {
    fn key(&self) -> Option<Key> {
        let hash = Multihash::read(self.key.as_slice()).ok()?;
        Some(Key::of(&hash))
    }
}

fn is<const N: usize>(slots: &[Slot<N>], number: u32, key: &[u8; N]) -> bool {
    slots.get(number as usize).is_some_and(|slot| slot.key == *key)
}

fn part_of(key: &Key) -> usize {
    key.last().copied().map_or(0, usize::from)
}

fn padded(key: &Key) -> Option<[u8; USUAL]> {
    let mut padded = [0; USUAL];
    padded.get_mut(..key.len())?.copy_from_slice(key);
    Some(padded)
}
