//! What is at the beginning of a CAR.

use cid::Cid;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncBufRead;

use super::MAX_HEADER_BYTES;
use super::error::CarError;
use super::input::Input;

/// What a CAR says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarHeader {
    /// Its version, 1 or 2.
    pub version: u64,
    /// The CIDs of what it holds. Nobody checked that they are in it.
    pub roots: Vec<Cid>,
}

/// What the header is in DAG-CBOR, whose keys are in this order.
#[derive(Deserialize, Serialize)]
struct Encoded {
    #[serde(default)]
    roots: Vec<Cid>,
    version: u64,
}

/// Where the blocks are in a CAR of version 2.
struct Data {
    begins: u64,
    ends: u64,
}

impl CarHeader {
    /// Reads what is before the blocks. The number is the byte at which they end, if it is known.
    pub(super) async fn read(
        from: &mut Input<impl AsyncBufRead + Unpin>,
    ) -> Result<(Self, Option<u64>), CarError> {
        let Encoded { roots, version } = read_encoded(from).await?;
        match version {
            1 => Ok((Self { version, roots }, None)),
            2 => {
                let place = Data::read(from).await?;
                from.skip(place.begins - from.at(), "what is before its blocks").await?;
                let at = from.at();
                let inner = read_encoded(from).await?;
                if inner.version != 1 || from.at() > place.ends {
                    let why = "the blocks of a car of version 2 have no header of version 1";
                    return Err(CarError::Malformed { at, why: why.to_owned() });
                }
                Ok((Self { version, roots: inner.roots }, Some(place.ends)))
            }
            version => Err(CarError::UnknownVersion { version }),
        }
    }

    /// The header of version 1, with its length before it.
    pub(super) fn encode(roots: &[Cid]) -> Result<Vec<u8>, CarError> {
        let header = Encoded { roots: roots.to_vec(), version: 1 };
        let encoded = serde_ipld_dagcbor::to_vec(&header)
            .map_err(|why| CarError::Malformed { at: 0, why: why.to_string() })?;
        let mut length = unsigned_varint::encode::u64_buffer();
        let length = unsigned_varint::encode::u64(encoded.len() as u64, &mut length);
        Ok([length, encoded.as_slice()].concat())
    }
}

impl Data {
    /// The fixed part of a header of version 2, after the 11 bytes that say so.
    async fn read(from: &mut Input<impl AsyncBufRead + Unpin>) -> Result<Self, CarError> {
        const CHARACTERISTICS: u64 = 16;
        from.skip(CHARACTERISTICS, "its header").await?;
        let at = from.at();
        let (begins, bytes) = (from.little_endian().await?, from.little_endian().await?);
        let _index = from.little_endian().await?;
        let ends = begins.checked_add(bytes);
        match ends {
            Some(ends) if begins >= from.at() && bytes > 0 => Ok(Self { begins, ends }),
            _ => {
                let why = format!("{bytes} bytes of blocks cannot begin at byte {begins}");
                Err(CarError::Malformed { at, why })
            }
        }
    }
}

async fn read_encoded(from: &mut Input<impl AsyncBufRead + Unpin>) -> Result<Encoded, CarError> {
    let what = "its header";
    let at = from.at();
    let length = from.varint(what).await?;
    let Some(bytes) = length else {
        return Err(CarError::Truncated { at: from.at(), what });
    };
    if bytes > MAX_HEADER_BYTES {
        return Err(CarError::TooLarge { at, what: "the header", bytes, limit: MAX_HEADER_BYTES });
    }
    let encoded = from.exact(bytes, what).await?;
    serde_ipld_dagcbor::from_slice(&encoded).map_err(|why| {
        let why = format!("the header cannot be understood: {why}");
        CarError::Malformed { at, why }
    })
}
