//! CAR: the blocks of trees in one file or stream, [version 1] written and versions 1 and [2] read.
//!
//! [`CarReader`] and [`CarWriter`] (or [`car_section`], in pieces) know the format, [`Export`] the
//! order in which a tree's blocks are written, and [`import_car`] puts what it reads into a store,
//! or only checks it.
//!
//! [version 1]: https://ipld.io/specs/transport/car/carv1/
//! [2]: https://ipld.io/specs/transport/car/carv2/

mod error;
mod export;
mod header;
mod import;
mod input;
mod reader;
mod writer;

pub use error::CarError;
pub use export::{Export, Exported};
pub use header::CarHeader;
pub use import::{CarSummary, import_car};
pub use reader::{CarReader, CarSection, RawSection};
pub use writer::{CarWriter, car_header, car_section};

/// Longest header that is read, in bytes: 26,000 roots.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// Multihash function of CIDs that carry their own bytes. They are never written as blocks, and
/// need no place in a store.
const IDENTITY: u64 = 0;
