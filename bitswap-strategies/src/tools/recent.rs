//! Facts by peer or CID; the least recently used are forgotten.

use std::collections::BTreeMap;
use std::hash::Hash;

use bitswap_core::Table;

/// A map with a bound: when it is full, the entry that was not used for longest makes room.
///
/// ```
/// use bitswap_core::PeerKey;
/// use bitswap_strategies::tools::Recent;
///
/// let mut bytes = Recent::new(2);
/// *bytes.or_default(PeerKey(1)) += 10;
/// *bytes.or_default(PeerKey(2)) += 20;
/// *bytes.or_default(PeerKey(1)) += 30;
/// *bytes.or_default(PeerKey(3)) += 40;
/// assert_eq!(bytes.get(PeerKey(1)), Some(&40));
/// assert_eq!(bytes.get(PeerKey(2)), None);
/// ```
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    most: usize,
    entries: Table<K, (u64, V)>,
    /// The keys, those used longest ago first.
    order: BTreeMap<u64, K>,
    uses: u64,
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    /// An empty map of at most so many entries, at least one.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), entries: Table::default(), order: BTreeMap::new(), uses: 0 }
    }

    /// The value of `key`; does not count as a use.
    pub fn get(&self, key: K) -> Option<&V> {
        self.entries.get(&key).map(|(_, value)| value)
    }

    /// The value of `key`, to change; counts as a use.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        if !self.entries.contains(&key) {
            return None;
        }
        let used = self.use_now(key);
        let (last_used, value) = self.entries.get_mut(&key)?;
        *last_used = used;
        Some(value)
    }

    /// Adds or replaces a value.
    pub fn insert(&mut self, key: K, value: V) {
        self.remove(key);
        self.or_insert_with(key, || value);
    }

    /// The value of `key`, made if there is none, to change; counts as a use.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let used = self.use_now(key);
        let (last_used, value) = self.entries.or_insert_with(key, || (used, make()));
        *last_used = used;
        value
    }

    /// The value of `key`, its default if there is none, to change; counts as a use.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.or_insert_with(key, V::default)
    }

    /// Removes and returns the value of `key`.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let (last_used, value) = self.entries.remove(&key)?;
        self.order.remove(&last_used);
        Some(value)
    }

    /// All entries, those used longest ago first.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.order.values().filter_map(|key| Some((*key, self.get(*key)?)))
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts `key` last in the order, and makes room for it if it is new.
    fn use_now(&mut self, key: K) -> u64 {
        if let Some((last_used, _)) = self.entries.get(&key) {
            self.order.remove(last_used);
        } else if self.len() >= self.most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        self.order.insert(self.uses, key);
        self.uses
    }
}
