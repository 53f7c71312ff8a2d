//! A block store of one's own: a file for each block. The conformance suite tries it; a node takes
//! it as any other: `Builder::new(Arc::new(store), strategies)`. It runs by
//! `cargo run --release -p bitswap-examples --example own_store`.

use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use async_trait::async_trait;
use bitswap_core::Block;
use bitswap_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt};
use bitswap_store::{StoreError, conformance};
use bytes::Bytes;
use cid::Cid;
use tempfile::TempDir;

/// Where the files are; each has its block's CID for a name.
struct Files(PathBuf);

impl Files {
    fn path(&self, hash: &Multihash) -> PathBuf {
        self.0.join(Cid::new_v1(0x55, *hash).to_string())
    }

    fn read(&self, hash: &Multihash) -> Result<Option<Block>, StoreError> {
        match fs::read(self.path(hash)) {
            Ok(bytes) => Block::checked(&Cid::new_v1(0x55, *hash), bytes.into())
                .map(Some)
                .map_err(|_| StoreError::Corrupt { hash: *hash }),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(failed("read a block", &why)),
        }
    }
}

fn failed(doing: &str, why: &io::Error) -> StoreError {
    StoreError::Io { doing: doing.into(), kind: why.kind() }
}

// A busy node would do this in threads for blocking work.
#[async_trait]
impl BlockStore for Files {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        hashes.iter().map(|hash| self.read(hash)).collect()
    }
    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let size = |hash| Ok(self.read(hash)?.map(|block| block.len() as u32));
        hashes.iter().map(size).collect()
    }
    async fn put_many(&self, blocks: Vec<Block>, _: Durability) -> Result<Receipt, StoreError> {
        for block in blocks {
            // Under another name first, so that nobody reads half of it.
            let path = self.path(block.multihash());
            let young = path.with_extension("new");
            let written = fs::write(&young, block.bytes()).and_then(|()| fs::rename(young, path));
            written.map_err(|why| failed("write a block", &why))?;
        }
        Ok(Receipt::settled())
    }
    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        for hash in hashes {
            fs::remove_file(self.path(hash)).unwrap_or_default();
        }
        Ok(Receipt::settled())
    }
    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let found = fs::read_dir(&self.0).map_err(|why| failed("list the folder", &why))?;
        let names = found.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let after = from.as_bytes();
        let mut names: Vec<_> = names.filter(|name| name.as_bytes() > after).collect();
        names.sort_unstable();
        let next = names.get(most.get() - 1).map(|last| Cursor::new(Bytes::from(last.clone())));
        let hash = |name: &String| name.parse::<Cid>().ok().map(|cid| *cid.hash());
        Ok(Page { hashes: names.iter().take(most.get()).filter_map(hash).collect(), next })
    }
    async fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let top = TempDir::new()?;
    let made = Cell::new(0);
    conformance::run(async || {
        let folder = top.path().join(made.replace(made.get() + 1).to_string());
        // What cannot be made cannot be listed either, and that is told.
        fs::create_dir(&folder).unwrap_or_default();
        Files(folder)
    })
    .await?;
    Ok(())
}
