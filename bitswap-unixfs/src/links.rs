//! The links of a block, whatever it is a node of.

use cid::Cid;
use ipld_core::codec::Links;
use ipld_dagpb::DagPbCodec;
use serde_ipld_dagcbor::codec::DagCborCodec;

const CBOR: u64 = 0x51;
const RAW: u64 = 0x55;
const DAG_PB: u64 = 0x70;
const DAG_CBOR: u64 = 0x71;
const LIBP2P_KEY: u64 = 0x72;
const JSON: u64 = 0x0200;

/// The links of a block are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinksError {
    /// The block is not what its CID says.
    #[error("its links cannot be read: {0}")]
    BadNode(String),
    /// It may link to others in a way that is not known.
    #[error("its links are not known: its codec is 0x{0:x}")]
    UnknownCodec(u64),
}

/// Whether a CID says by itself that its block links to nothing.
pub(crate) const fn is_leaf(cid: &Cid) -> bool {
    matches!(cid.codec(), CBOR | JSON | LIBP2P_KEY | RAW)
}

/// In the order in which the block has them.
///
/// # Errors
/// It is not what its CID says, or it is of a kind whose links are not known.
pub(crate) fn links(cid: &Cid, bytes: &[u8]) -> Result<Vec<Cid>, LinksError> {
    match cid.codec() {
        _ if is_leaf(cid) => Ok(Vec::new()),
        DAG_PB => read::<DagPbCodec>(bytes),
        DAG_CBOR => read::<DagCborCodec>(bytes),
        other => Err(LinksError::UnknownCodec(other)),
    }
}

fn read<C: Links>(bytes: &[u8]) -> Result<Vec<Cid>, LinksError>
where
    C::LinksError: std::fmt::Display,
{
    match C::links(bytes) {
        Ok(links) => Ok(links.collect()),
        Err(why) => Err(LinksError::BadNode(why.to_string())),
    }
}
