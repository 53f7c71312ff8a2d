//! The blocks of a CAR, each checked against its CID.

use std::fmt;

use bitswap_core::{Block, BlockError, MAX_BLOCK_BYTES, MAX_CID_BYTES};
use bytes::Bytes;
use cid::Cid;
use tokio::io::{AsyncBufRead, AsyncRead, BufReader};

use super::IDENTITY;
use super::error::CarError;
use super::header::CarHeader;
use super::input::Input;

/// Reads a CAR of version 1 or 2 from its beginning to its end, without going back.
pub struct CarReader<R> {
    from: Input<R>,
    header: CarHeader,
    /// The byte at which the blocks end; `None` = they go on to the end.
    ends: Option<u64>,
}

/// One block of a CAR.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarSection {
    /// The byte at which it begins.
    pub at: u64,
    /// What the CAR calls it.
    pub cid: Cid,
    /// Its bytes were checked. `None` = they are in the CID itself.
    pub block: Option<Block>,
}

/// One block of a CAR as it stands there: nobody has looked whether the bytes are those of the CID.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawSection {
    /// The byte at which it begins.
    pub at: u64,
    /// What the CAR calls it.
    pub cid: Cid,
    /// Its bytes.
    pub bytes: Bytes,
}

impl<R: AsyncRead + Unpin> CarReader<BufReader<R>> {
    /// Read at once: each read of a file is a job for another thread.
    const BUFFER_BYTES: usize = 1 << 20;

    /// Reads the header.
    ///
    /// # Errors
    /// It is no CAR, or of an unknown version, or cannot be read.
    pub async fn open(from: R) -> Result<Self, CarError> {
        Self::open_buffered(BufReader::with_capacity(Self::BUFFER_BYTES, from)).await
    }
}

impl<R: AsyncBufRead + Unpin> CarReader<R> {
    /// Longest section that is read: a block with its CID.
    const MAX_SECTION_BYTES: u64 = (MAX_BLOCK_BYTES + MAX_CID_BYTES) as u64;

    /// Reads the header of what has a buffer of its own.
    ///
    /// # Errors
    /// It is no CAR, or of an unknown version, or cannot be read.
    pub async fn open_buffered(from: R) -> Result<Self, CarError> {
        let mut from = Input::new(from);
        let (header, ends) = CarHeader::read(&mut from).await?;
        Ok(Self { from, header, ends })
    }

    /// What it says of itself.
    pub const fn header(&self) -> &CarHeader {
        &self.header
    }

    /// How many bytes were read so far.
    pub const fn at(&self) -> u64 {
        self.from.at()
    }

    /// The next block; `None` at the end. What follows the blocks of version 2, an index, is
    /// passed by.
    ///
    /// # Errors
    /// A [`CarError`] says what is wrong, and at which byte. Nothing can be read after it.
    pub async fn next(&mut self) -> Result<Option<CarSection>, CarError> {
        let Some(RawSection { at, cid, bytes }) = self.next_raw().await? else { return Ok(None) };
        let block = checked(&cid, bytes).map_err(|why| CarError::BadBlock { at, why })?;
        Ok(Some(CarSection { at, cid, block }))
    }

    /// The next block as [`next`](Self::next) reads it, unchecked: for those who trust whoever
    /// wrote the CAR, or check it themselves.
    ///
    /// # Errors
    /// As of [`next`](Self::next), but that blocks are not checked.
    pub async fn next_raw(&mut self) -> Result<Option<RawSection>, CarError> {
        const WHAT: &str = "a block";
        let at = self.from.at();
        if self.ends.is_some_and(|ends| at >= ends) {
            self.from.drain().await?;
            return Ok(None);
        }
        let Some(bytes) = self.from.varint(WHAT).await? else {
            return match self.ends {
                Some(_) => Err(CarError::Truncated { at, what: "its blocks" }),
                None => Ok(None),
            };
        };
        let limit = Self::MAX_SECTION_BYTES;
        if bytes > limit {
            return Err(CarError::TooLarge { at, what: WHAT, bytes, limit });
        }
        if let Some(ends) = self.ends
            && self.from.at() + bytes > ends
        {
            let why = format!("a block reaches beyond byte {ends}, where the blocks end");
            return Err(CarError::Malformed { at, why });
        }
        let section = self.from.exact(bytes, WHAT).await?;
        let mut content: &[u8] = &section;
        let cid = Cid::read_bytes(&mut content).map_err(|why| {
            let why = format!("a block without a readable cid: {why}");
            CarError::Malformed { at, why }
        })?;
        let bytes = section.slice(section.len() - content.len()..);
        Ok(Some(RawSection { at, cid, bytes }))
    }
}

fn checked(cid: &Cid, content: Bytes) -> Result<Option<Block>, BlockError> {
    if cid.hash().code() != IDENTITY {
        return Block::checked(cid, content).map(Some);
    }
    let same = cid.hash().digest() == content;
    if same { Ok(None) } else { Err(BlockError::Mismatch { bytes: content.len(), wanted: *cid }) }
}

impl<R> fmt::Debug for CarReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarReader")
            .field("header", &self.header)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}
