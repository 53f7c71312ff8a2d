//! A CAR of version 1, block by block.

use cid::Cid;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::error::CarError;
use super::header::CarHeader;

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
        let name = cid.to_bytes();
        let mut length = unsigned_varint::encode::u64_buffer();
        let length = unsigned_varint::encode::u64((name.len() + bytes.len()) as u64, &mut length);
        for part in [length, &name, bytes] {
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
