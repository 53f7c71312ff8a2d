//! A stream of blocks: for each a line of JSON, and after it as many bytes as the line says.

#[cfg(test)]
mod tests;

use std::error::Error;

use bitswap_net::Block;
use bytes::{Bytes, BytesMut};
use cid::Cid;
use futures::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::api_error::ApiError;

/// What is said of a block before its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) cid: String,
    /// How many bytes follow; `None` = none.
    pub(super) bytes: Option<usize>,
    /// The length of a block that came and stays in the daemon's store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stored: Option<u64>,
    /// Why it is not here; `None` = it just is not.
    #[serde(rename = "trouble", default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ApiError>,
}

/// What came over the wire is no stream of blocks, or ended within one. Nothing more comes.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the stream ended within a block")]
    Cut,
    #[error("a line of the stream is not understood: {0}")]
    Line(#[from] serde_json::Error),
    #[error("a block of {bytes} bytes was announced, the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("a line is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("{0}")]
    Transport(Box<dyn Error + Send + Sync>),
}

impl Head {
    /// The longest line: no CID and no cause needs more.
    const MOST_BYTES: usize = 4_096;

    /// Of a block that is here.
    pub(super) fn of(cid: &Cid, block: &Block) -> Self {
        Self { bytes: Some(block.len()), ..Self::without(cid, None) }
    }

    /// Of a block that stays where it was stored.
    pub(super) fn of_stored(cid: &Cid, block: &Block) -> Self {
        Self { stored: Some(block.len() as u64), ..Self::without(cid, None) }
    }

    /// Of a block that is not here.
    pub(super) fn without(cid: &Cid, error: Option<ApiError>) -> Self {
        Self { cid: cid.to_string(), bytes: None, stored: None, error }
    }

    fn line(&self) -> Bytes {
        // It has no map with keys that are not text, so it can always be written.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line.into()
    }
}

/// A frame as it is sent: its line, and its bytes as they are, not copied.
pub(super) fn written(head: &Head, bytes: Option<&Bytes>) -> impl Iterator<Item = Bytes> + use<> {
    let bytes = bytes.filter(|bytes| !bytes.is_empty()).cloned();
    [Some(head.line()), bytes].into_iter().flatten()
}

/// The same bytes in fewer pieces, since each that is sent wakes its reader: what is there at once
/// leaves together. Large pieces stay as they are, not copied.
pub(super) fn packed(pieces: impl Stream<Item = Bytes> + Send) -> impl Stream<Item = Bytes> + Send {
    const TOGETHER: usize = 128;
    pieces.ready_chunks(TOGETHER).flat_map(|pieces| stream::iter(pack(pieces)))
}

fn pack(pieces: Vec<Bytes>) -> Vec<Bytes> {
    const SMALL: usize = 8 << 10;
    const PACK: usize = 64 << 10;
    let mut packs = Vec::new();
    let mut open = BytesMut::new();
    for piece in pieces {
        if !open.is_empty() && (piece.len() > SMALL || open.len() >= PACK) {
            packs.push(open.split().freeze());
        }
        if piece.len() > SMALL {
            packs.push(piece);
        } else {
            open.extend_from_slice(&piece);
        }
    }
    if !open.is_empty() {
        packs.push(open.freeze());
    }
    packs
}

/// Reads frames off a body.
pub(super) struct Frames<S> {
    body: S,
    come: BytesMut,
}

impl<S, E> Frames<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    /// The most bytes of one block.
    const MOST_BYTES: usize = bitswap_core::MAX_BLOCK_BYTES;

    pub(super) fn of(body: S) -> Self {
        Self { body, come: BytesMut::new() }
    }

    /// The next frame; `None` = that was the last.
    ///
    /// # Errors
    /// It cannot be read, and nothing after it can.
    pub(super) async fn next(&mut self) -> Result<Option<(Head, Bytes)>, FrameError> {
        let Some(head) = self.head().await? else { return Ok(None) };
        let bytes = head.bytes.unwrap_or(0);
        if bytes > Self::MOST_BYTES {
            return Err(FrameError::TooLarge { bytes, limit: Self::MOST_BYTES });
        }
        self.come.reserve(bytes.saturating_sub(self.come.len()));
        while self.come.len() < bytes {
            if !self.more().await? {
                return Err(FrameError::Cut);
            }
        }
        Ok(Some((head, self.come.split_to(bytes).freeze())))
    }

    async fn head(&mut self) -> Result<Option<Head>, FrameError> {
        loop {
            if let Some(end) = self.come.iter().position(|byte| *byte == b'\n') {
                let line = self.come.split_to(end + 1);
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            if self.come.len() > Head::MOST_BYTES {
                return Err(FrameError::TooLong { limit: Head::MOST_BYTES });
            }
            if !self.more().await? {
                return if self.come.is_empty() { Ok(None) } else { Err(FrameError::Cut) };
            }
        }
    }

    async fn more(&mut self) -> Result<bool, FrameError> {
        match self.body.next().await {
            Some(Ok(bytes)) => self.come.extend_from_slice(&bytes),
            Some(Err(why)) => return Err(FrameError::Transport(why.into())),
            None => return Ok(false),
        }
        Ok(true)
    }
}
