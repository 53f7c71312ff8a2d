//! Files and directories as UnixFS: in from disk, across through one source, out again.

mod arrivals;
mod block_reader;
mod compare;
mod error;
mod fetch;
mod import;
mod list;
mod resolve;
mod save;
mod settings;
mod source;
mod unixfs;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use block_reader::BlockReader;
pub(crate) use compare::{Comparison, compare};
pub(crate) use error::DagError;
pub(crate) use fetch::{Fetch, Fetched};
pub(crate) use import::{Imported, import, import_stream, import_wrapper};
pub(crate) use list::{Kind, List, Listed};
pub(crate) use resolve::resolve;
pub(crate) use save::{Saved, check_target, copy, save};
pub(crate) use settings::ImportSettings;
pub(crate) use source::{Source, Stored, WantError, Wanted};
pub(crate) use walk::{Step, Walk};
