//! What decides a file's CID besides its bytes. The defaults are those of `ipfs add`, so that a
//! file has the same CID in both without anybody saying anything.

use bitswap_core::MAX_NEW_BLOCK_BYTES;
use cid::Version;
use multihash_codetable::Code;
use rust_unixfs::dir::builder::TreeOptions;
use rust_unixfs::file::adder::{Chunker, FileAdder};

/// How files become blocks, and which entries of a directory do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSettings {
    /// Of nodes; a raw leaf always has version 1.
    pub version: Version,
    /// Whether leaves are nothing but content.
    pub raw_leaves: bool,
    /// Bytes of content in each leaf but the last.
    pub chunk_bytes: usize,
    /// The hash function of all CIDs.
    pub hash: Code,
    /// Whether entries whose names begin with a dot are taken from directories.
    pub hidden: bool,
    /// Whether a path that is a symbolic link stands for what it points to. Links inside a
    /// directory are always kept as links.
    pub dereference: bool,
}

impl ImportSettings {
    /// The most a leaf may hold, as Kubo has it: what is left of the largest new block after the
    /// frame of a leaf that is not raw.
    pub const MAX_CHUNK_BYTES: usize = MAX_NEW_BLOCK_BYTES - 256;
    const DEFAULT_CHUNK_BYTES: usize = 256 * 1024;

    /// All that is there, as `ipfs add --cid-version=1 --hidden --dereference-args` takes it.
    pub const fn whole() -> Self {
        Self {
            version: Version::V1,
            raw_leaves: true,
            chunk_bytes: Self::DEFAULT_CHUNK_BYTES,
            hash: Code::Sha2_256,
            hidden: true,
            dereference: true,
        }
    }

    pub(super) fn adder(&self) -> FileAdder {
        FileAdder::builder()
            .with_cid_version(self.version)
            .with_raw_leaves(self.raw_leaves)
            .with_chunker(Chunker::Size(self.chunk_bytes))
            .with_hasher(self.hash)
            .build()
    }

    pub(super) fn tree(&self) -> TreeOptions {
        let mut options = TreeOptions::default();
        options.wrap_with_directory();
        options.cid_version(self.version);
        options.hasher(self.hash);
        // Entries with very short names make nodes larger than the estimate that sharding goes
        // by; the limit that holds is that of any block.
        options.block_size_limit(Some(MAX_NEW_BLOCK_BYTES as u64));
        options
    }
}

impl Default for ImportSettings {
    fn default() -> Self {
        Self {
            version: Version::V0,
            raw_leaves: false,
            hidden: false,
            dereference: false,
            ..Self::whole()
        }
    }
}
