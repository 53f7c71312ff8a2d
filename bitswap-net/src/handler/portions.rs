//! Long messages in portions, so that the engine does what others want in between.

#[cfg(test)]
mod tests;

use bitswap_core::wire::{Entry, Message};

/// Entries, or presences, that are told at once: some 100 µs of the engine's time.
const PORTION: usize = 256;

/// Splits a message into as many as it takes. The wants of a full list stay together, since those
/// that are not in it are withdrawn; for the same reason a cancel in it says nothing.
pub(super) fn of(message: Message) -> impl Iterator<Item = Message> {
    let Message { full, mut entries, blocks, presences, pending_bytes, wants_remembered } = message;
    if full {
        entries.retain(|entry| matches!(entry, Entry::Want { .. }));
    }
    let first_entries = if full { entries.len() } else { PORTION };
    let mut entries = entries.into_iter();
    let mut presences = presences.into_iter();
    let mut first = Some(Message {
        full,
        entries: entries.by_ref().take(first_entries).collect(),
        blocks,
        presences: presences.by_ref().take(PORTION).collect(),
        pending_bytes,
        wants_remembered,
    });
    std::iter::from_fn(move || {
        first.take().or_else(|| {
            let entries: Vec<_> = entries.by_ref().take(PORTION).collect();
            let presences: Vec<_> = presences.by_ref().take(PORTION).collect();
            let is_over = entries.is_empty() && presences.is_empty();
            let rest = Message { entries, presences, pending_bytes, ..Message::default() };
            (!is_over).then_some(rest)
        })
    })
}
