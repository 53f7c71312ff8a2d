//! A stream of blocks: a CAR, and in it notes about blocks that are not.
//!
//! A note is a block of its own, of JSON, that nobody asked for: any reader of CARs can read the
//! stream, and one that asked knows its own blocks by their CIDs.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::io;

use bitswap_core::Block;
use bitswap_unixfs::{CarError, CarReader, RawSection, car_header, car_section};
use bytes::{Bytes, BytesMut};
use cid::Cid;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio_util::io::StreamReader;

use super::api_error::ApiError;

const JSON: u64 = 0x0200;
const IDENTITY: u64 = 0;

/// What is said of a block whose bytes are not in the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) cid: String,
    /// The length of a block that came and stays in the daemon's store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stored: Option<u64>,
    /// Why it is not here; `None` = it just is not.
    #[serde(rename = "trouble", default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ApiError>,
}

/// What comes next in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// A block, unchecked.
    Block(Cid, Bytes),
    Note(Note),
}

/// What came over the wire is no answer, or ended within one. Nothing more comes.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error(transparent)]
    Car(#[from] CarError),
    #[error("a note in the car is not understood: {0}")]
    Note(#[from] serde_json::Error),
    #[error("{0} was not asked for")]
    NotAskedFor(Cid),
}

impl Note {
    /// Of a block that stays where it was stored.
    pub(super) fn of_stored(cid: &Cid, block: &Block) -> Self {
        Self { stored: Some(block.len() as u64), ..Self::without(cid, None) }
    }

    /// Of a block that is not here.
    pub(super) fn without(cid: &Cid, error: Option<ApiError>) -> Self {
        Self { cid: cid.to_string(), stored: None, error }
    }

    /// It is hashed as any block is, so that whoever checks the CAR finds nothing wrong.
    pub(super) fn section(&self) -> [Bytes; 2] {
        // It has no map with keys that are not text, so it can always be written, and is short.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Block::sha2_256(json.into()).map_or_else(
            |_| [Bytes::new(), Bytes::new()],
            |block| car_section(&Cid::new_v1(JSON, *block.multihash()), block.bytes()),
        )
    }
}

/// What a stream begins with. It has no root, which some readers of CARs do not bear: the empty
/// identity CID stands for that.
pub(super) fn header() -> Bytes {
    let nothing = cid::multihash::Multihash::wrap(IDENTITY, &[]).ok();
    let nothing = nothing.map(|hash| Cid::new_v1(super::kinds::RAW, hash));
    // One short CID can always be encoded.
    car_header(nothing.as_slice()).unwrap_or_default()
}

/// A whole stream of these pieces, in few of them, since each that is sent wakes its reader: what
/// is there at once leaves together. Large pieces stay as they are, not copied.
pub(super) fn packed(pieces: impl Stream<Item = Bytes> + Send) -> impl Stream<Item = Bytes> + Send {
    const TOGETHER: usize = 128;
    let pieces = stream::once(async { header() }).chain(pieces);
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

type Body = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;

/// The body of a request or an answer, as a CAR.
pub(super) async fn opened<E: Error + Send + Sync + 'static>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Result<CarReader<Body>, CarError> {
    CarReader::open_buffered(StreamReader::new(body.map_err(io::Error::other).boxed())).await
}

/// Reads an answer.
pub(super) struct Answer(CarReader<Body>);

impl Answer {
    /// # Errors
    /// It is no CAR.
    pub(super) async fn of<E: Error + Send + Sync + 'static>(
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<Self, StreamError> {
        Ok(Self(opened(body).await?))
    }

    /// What comes next; `None` = that was the last. Whatever was not asked for is a note.
    ///
    /// # Errors
    /// It cannot be read, and nothing after it can.
    pub(super) async fn next(
        &mut self,
        is_asked_for: impl FnOnce(&Cid) -> bool,
    ) -> Result<Option<Section>, StreamError> {
        let Some(RawSection { cid, bytes, .. }) = self.0.next_raw().await? else {
            return Ok(None);
        };
        if is_asked_for(&cid) {
            return Ok(Some(Section::Block(cid, bytes)));
        }
        if cid.codec() != JSON {
            return Err(StreamError::NotAskedFor(cid));
        }
        Ok(Some(Section::Note(serde_json::from_slice(&bytes)?)))
    }
}
