//! The want-blocks of one session in flight, as its peer selector sees them.

use crate::ids::{CidKey, PeerKey};
use crate::limits::Limits;
use crate::map::Table;
use crate::strategy::InFlight;

/// Want-blocks in flight, in one row; the last one moves into the place of one that ends.
#[derive(Debug, Default)]
pub(crate) struct InFlightAsks {
    rows: Vec<InFlight>,
    places: Table<(CidKey, PeerKey), u32>,
}

impl InFlightAsks {
    pub(crate) fn add(&mut self, row: InFlight) {
        self.places.insert((row.want, row.peer), self.rows.len() as u32);
        self.rows.push(row);
    }

    pub(crate) fn remove(&mut self, want: CidKey, peer: PeerKey) {
        let Some(place) = self.places.remove(&(want, peer)) else {
            return;
        };
        self.rows.swap_remove(place as usize);
        if let Some(moved) = self.rows.get(place as usize) {
            self.places.insert((moved.want, moved.peer), place);
        }
    }

    /// Number of want-blocks in flight.
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The wants of those that are shown, those asked for longest ago first; at most `limit`.
    pub(crate) fn wants(&self, limit: usize) -> Vec<CidKey> {
        let mut rows: Vec<_> = self.shown().iter().map(|row| (row.since, row.want)).collect();
        rows.sort_unstable();
        let mut wants: Table<CidKey, ()> = Table::default();
        for (_, want) in rows {
            wants.insert(want, ());
        }
        wants.keys().copied().take(limit).collect()
    }

    /// Those that the view of the session has room for.
    pub(crate) fn shown(&self) -> &[InFlight] {
        self.rows.get(..Limits::VIEW_IN_FLIGHT).unwrap_or(&self.rows)
    }
}
