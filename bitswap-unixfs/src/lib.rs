//! Files and directories as [UnixFS]: the trees of blocks that IPFS makes of them, in from disk and
//! out again. No network is in this crate: blocks come from a [`BlockStore`], and those that it
//! lacks from a [`Source`], which can be anything that finds blocks by their CIDs.
//!
//! A directory goes into a store, and out of it under another name:
//!
//! ```
//! use std::sync::Arc;
//!
//! use bitswap_store::MemoryStore;
//! use bitswap_unixfs::{BlockReader, ImportSettings, Walk, import, save};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let place = tempfile::tempdir()?;
//! # let (photos, copy) = (place.path().join("photos"), place.path().join("copy"));
//! # std::fs::create_dir(&photos)?;
//! let store = Arc::new(MemoryStore::new());
//! let settings = ImportSettings::whole(); // as `ipfs add --cid-version=1 --hidden`
//! let imported = import(Some(store.as_ref()), &photos, &settings, &|_| {}).await?;
//! println!("{}: {} files", imported.root, imported.files);
//!
//! let mut walk = Walk::new(BlockReader::new(store), imported.root);
//! save(&mut walk, &copy, false).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | you want to | use |
//! |---|---|
//! | make blocks of files | [`import`], [`import_stream`], [`import_wrapper`] |
//! | have all blocks of a tree in a store, as fast as they come | [`Fetch`] |
//! | read a tree, or a part of a file, in order | [`Walk`] |
//! | write a tree to disk, whole or not at all | [`save`]; a file to any writer: [`copy`] |
//! | see what is in a directory | [`List`] |
//! | find the CID at the end of a path | [`resolve`] |
//! | know whether a copy is the same | [`compare`] |
//! | have a tree in one file (feature `car`, a default) | [`Export`], [`import_car`] |
//! | know which blocks belong to trees (feature `trees`, a default) | [`Trees`] |
//!
//! With the network behind it: attach a [`Source`] to the [`BlockReader`]. A session of
//! `bitswap-net` is one, with that crate's feature `unixfs`.
//!
//! What a tree says of itself is checked as far as it is used: names that would lead out of their
//! directory are refused, and so are files that are not as long as they say. Symbolic links are
//! kept as they are, wherever they lead, and never followed. Memory does not grow with files.
//!
//! [UnixFS]: https://specs.ipfs.tech/unixfs/
//! [`BlockStore`]: bitswap_store::BlockStore

mod arrivals;
mod batch;
mod block_reader;
mod by_cid;
#[cfg(feature = "car")]
mod car;
mod compare;
mod error;
mod fetch;
mod import;
#[cfg(feature = "links")]
mod links;
mod list;
mod part;
mod resolve;
mod save;
mod settings;
mod source;
#[cfg(feature = "trees")]
mod trees;
mod unixfs;
mod walk;

#[cfg(test)]
mod tests;

pub use block_reader::BlockReader;
#[cfg(feature = "car")]
pub use car::{
    CarError, CarHeader, CarReader, CarSection, CarSummary, CarWriter, Export, Exported,
    RawSection, car_header, car_section, import_car,
};
pub use compare::{Comparison, compare};
pub use error::DagError;
pub use fetch::{Asks, Fetch, FetchPlan, Fetched, Wish};
pub use import::{ImportProgress, Imported, import, import_stream, import_wrapper};
pub use list::{Kind, List, Listed};
pub use part::{PartFile, check_target};
pub use resolve::resolve;
pub use save::{Saved, copy, save};
pub use settings::ImportSettings;
pub use source::{Source, Stored, WantError, Wanted};
#[cfg(feature = "trees")]
pub use trees::{Absent, Extent, Trees};
pub use unixfs::inlined;
pub use walk::{Step, Walk};
