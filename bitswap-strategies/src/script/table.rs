//! `table(most)`: what scripts remember by peer or want. What was added first makes room.

use rhai::{Array, Dynamic, Engine, EvalAltResult, INT};

use super::budget::Meter;
use super::state;
use super::trie::Trie;

/// A bounded map from integers. Copies cost nothing, so that a call can be undone.
#[derive(Clone, Debug)]
pub(super) struct Table {
    most: usize,
    entries: Trie<Entry>,
    /// The keys by the number under which they were added.
    order: Trie<u64>,
    first: u64,
    next: u64,
    /// What the values weigh, as in [`state`].
    weight: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    added: u64,
    weight: usize,
    value: Dynamic,
}

impl Table {
    /// The most entries of one table.
    pub(super) const MOST: usize = 10_000;
    /// The most that the values of one table may weigh, in bytes.
    const HEAVIEST: usize = 1024 * 1024;
    /// What an entry weighs besides its value: its key and its place.
    const ENTRY: usize = 16;

    fn new(most: INT) -> Result<Self, Box<EvalAltResult>> {
        let fits = |most: &usize| (1..=Self::MOST).contains(most);
        let most = usize::try_from(most).ok().filter(fits).ok_or_else(|| {
            format!("a table has room for 1 to {} entries, not for {most}", Self::MOST)
        })?;
        let (entries, order) = (Trie::default(), Trie::default());
        Ok(Self { most, entries, order, first: 0, next: 0, weight: 0 })
    }

    /// What it weighs, in bytes.
    pub(super) const fn weight(&self) -> usize {
        self.weight
    }

    fn get(&self, key: INT) -> Dynamic {
        self.entries.get(key.cast_unsigned()).map_or(Dynamic::UNIT, |entry| entry.value.clone())
    }

    /// Adds or replaces a value. A key that is there keeps its place in the order.
    fn set(&mut self, key: INT, value: Dynamic) -> Result<(), Box<EvalAltResult>> {
        if value.is_unit() {
            let _gone = self.remove(key);
            return Ok(());
        }
        let weight = Self::ENTRY + state::weight(&value)?;
        let key = key.cast_unsigned();
        let others = self.weight - self.entries.get(key).map_or(0, |entry| entry.weight);
        if others + weight > Self::HEAVIEST {
            let most = Self::HEAVIEST;
            return Err(format!("a table is larger than {most} bytes; give it less room").into());
        }
        self.renumber();
        let before = self.entries.get(key).map(|entry| (entry.added, entry.weight));
        if before.is_none() && self.entries.len() >= self.most {
            self.forget_first();
        }
        let added = before.map_or(self.next, |(added, _)| added);
        if let Some(replaced) = self.entries.insert(key, Entry { added, weight, value }) {
            self.weight -= replaced.weight;
        } else {
            self.order.insert(added, key);
            self.next += 1;
        }
        self.weight += weight;
        Ok(())
    }

    fn remove(&mut self, key: INT) -> Dynamic {
        let Some(entry) = self.entries.remove(key.cast_unsigned()) else { return Dynamic::UNIT };
        self.order.remove(entry.added);
        self.weight -= entry.weight;
        entry.value
    }

    /// Numbers the entries anew when most numbers belong to entries that are gone.
    fn renumber(&mut self) {
        if self.next - self.first <= 4 * self.most as u64 + 64 {
            return;
        }
        let kept = (self.first..self.next).filter_map(|number| self.order.get(number).copied());
        let mut order = Trie::default();
        for (number, key) in (0..).zip(kept) {
            order.insert(number, key);
            if let Some(mut entry) = self.entries.get(key).cloned() {
                entry.added = number;
                self.entries.insert(key, entry);
            }
        }
        (self.first, self.next) = (0, order.len() as u64);
        self.order = order;
    }

    fn forget_first(&mut self) {
        while self.first < self.next {
            let oldest = self.order.get(self.first).copied();
            self.first += 1;
            if let Some(key) = oldest {
                let _gone = self.remove(key.cast_signed());
                return;
            }
        }
    }

    /// At most `most` keys, the newest first.
    fn newest(&self, most: usize) -> Array {
        let numbers = (self.first..self.next).rev();
        let keys = numbers.filter_map(|number| self.order.get(number));
        keys.take(most).map(|key| Dynamic::from(key.cast_signed())).collect()
    }
}

/// Registers the type with all that it can do; long answers are paid for by `meter`.
pub(super) fn register(engine: &mut Engine, meter: &Meter) {
    let meter = meter.clone();
    engine
        .register_type_with_name::<Table>("Table")
        .register_fn("table", Table::new)
        .register_indexer_get(|table: &mut Table, key: INT| table.get(key))
        .register_indexer_set(Table::set)
        .register_fn("contains", |table: &mut Table, key: INT| !table.get(key).is_unit())
        .register_fn("remove", Table::remove)
        .register_fn("len", |table: &mut Table| table.entries.len() as INT)
        .register_get("len", |table: &mut Table| table.entries.len() as INT)
        .register_fn("newest", move |table: &mut Table, most: INT| {
            let most = usize::try_from(most).unwrap_or(0).min(LONGEST);
            let _in_budget = meter.spend(1 + (table.next - table.first) / 8);
            table.newest(most)
        });
}

/// The most keys that are listed: arrays have no room for more.
const LONGEST: usize = 512;

#[cfg(test)]
mod tests;
