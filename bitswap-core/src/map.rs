//! The only hash map of the core: its order depends only on the operations done to it.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use indexmap::IndexMap;

/// A map by key whose walk is the same on every platform: insertion order, except that removing
/// an entry moves the last one into its place.
///
/// Keys must be our own counters or hashes from [`Keys`](crate::keys::Keys): the hasher only
/// mixes, it does not defend.
#[derive(Clone, Debug)]
pub struct Table<K, V>(IndexMap<K, V, BuildHasherDefault<Mix>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(IndexMap::default())
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// Whether there is an entry for `key`.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// The entry of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// The entry of `key`, to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Adds or replaces an entry; returns the old one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// The entry of `key`, made by `make` if there is none.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(make)
    }

    /// Removes the entry of `key`; the last entry moves into its place.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.0.swap_remove(key)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All entries, in the map's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.0.iter()
    }

    /// All entries, in the map's order, to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&K, &mut V)> {
        self.0.iter_mut()
    }

    /// All keys, in the map's order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.0.keys()
    }

    /// All values, in the map's order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.0.values()
    }
}

impl<K, V> IntoIterator for Table<K, V> {
    type Item = (K, V);
    type IntoIter = indexmap::map::IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Hash + Eq, V: Default> Table<K, V> {
    /// The entry of `key`, made empty if there is none.
    pub fn or_default(&mut self, key: K) -> &mut V {
        self.0.entry(key).or_default()
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
