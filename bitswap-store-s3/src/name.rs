//! What objects are called: `PREFIX/xy/CID`, where the CID is that of the block as plain bytes, and
//! `xy` its last letters but one, so that stores which divide their names by how they begin divide
//! them evenly.

use bitswap_store::Multihash;
use cid::Cid;
use object_store::path::Path;

/// The names below a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: Path,
}

impl Names {
    /// The codec of plain bytes.
    const RAW: u64 = 0x55;

    pub(crate) const fn below(prefix: Path) -> Self {
        Self { prefix }
    }

    /// Where all of them are.
    pub(crate) const fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// That of a block.
    pub(crate) fn of(&self, hash: &Multihash) -> Path {
        let name = Self::cid(hash).to_string();
        let shard = name.len().checked_sub(3).and_then(|at| name.get(at..at + 2)).unwrap_or("_");
        Path::from(format!("{}/{shard}/{name}", self.prefix))
    }

    /// Whose name it is; `None` = that of no block.
    pub(crate) fn hash(&self, name: &Path) -> Option<Multihash> {
        let hash = *Cid::try_from(name.filename()?).ok()?.hash();
        // Objects that others put there under similar names are none of ours.
        (self.of(&hash) == *name).then_some(hash)
    }

    /// The CID that a block is called by.
    pub(crate) fn cid(hash: &Multihash) -> Cid {
        Cid::new_v1(Self::RAW, *hash)
    }
}
