//! What blocks are found by: multihashes as bytes, without an allocation for each.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

use crate::block_store::Multihash;

/// A code of ten bytes, a length, and the longest digest.
const LONGEST: usize = 10 + 1 + 64;

/// A multihash as bytes. None is the beginning of another, and they are ordered as bytes are.
#[derive(Clone, Copy)]
pub(super) struct Key {
    length: u8,
    bytes: [u8; LONGEST],
}

impl Key {
    /// Before all others.
    pub(super) const FIRST: Self = Self { length: 0, bytes: [0; LONGEST] };

    pub(super) fn of(hash: &Multihash) -> Self {
        let mut key = Self::FIRST;
        // What is longest fits.
        key.length = hash.write(key.bytes.as_mut_slice()).unwrap_or_default() as u8;
        key
    }

    /// `None` if none is so long.
    pub(super) fn from_bytes(parts: &[&[u8]]) -> Option<Self> {
        let mut key = Self::FIRST;
        for part in parts {
            let from = usize::from(key.length);
            key.bytes.get_mut(from..from + part.len())?.copy_from_slice(part);
            key.length += part.len() as u8;
        }
        Some(key)
    }

    /// `None` if it is damaged.
    pub(super) fn multihash(&self) -> Option<Multihash> {
        Multihash::from_bytes(self).ok()
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.multihash()).finish()
    }
}
