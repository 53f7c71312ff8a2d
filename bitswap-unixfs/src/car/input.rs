//! A stream that is read piece by piece, and knows at which byte it is.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use super::error::CarError;

pub(super) struct Input<R> {
    from: R,
    at: u64,
}

impl<R: AsyncBufRead + Unpin> Input<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, at: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The next number; `None` = it ends here.
    pub(super) async fn varint(&mut self, what: &'static str) -> Result<Option<u64>, CarError> {
        let start = self.at;
        let mut digits = Vec::new();
        loop {
            let Some(byte) = self.from.fill_buf().await?.first().copied() else {
                if digits.is_empty() {
                    return Ok(None);
                }
                return Err(CarError::Truncated { at: self.at, what });
            };
            self.from.consume(1);
            self.at += 1;
            digits.push(byte);
            // The longest number has ten digits.
            if unsigned_varint::decode::is_last(byte) || digits.len() == 10 {
                break;
            }
        }
        match unsigned_varint::decode::u64(&digits) {
            Ok((number, _)) => Ok(Some(number)),
            Err(why) => {
                let why = format!("{what} has no length that can be read: {why}");
                Err(CarError::Malformed { at: start, why })
            }
        }
    }

    pub(super) async fn little_endian(&mut self) -> Result<u64, CarError> {
        let bytes = self.exact(size_of::<u64>() as u64, "its header").await?;
        let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Ok(number)
    }

    /// So many bytes. The caller has bounded them: room is made for all.
    pub(super) async fn exact(
        &mut self,
        bytes: u64,
        what: &'static str,
    ) -> Result<Bytes, CarError> {
        let mut read = BytesMut::with_capacity(bytes as usize);
        let mut rest = (&mut self.from).take(bytes);
        while rest.read_buf(&mut read).await? > 0 {}
        self.at += read.len() as u64;
        if (read.len() as u64) < bytes {
            return Err(CarError::Truncated { at: self.at, what });
        }
        Ok(read.freeze())
    }

    /// Passes so many bytes by.
    pub(super) async fn skip(&mut self, bytes: u64, what: &'static str) -> Result<(), CarError> {
        let mut rest = (&mut self.from).take(bytes);
        let passed = tokio::io::copy_buf(&mut rest, &mut tokio::io::sink()).await?;
        self.at += passed;
        if passed < bytes { Err(CarError::Truncated { at: self.at, what }) } else { Ok(()) }
    }

    /// Passes all that is left by, so that whoever writes it is not cut off.
    pub(super) async fn drain(&mut self) -> Result<(), CarError> {
        self.at += tokio::io::copy_buf(&mut self.from, &mut tokio::io::sink()).await?;
        Ok(())
    }
}
