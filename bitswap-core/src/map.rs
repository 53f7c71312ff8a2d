//! The only hash map of the core: its order depends only on the operations done to it.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;

/// Entries up to which a table is searched from its beginning, without an index.
const FEW: usize = 8;
/// Entries up to which the room of a table is doubled when it is full.
const LONG: usize = 4096;

/// A map by key whose walk is the same on every platform: insertion order, except that removing
/// an entry moves the last one into its place.
///
/// Keys must be our own counters or hashes from [`Keys`](crate::keys::Keys): the hasher only
/// mixes, it does not defend.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    entries: Vec<(K, V)>,
    /// The places of all entries, by hash; empty as long as the table never had more than a few.
    places: HashTable<u32>,
    /// Where an entry was found last: one key is often looked up many times in a row.
    last: Cell<u32>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashTable::new(), last: Cell::new(0) }
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// Whether there is an entry for `key`.
    pub fn contains(&self, key: &K) -> bool {
        self.place(key).is_some()
    }

    /// The entry of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(self.place(key)?).map(|(_, value)| value)
    }

    /// The entry of `key`, to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key)?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Adds or replaces an entry; returns the old one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Ok(place) = self.place_or_next(&key) {
            return Some(std::mem::replace(&mut self.entries[place].1, value));
        }
        self.append(key, value);
        None
    }

    /// The entry of `key`, made by `make` if there is none.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let place = self.place_or_next(&key).unwrap_or_else(|next| {
            self.append(key, make());
            next
        });
        &mut self.entries[place].1
    }

    /// Removes the entry of `key`; the last entry moves into its place.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        if self.places.is_empty() {
            return Some(self.swap_out(self.place(key)?).1);
        }
        let Self { entries, places, .. } = self;
        let is_it = |place: &u32| entries[*place as usize].0 == *key;
        let (place, _) = places.find_entry(mixed(key), is_it).ok()?.remove();
        Some(self.swap_out(place as usize).1)
    }

    /// Removes the first entry; the last one moves into its place.
    pub fn take_first(&mut self) -> Option<(K, V)> {
        let (first, _) = self.entries.first()?;
        if !self.places.is_empty()
            && let Ok(indexed) = self.places.find_entry(mixed(first), |place| *place == 0)
        {
            indexed.remove();
        }
        Some(self.swap_out(0))
    }

    /// Removes the entry at `place`, which is in the index no more; the last entry moves there.
    fn swap_out(&mut self, place: usize) -> (K, V) {
        let taken = self.entries.swap_remove(place);
        let last = self.entries.len();
        if !self.places.is_empty()
            && let Some((moved, _)) = self.entries.get(place)
            && let Some(known) = self.places.find_mut(mixed(moved), |known| *known as usize == last)
        {
            *known = place as u32;
        }
        taken
    }

    /// Frees the memory of a table that is empty and once had many entries.
    pub fn give_back(&mut self) {
        if self.is_empty() && self.places.capacity() > 0 {
            *self = Self::default();
        }
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in the map's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All entries, in the map's order, to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All keys, in the map's order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// All values, in the map's order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The place of the entry of `key`.
    fn place(&self, key: &K) -> Option<usize> {
        let last = self.last.get() as usize;
        if self.entries.get(last).is_some_and(|(known, _)| known == key) {
            return Some(last);
        }
        let place = self.look_up(key)?;
        self.last.set(place);
        Some(place as usize)
    }

    fn look_up(&self, key: &K) -> Option<u32> {
        if self.places.is_empty() {
            return self.entries.iter().position(|(known, _)| known == key).map(|it| it as u32);
        }
        let is_it = |place: &u32| self.entries[*place as usize].0 == *key;
        self.places.find(mixed(key), is_it).copied()
    }

    /// The place of the entry of `key`; or else that of the entry which must be appended for it
    /// now, since the index has it.
    fn place_or_next(&mut self, key: &K) -> Result<usize, usize> {
        let Self { entries, places, .. } = self;
        let next = entries.len();
        if places.is_empty() {
            return entries.iter().position(|(known, _)| known == key).ok_or(next);
        }
        let is_it = |place: &u32| entries[*place as usize].0 == *key;
        let hash = |place: &u32| mixed(&entries[*place as usize].0);
        match places.entry(mixed(key), is_it, hash) {
            Slot::Occupied(known) => Ok(*known.get() as usize),
            Slot::Vacant(free) => {
                free.insert(next as u32);
                Err(next)
            }
        }
    }

    /// Adds an entry for a key that has none.
    pub(crate) fn push(&mut self, key: K, value: V) {
        let Self { entries, places, .. } = self;
        if !places.is_empty() {
            let hash = |place: &u32| mixed(&entries[*place as usize].0);
            places.insert_unique(mixed(&key), entries.len() as u32, hash);
        }
        self.append(key, value);
    }

    /// Adds an entry that is in the index, if there is one.
    fn append(&mut self, key: K, value: V) {
        let place = self.entries.len();
        if place == self.entries.capacity() {
            // Long lists by a quarter: those of all peers together are most of what a node holds.
            let more = if place < LONG { place.max(1) } else { place / 4 };
            self.entries.reserve_exact(more);
        }
        self.entries.push((key, value));
        let Self { entries, places, .. } = self;
        if place == FEW && places.is_empty() {
            let hash = |place: &u32| mixed(&entries[*place as usize].0);
            for place in 0..=FEW as u32 {
                places.insert_unique(hash(&place), place, hash);
            }
        }
    }
}

impl<K, V> IntoIterator for Table<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Hash + Eq, V: Default> Table<K, V> {
    /// The entry of `key`, made empty if there is none.
    pub fn or_default(&mut self, key: K) -> &mut V {
        self.or_insert_with(key, V::default)
    }
}

/// A map from keys to sets. A key without values is removed.
#[derive(Clone, Debug)]
pub(crate) struct MultiMap<K, V>(Table<K, BTreeSet<V>>);

impl<K, V> Default for MultiMap<K, V> {
    fn default() -> Self {
        Self(Table::default())
    }
}

impl<K: Hash + Eq, V: Ord> MultiMap<K, V> {
    /// Adds a value to the set of `key`; true if that is its first.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        let values = self.0.or_default(key);
        values.insert(value) && values.len() == 1
    }

    /// Removes a value from the set of `key`.
    pub(crate) fn remove(&mut self, key: &K, value: &V) {
        if let Some(values) = self.0.get_mut(key) {
            values.remove(value);
            if values.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Removes and returns all values of `key`.
    pub(crate) fn take(&mut self, key: &K) -> BTreeSet<V> {
        self.0.remove(key).unwrap_or_default()
    }

    /// The values of `key`, in order.
    pub(crate) fn of<'a>(&'a self, key: &K) -> impl Iterator<Item = &'a V> + use<'a, K, V> {
        self.0.get(key).into_iter().flatten()
    }

    /// Whether `key` has any value.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.0.contains(key)
    }

    /// Whether `key` has this value.
    pub(crate) fn has(&self, key: &K, value: &V) -> bool {
        self.0.get(key).is_some_and(|values| values.contains(value))
    }

    /// Number of keys.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no keys.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values of all keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().flatten()
    }
}

fn mixed<K: Hash>(key: &K) -> u64 {
    let mut mix = Mix::default();
    key.hash(&mut mix);
    mix.finish()
}

/// A hasher that folds 64-bit words; sufficient for keys that are hashes or counters.
#[derive(Clone, Copy, Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
