//! The digest of bytes. With the feature `ring`, ring computes sha2-256, in nearly half the time on
//! processors without SHA instructions.

#[cfg(test)]
mod tests;

use multihash::Multihash;
use multihash_codetable::{Code, MultihashDigest as _};

/// The whole digest of `bytes`.
pub(crate) fn digest_of(function: Code, bytes: &[u8]) -> Multihash<64> {
    #[cfg(feature = "ring")]
    if function == Code::Sha2_256 {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        if let Ok(hash) = Multihash::wrap(function.into(), digest.as_ref()) {
            return hash;
        }
    }
    function.digest(bytes)
}
