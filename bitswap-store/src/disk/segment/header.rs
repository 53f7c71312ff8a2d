//! The beginning of a segment, written twice: which it is, what comes before it, and the store's
//! secret.

use siphasher::sip::SipHasher24;

use crate::disk::segment::frame::Secret;

/// Groups begin here. Header and copy lie in sectors of their own.
pub(in crate::disk) const FIRST_GROUP: u64 = 1_024;
const COPY_AT: usize = 512;
const MAGIC: &[u8; 8] = b"bswapseg";
const LENGTH: usize = 48;
pub(in crate::disk) const VERSION: u32 = 2;
/// From it on, blocks have checksums.
pub(super) const WITH_SUMS: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) struct Header {
    pub(in crate::disk) version: u32,
    pub(in crate::disk) segment: u32,
    /// The segment with the last group that was committed before this one was made, and where that
    /// group ends. What is behind it there, and all segments between it and this one, hold only
    /// what failed to be committed: it does not count.
    pub(in crate::disk) before: End,
    pub(in crate::disk) secret: Secret,
}

/// A place behind a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::disk) struct End {
    pub(in crate::disk) segment: u32,
    pub(in crate::disk) at: u32,
}

impl Header {
    pub(in crate::disk) fn bytes(&self) -> Vec<u8> {
        let mut once = MAGIC.to_vec();
        let numbers = [self.version, self.segment, self.before.segment, self.before.at];
        once.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        once.extend(self.secret);
        once.extend(checksum(&once).to_le_bytes());
        let mut both = once.clone();
        both.resize(COPY_AT, 0);
        both.extend(once);
        both.resize(FIRST_GROUP as usize, 0);
        both
    }

    /// Of the two, the one that is whole.
    pub(in crate::disk) fn read(bytes: &[u8]) -> Option<Self> {
        let copies = [bytes.get(..LENGTH), bytes.get(COPY_AT..COPY_AT + LENGTH)];
        copies.into_iter().flatten().find_map(Self::read_one)
    }

    fn read_one(bytes: &[u8]) -> Option<Self> {
        let (text, sum) = bytes.split_last_chunk()?;
        if !text.starts_with(MAGIC) || u64::from_le_bytes(*sum) != checksum(text) {
            return None;
        }
        let number = |at: usize| Some(u32::from_le_bytes(*text.get(at..)?.first_chunk()?));
        Some(Self {
            version: number(8)?,
            segment: number(12)?,
            before: End { segment: number(16)?, at: number(20)? },
            secret: *text.get(24..)?.first_chunk()?,
        })
    }
}

/// Nobody but the store writes here, so this needs no secret.
fn checksum(text: &[u8]) -> u64 {
    SipHasher24::new_with_keys(0, 0).hash(text)
}
