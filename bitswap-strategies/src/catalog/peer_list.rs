//! Peers that an operator lists, as a parameter of a strategy.

use bitswap_core::PeerKey;
use bitswap_core::strategy::Ctx;
use cid::Cid;
use libp2p_identity::PeerId;
use toml::Value;

use super::value::Setting;

/// A list of peers: these, or any peer there is.
///
/// ```
/// use bitswap_strategies::catalog::{PeerList, Setting as _};
///
/// let id = "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj";
/// let list = PeerList::read(&toml::Value::from(vec![id])).ok_or("no peer ids")?;
/// assert_eq!(list.write(), toml::Value::from(vec![id]));
/// assert_eq!(PeerList::read(&toml::Value::from("any")), Some(PeerList::Any));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeerList {
    /// The listed peers, in the order of the list; at most [`PeerList::MOST`].
    These(Vec<PeerId>),
    /// Any peer.
    Any,
}

impl PeerList {
    /// The most peers that one list has.
    pub const MOST: usize = 1_024;
    /// No peer.
    pub const NONE: Self = Self::These(Vec::new());
}

impl Setting for PeerList {
    const UNIT: &'static str = "peers";
    const EXPECTED: &'static str = "a list of peer ids such as [\"12D3KooW…\"], or \"any\"";

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some("any") {
            return Some(Self::Any);
        }
        let ids = value.as_array().filter(|ids| ids.len() <= Self::MOST)?;
        let ids: Option<_> = ids.iter().map(|id| peer_id(id.as_str()?)).collect();
        ids.map(Self::These)
    }

    fn write(&self) -> Value {
        match self {
            Self::These(ids) => {
                Value::Array(ids.iter().map(|id| Value::String(id.to_base58())).collect())
            }
            Self::Any => Value::String("any".to_owned()),
        }
    }

    fn wrong(value: &Value) -> Option<String> {
        let ids = value.as_array()?;
        if ids.len() > Self::MOST {
            return Some(format!("it has {} peers, of at most {}", ids.len(), Self::MOST));
        }
        let bad = ids.iter().find(|id| id.as_str().and_then(peer_id).is_none())?;
        Some(format!("{bad} is not a peer id"))
    }
}

/// The peer id in a text: base58, or a CIDv1 of a libp2p key.
pub(crate) fn peer_id(text: &str) -> Option<PeerId> {
    const LIBP2P_KEY: u64 = 0x72;
    if let Ok(peer) = text.parse() {
        return Some(peer);
    }
    let cid = Cid::try_from(text).ok().filter(|cid| cid.codec() == LIBP2P_KEY)?;
    PeerId::from_multihash(*cid.hash()).ok()
}

/// A list of peers by the keys under which strategies see them. The engine's keys are known in its
/// calls only, so the list is translated at its first use.
#[derive(Clone, Debug)]
pub struct ListedPeers {
    list: PeerList,
    keys: Option<Vec<PeerKey>>,
}

impl ListedPeers {
    /// The peers of `list`.
    pub const fn new(list: PeerList) -> Self {
        Self { list, keys: None }
    }

    /// Whether `peer` is in the list.
    pub fn contains(&mut self, ctx: &Ctx<'_>, peer: PeerKey) -> bool {
        self.list == PeerList::Any || self.keys(ctx).contains(&peer)
    }

    /// The keys of the listed peers, in the order of the list; none of "any".
    pub fn keys(&mut self, ctx: &Ctx<'_>) -> &[PeerKey] {
        let ids = match &self.list {
            PeerList::Any => &[][..],
            PeerList::These(ids) => ids,
        };
        self.keys.get_or_insert_with(|| ids.iter().map(|id| ctx.key_of(id)).collect())
    }
}

#[cfg(test)]
mod tests;
