//! What blocks are looked up by in rules: 32 bytes, whatever names the block.

use bitswap_store::Multihash;
use cid::Cid;
use cid::multibase::Base;
use multihash_codetable::{Code, MultihashDigest as _};

/// The beginning of a digest, as long as nobody can find two blocks that share it; a shorter one
/// ends with zeros.
pub(super) type Digest = [u8; 32];

/// That of a multihash itself.
pub(super) fn plain(hash: &Multihash) -> Digest {
    padded(hash.digest())
}

/// That of `//…` rules: the multihash, in base58btc, hashed again.
pub(super) fn double(hash: &Multihash) -> Digest {
    sha2_256(Base::Base58Btc.encode(hash.to_bytes()).as_bytes())
}

/// That of `//…` rules in hexadecimal digits: the CID, in base32 and with a slash, hashed again.
pub(super) fn legacy(cid: &Cid) -> Digest {
    let bytes = Cid::new_v1(cid.codec(), *cid.hash()).to_bytes();
    sha2_256(format!("b{}/", Base::Base32Lower.encode(bytes)).as_bytes())
}

pub(super) fn padded(digest: &[u8]) -> Digest {
    let mut padded = [0; 32];
    for (to, from) in padded.iter_mut().zip(digest) {
        *to = *from;
    }
    padded
}

fn sha2_256(bytes: &[u8]) -> Digest {
    padded(Code::Sha2_256.digest(bytes).digest())
}
