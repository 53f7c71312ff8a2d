//! Peers, CIDs and blocks in recordings: as they are, or as pseudonyms that have the same keys. Of
//! blocks there is the length, and nothing of their bytes.

use cid::{Cid, Version};
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::form::{Fault, Pen, Put, Slip, Take};
use crate::block::Block;
use crate::ids::{CallId, CidKey, HashKey, LookupId, PeerKey, ReadId, SendId, SessionId, WriteId};
use crate::keys::Keys;

/// The code of a multihash that is what it stands for.
const IDENTITY: u64 = 0;
/// The codec of a CID that names a peer.
const LIBP2P_KEY: u64 = 0x72;
/// The shortest word that may be a name of anything: shorter ones have no digest of 20 bytes.
const SHORTEST_NAME: usize = 28;

/// Counters.
macro_rules! counters {
    ($($type:ident),*) => {$(
        impl Put for $type {
            fn put(&self, pen: &mut Pen) {
                pen.number(self.0);
            }
        }

        impl Take for $type {
            fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
                slip.number().map(Self)
            }
        }
    )*};
}

counters!(CallId, LookupId, ReadId, SendId, SessionId, WriteId);

impl Put for PeerKey {
    fn put(&self, pen: &mut Pen) {
        pen.fixed(self.0);
    }
}

impl Put for CidKey {
    fn put(&self, pen: &mut Pen) {
        pen.fixed(self.0);
    }
}

impl Put for PeerId {
    fn put(&self, pen: &mut Pen) {
        match &pen.pseudonyms {
            Some(keys) => keys.peer(self).put(pen),
            None => self.as_ref().put(pen),
        }
    }
}

impl Take for PeerId {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let peer = if slip.pseudonyms {
            pseudonymous_peer(PeerKey(slip.fixed()?))
        } else {
            Self::from_multihash(Multihash::take(slip)?).ok()
        };
        peer.ok_or(Fault::Form("no peer id"))
    }
}

/// Function and length, then the digest, or of a pseudonym the eight bytes of its key.
impl Put for Multihash<64> {
    fn put(&self, pen: &mut Pen) {
        pen.number(self.code());
        self.size().put(pen);
        match &pen.pseudonyms {
            Some(keys) => {
                let HashKey(key) = keys.multihash(self);
                pen.fixed(key);
            }
            None => pen.bytes.extend_from_slice(self.digest()),
        }
    }
}

impl Take for Multihash<64> {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let (code, size) = (slip.number()?, u8::take(slip)?);
        let hash = if slip.pseudonyms {
            pseudonymous_hash(code, size, HashKey(slip.fixed()?))
        } else {
            Self::wrap(code, slip.bytes(size.into())?).ok()
        };
        hash.ok_or(Fault::Form("no multihash"))
    }
}

impl Put for Cid {
    fn put(&self, pen: &mut Pen) {
        pen.number(self.version().into());
        pen.number(self.codec());
        self.hash().put(pen);
    }
}

impl Take for Cid {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let no_cid = Fault::Form("no cid");
        let Ok(version) = Version::try_from(slip.number()?) else { return Err(no_cid) };
        let codec = slip.number()?;
        Self::new(version, codec, Multihash::take(slip)?).map_err(|_| no_cid)
    }
}

impl Put for Block {
    fn put(&self, pen: &mut Pen) {
        self.multihash().put(pen);
        self.len().put(pen);
    }
}

impl Take for Block {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let hash = Multihash::take(slip)?;
        Self::elided(hash, usize::take(slip)?).ok_or(Fault::Form("no block is so long"))
    }
}

/// The multihash is left out if it is that of the CID, as it nearly always is.
impl Put for (Cid, Block) {
    fn put(&self, pen: &mut Pen) {
        let (cid, block) = self;
        cid.put(pen);
        let other = Some(block.multihash()).filter(|hash| *hash != cid.hash());
        other.copied().put(pen);
        block.len().put(pen);
    }
}

impl Take for (Cid, Block) {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let cid = Cid::take(slip)?;
        let other: Option<Multihash<64>> = Take::take(slip)?;
        let block = Block::elided(other.unwrap_or_else(|| *cid.hash()), usize::take(slip)?);
        Ok((cid, block.ok_or(Fault::Form("no block is so long"))?))
    }
}

/// `text` with each peer id and CID in it replaced by its pseudonym: parameters of strategies may
/// have such words, and texts of scripts.
pub(super) fn pseudonymous_text(text: &str, keys: &Keys) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |letter: char| letter.is_ascii_alphanumeric();
        // Behind a backslash, a letter is no part of a word.
        let length = match first {
            '\\' => rest.char_indices().nth(2).map_or(rest.len(), |(place, _)| place),
            _ if is_part(first) => rest.find(|letter| !is_part(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(length);
        match pseudonym(word, keys) {
            Some(other) => result.push_str(&other),
            None => result.push_str(word),
        }
        rest = behind;
    }
    result
}

/// The pseudonym of the peer or CID that is called `word`.
fn pseudonym(word: &str, keys: &Keys) -> Option<String> {
    if word.len() < SHORTEST_NAME {
        return None;
    }
    let of_peer = |peer: &PeerId| Some(pseudonymous_peer(keys.peer(peer))?.to_base58());
    if let Ok(peer) = word.parse() {
        return of_peer(&peer);
    }
    let cid = Cid::try_from(word).ok()?;
    if cid.codec() == LIBP2P_KEY
        && let Ok(peer) = PeerId::from_multihash(*cid.hash())
    {
        return of_peer(&peer);
    }
    let hash = cid.hash();
    let hash = pseudonymous_hash(hash.code(), hash.size(), keys.multihash(hash))?;
    Cid::new(cid.version(), cid.codec(), hash).ok().map(|cid| cid.to_string())
}

/// A peer id that has nothing of the peer's but its key.
fn pseudonymous_peer(PeerKey(key): PeerKey) -> Option<PeerId> {
    PeerId::from_multihash(Multihash::wrap(IDENTITY, &key.to_le_bytes()).ok()?).ok()
}

/// A multihash that has nothing of the digest but its key and its length, which is at least eight
/// bytes here: the key, then zeros.
fn pseudonymous_hash(code: u64, size: u8, HashKey(key): HashKey) -> Option<Multihash<64>> {
    let mut digest = [0; 64];
    let (place, _) = digest.split_first_chunk_mut()?;
    *place = key.to_le_bytes();
    Multihash::wrap(code, digest.get(..usize::from(size).max(size_of::<u64>()))?).ok()
}
