//! A CAR into a store, or only read and checked.

use std::collections::HashSet;

use bitswap_store::BlockStore;
use cid::Cid;
use tokio::io::{AsyncBufRead, AsyncRead};

use super::IDENTITY;
use super::error::CarError;
use super::header::CarHeader;
use super::reader::CarReader;
use crate::batch::Batch;

/// What was in a CAR.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarSummary {
    /// What it says of itself.
    pub header: CarHeader,
    /// Roots that are not among its blocks.
    pub missing_roots: Vec<Cid>,
    /// Blocks in it; one that is there twice counts twice.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub bytes: u64,
}

/// Puts the blocks of a CAR into `store`; without one, they are only checked. `watch` hears how
/// many bytes of the CAR were read.
///
/// # Errors
/// A [`CarError`] says what is wrong, and at which byte. Blocks before it are in the store.
pub async fn import_car(
    store: Option<&dyn BlockStore>,
    from: impl AsyncRead + Unpin,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<CarSummary, CarError> {
    let mut reader = CarReader::open(from).await?;
    let mut batch = Batch::new(store);
    let read = sections(&mut reader, &mut batch, watch).await;
    batch.flush().await?;
    read
}

async fn sections(
    reader: &mut CarReader<impl AsyncBufRead + Unpin>,
    batch: &mut Batch<'_>,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<CarSummary, CarError> {
    let header = reader.header().clone();
    let roots = header.roots.iter().map(Cid::hash);
    // An identity CID is its own block.
    let mut missing: HashSet<_> = roots.copied().filter(|root| root.code() != IDENTITY).collect();
    let mut summary = CarSummary { header, missing_roots: Vec::new(), blocks: 0, bytes: 0 };
    while let Some(section) = reader.next().await? {
        watch(reader.at());
        let Some(block) = section.block else { continue };
        summary.blocks += 1;
        summary.bytes += block.len() as u64;
        missing.remove(block.multihash());
        batch.put_block(block).await?;
    }
    let roots = summary.header.roots.iter().copied();
    summary.missing_roots = roots.filter(|root| missing.contains(root.hash())).collect();
    Ok(summary)
}
