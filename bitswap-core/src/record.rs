//! Recordings of engines: what goes in, written down so that the same run can be had again
//! (feature `record`).
//!
//! An [`Engine`](crate::Engine) depends on nothing but its configuration, its strategies and its
//! inputs. So these are what a recording has, in a form of bytes: the [`Header`], then for each
//! input when it came, what it was, and a digest of the actions that came of it. A [`Replay`] hands
//! the same to another engine and compares digests; the first that differs is where the programs,
//! the strategies or the configurations part.
//!
//! Nothing that was transferred is in a recording: a block is its multihash and its length, and
//! comes back as that many zeros. Unless somebody wants identities kept, peers and CIDs are
//! pseudonyms, which have the same keys as what they stand for and say nothing else.

#[macro_use]
mod form;
mod actions;
mod entry;
mod error;
mod file;
mod header;
mod inputs;
mod names;
mod replay;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use entry::{Entry, EntryWriter, action_kind, input_kind};
pub use error::RecordError;
pub use file::{RecordReader, RecordWriter};
pub use form::Maker;
pub use header::Header;
pub use replay::Replay;

use crate::strategy::Role;

/// What a strategy was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Its role.
    pub role: Role,
    /// Its name.
    pub name: Arc<str>,
    /// What its maker noted of its parameters, as
    /// [`NamedStrategy::made_of`](crate::strategy::NamedStrategy::made_of) was told.
    pub params: Arc<str>,
}
