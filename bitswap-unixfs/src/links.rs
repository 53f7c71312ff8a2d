//! The links of a block, whatever it is a node of.

use bytes::Bytes;
use cid::Cid;
use ipld_core::codec::Links;
use ipld_dagpb::DagPbCodec;
use serde_ipld_dagcbor::codec::DagCborCodec;

use super::error::CarError;

const CBOR: u64 = 0x51;
const RAW: u64 = 0x55;
const DAG_PB: u64 = 0x70;
const DAG_CBOR: u64 = 0x71;
const LIBP2P_KEY: u64 = 0x72;
const JSON: u64 = 0x0200;

/// In the order in which the block has them.
///
/// # Errors
/// It is not what its CID says, or it is of a kind whose links are not known.
pub(super) fn links(cid: &Cid, bytes: &Bytes) -> Result<Vec<Cid>, CarError> {
    match cid.codec() {
        CBOR | JSON | LIBP2P_KEY | RAW => Ok(Vec::new()),
        DAG_PB => read::<DagPbCodec>(cid, bytes),
        DAG_CBOR => read::<DagCborCodec>(cid, bytes),
        _ => Err(CarError::UnknownCodec { cid: *cid }),
    }
}

fn read<C: Links>(cid: &Cid, bytes: &[u8]) -> Result<Vec<Cid>, CarError>
where
    C::LinksError: std::fmt::Display,
{
    match C::links(bytes) {
        Ok(links) => Ok(links.collect()),
        Err(why) => Err(CarError::BadNode { cid: *cid, why: why.to_string() }),
    }
}
