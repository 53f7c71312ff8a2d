//! Records of providers, as JSON has them.

#[cfg(test)]
mod tests;

use std::fmt;

use libp2p::{Multiaddr, PeerId};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::addresses::Taken;
use crate::routing::Provider;

/// Records that are read of one answer.
pub(super) const MOST_RECORDS: usize = 100;
/// The longest record that is read.
pub(super) const MOST_RECORD_BYTES: usize = 64 * 1024;
/// Addresses that are taken of one record.
const MOST_ADDRESSES: usize = 8;
/// Addresses of one record that these are chosen of.
const MOST_SEEN: usize = 64;
/// What those who speak Bitswap say that they speak.
const BITSWAP: &str = "transport-bitswap";

/// An answer in one piece, about providers or about a peer.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "Providers", alias = "Peers", default, deserialize_with = "first_records")]
    pub(super) providers: Vec<Box<RawValue>>,
}

/// A record of one of the schemas that are read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    schema: String,
    #[serde(rename = "ID")]
    id: String,
    addrs: Option<Vec<String>>,
    protocols: Option<Vec<String>>,
    protocol: Option<String>,
}

/// The peer in a record; `None` if it is of another schema, speaks something else, or makes no
/// sense. Of its addresses those count that are `taken`: there may be none.
pub(super) fn provider(record: &[u8], taken: Taken) -> Option<Provider> {
    if record.len() > MOST_RECORD_BYTES {
        return None;
    }
    let record: Record = serde_json::from_slice(record).ok()?;
    if !matches!(record.schema.as_str(), "peer" | "bitswap") {
        return None;
    }
    let spoken: Vec<_> = record.protocols.into_iter().flatten().chain(record.protocol).collect();
    if !spoken.is_empty() && !spoken.iter().any(|protocol| protocol == BITSWAP) {
        return None;
    }
    let peer: PeerId = record.id.parse().ok()?;
    let addresses = record.addrs.into_iter().flatten();
    let addresses = addresses.filter_map(|text| text.parse::<Multiaddr>().ok());
    let ways = addresses.filter_map(|address| Some((taken.way(&address, &peer)?, address)));
    let mut addresses: Vec<_> = ways.take(MOST_SEEN).collect();
    // Few are dialled, and an address at a relay is worth a dial where no other leads there.
    addresses.sort_by_key(|(way, _)| *way);
    let addresses: Vec<_> =
        addresses.into_iter().map(|(_, address)| address).take(MOST_ADDRESSES).collect();
    Some(Provider { peer, addresses })
}

/// The first records of a list, unread; the others are passed over. `null` is none.
fn first_records<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Box<RawValue>>, D::Error> {
    struct First;

    impl<'de> Visitor<'de> for First {
        type Value = Vec<Box<RawValue>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of records")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut records = Vec::new();
            while records.len() < MOST_RECORDS {
                let Some(record) = list.next_element()? else { return Ok(records) };
                records.push(record);
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(records)
        }
    }

    from.deserialize_any(First)
}
