//! Strategies that other crates add to the catalog.

use std::sync::OnceLock;

use super::entry::Entry;
use super::error::ExtendError;

/// The whole catalog, once something was added.
static EXTENDED: OnceLock<Vec<Entry>> = OnceLock::new();

pub(super) fn all(own: &'static [Entry]) -> &'static [Entry] {
    EXTENDED.get().map_or(own, Vec::as_slice)
}

pub(super) fn add(
    own: &'static [Entry],
    entries: impl IntoIterator<Item = Entry>,
) -> Result<(), ExtendError> {
    let mut every = own.to_vec();
    for entry in entries {
        let (role, name) = (entry.role, entry.name);
        if !is_name(name) {
            return Err(ExtendError::BadName { role, name });
        }
        if every.iter().any(|known| known.role == role && known.name == name) {
            return Err(ExtendError::NameTaken { role, name });
        }
        every.push(entry);
    }
    every.sort_by_key(|entry| (entry.role, entry.name));
    EXTENDED.set(every).map_err(|_| ExtendError::Twice)
}

/// Names are written in files and shown as labels of metrics.
fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let words = name.split('-').all(|word| !word.is_empty() && word.chars().all(fits));
    words && name.len() <= 40
}
