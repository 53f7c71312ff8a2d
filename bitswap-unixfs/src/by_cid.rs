//! Tables by CID. Each block of a fetch is looked up in several of them, which by the standard
//! library's hasher took a twentieth of the time of a command that reads small blocks.

use std::collections::{HashMap, HashSet};

use cid::Cid;
use foldhash::quality::RandomState;

/// Something of each CID; hashed with a secret, since whoever makes a tree chooses its CIDs.
pub(crate) type ByCid<V> = HashMap<Cid, V, RandomState>;

/// CIDs, hashed as in [`ByCid`].
pub(crate) type Cids = HashSet<Cid, RandomState>;
