//! Lists of rows, which scripts read and cannot change.

use std::sync::Arc;

use bitswap_core::strategy::InFlight;
use bitswap_core::strategy::SearchedWant;
use rhai::{Engine, EvalAltResult, INT};

use super::selector::{PeerRow, WantRow};

/// Rows that are copied one by one, as they are looked at.
#[derive(Clone)]
pub(in crate::script) struct List<T>(Arc<[T]>);

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

impl<T: Clone> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = Rows<T>;

    fn into_iter(self) -> Rows<T> {
        Rows { list: self, next: 0 }
    }
}

/// Walks along a list.
pub(in crate::script) struct Rows<T> {
    list: List<T>,
    next: usize,
}

impl<T: Clone> Iterator for Rows<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let row = self.list.0.get(self.next)?.clone();
        self.next += 1;
        Some(row)
    }
}

impl<T> List<T> {
    pub(in crate::script) fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place)
    }

    pub(in crate::script) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub(in crate::script) fn len(&self) -> usize {
        self.0.len()
    }
}

pub(super) fn register(engine: &mut Engine) {
    register_rows::<WantRow>(engine, "Wants");
    register_rows::<PeerRow>(engine, "Peers");
    register_rows::<SearchedWant>(engine, "SearchedWants");
    register_rows::<InFlight>(engine, "InFlights");
    register_rows::<INT>(engine, "PeerKeys");
    engine.register_fn("contains", |list: &mut List<INT>, key: INT| list.0.contains(&key));
}

fn register_rows<T: Clone + Send + Sync + 'static>(engine: &mut Engine, name: &str) {
    engine
        .register_type_with_name::<List<T>>(name)
        .register_iterator::<List<T>>()
        .register_fn("len", |list: &mut List<T>| list.len() as INT)
        .register_get("len", |list: &mut List<T>| list.len() as INT)
        .register_fn("is_empty", |list: &mut List<T>| list.len() == 0)
        .register_indexer_get(|list: &mut List<T>, place: INT| {
            let row = usize::try_from(place).ok().and_then(|place| list.get(place));
            row.cloned().ok_or_else(|| -> Box<EvalAltResult> {
                format!("there is no row {place} in a list of {}", list.len()).into()
            })
        });
}
