//! A CAR of version 1, block by block.

use std::fmt;

use bytes::Bytes;
use cid::Cid;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::error::CarError;
use super::header::CarHeader;

/// The beginning of a CAR of version 1, for those who send it in pieces: [`car_section`] follows.
///
/// # Errors
/// The roots cannot be encoded.
pub fn car_header(roots: &[Cid]) -> Result<Bytes, CarError> {
    CarHeader::encode(roots).map(Bytes::from)
}

/// One block of a CAR in two pieces, of which the second is the block's bytes themselves, not
/// copied. They are taken to be those of `cid`.
pub fn car_section(cid: &Cid, bytes: &Bytes) -> [Bytes; 2] {
    [section_head(cid, bytes.len()).into(), bytes.clone()]
}

/// What is before the bytes of a block.
fn section_head(cid: &Cid, bytes: usize) -> Vec<u8> {
    let name = cid.to_bytes();
    let mut length = unsigned_varint::encode::u64_buffer();
    let length = unsigned_varint::encode::u64((name.len() + bytes) as u64, &mut length);
    [length, &name].concat()
}

/// Writes a CAR of version 1.
pub struct CarWriter<W> {
    to: W,
    written: u64,
}

impl<W: AsyncWrite + Unpin> CarWriter<W> {
    /// Writes the header to `to`, which should have a buffer: writes are small.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn new(mut to: W, roots: &[Cid]) -> Result<Self, CarError> {
        let header = CarHeader::encode(roots)?;
        to.write_all(&header).await?;
        Ok(Self { to, written: header.len() as u64 })
    }

    /// Writes one block. Its bytes are taken to be those of `cid`.
    ///
    /// # Errors
    /// It cannot be written; a part of it may have been.
    pub async fn write(&mut self, cid: &Cid, bytes: &[u8]) -> Result<(), CarError> {
        for part in [&section_head(cid, bytes.len()), bytes] {
            self.to.write_all(part).await?;
            self.written += part.len() as u64;
        }
        Ok(())
    }

    /// Writes what is still in buffers, and says how many bytes the CAR has.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn finish(mut self) -> Result<u64, CarError> {
        self.to.flush().await?;
        Ok(self.written)
    }
}

impl<W> fmt::Debug for CarWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarWriter").field("written", &self.written).finish_non_exhaustive()
    }
}
