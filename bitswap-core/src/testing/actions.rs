//! Filters of a list of actions by kind, in its order.

use cid::Cid;

use crate::action::Action;
use crate::ids::{LookupId, ReadId, SendId};
use crate::wire::{BlockPresence, Entry, Message, WantKind};

/// The messages.
pub fn messages(actions: &[Action]) -> impl Iterator<Item = &Message> {
    actions.iter().filter_map(|action| {
        let Action::Send { message, .. } = action else { return None };
        Some(message)
    })
}

/// The ids of the messages.
pub fn sends(actions: &[Action]) -> Vec<SendId> {
    let id = |action: &Action| {
        let Action::Send { send, .. } = action else { return None };
        Some(*send)
    };
    actions.iter().filter_map(id).collect()
}

/// The entries of all messages.
pub fn entries(actions: &[Action]) -> Vec<Entry> {
    messages(actions).flat_map(|message| message.entries.clone()).collect()
}

/// The wants among the entries of all messages.
pub fn wants(actions: &[Action]) -> Vec<(Cid, WantKind)> {
    let want = |entry: &Entry| match entry {
        Entry::Want { cid, kind, .. } => Some((*cid, *kind)),
        Entry::Cancel { .. } => None,
    };
    messages(actions).flat_map(|message| message.entries.iter().filter_map(want)).collect()
}

/// The presences of all messages.
pub fn presences(actions: &[Action]) -> Vec<(Cid, BlockPresence)> {
    messages(actions).flat_map(|message| message.presences.clone()).collect()
}

/// The ids of the reads.
pub fn reads(actions: &[Action]) -> Vec<ReadId> {
    let id = |action: &Action| {
        let Action::Read { read, .. } = action else { return None };
        Some(*read)
    };
    actions.iter().filter_map(id).collect()
}

/// The ids of the look-ups.
pub fn lookups(actions: &[Action]) -> Vec<LookupId> {
    let id = |action: &Action| {
        let Action::Lookup { lookup, .. } = action else { return None };
        Some(*lookup)
    };
    actions.iter().filter_map(id).collect()
}
