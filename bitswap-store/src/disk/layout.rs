//! How blocks lie in redb's tables, and nothing about files, threads or failures.
//!
//! redb keeps a value in one run of pages, whose length is a power of two; a block of 256 KiB and
//! a few bytes would take 512 KiB. So values are cut into pieces that fill such runs.

use std::collections::BTreeMap;
use std::ops::Bound;

use bitswap_core::{Block, MAX_BLOCK_BYTES};
use bytes::Bytes;
use redb::{Error, ReadableTable, Table, TableDefinition};

use crate::block_store::Multihash;
use crate::disk::key::Key;

/// Key → length (u32, little-endian), and the bytes themselves if they are few.
pub(super) const INDEX: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("index");
/// Key and the number of the piece (u16, big-endian) → a piece of a longer block.
pub(super) const PIECES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("pieces");
/// One row, the version of this layout.
pub(super) const FORMAT: TableDefinition<'_, (), u64> = TableDefinition::new("format");
pub(super) const VERSION: u64 = 1;

/// Blocks up to this length lie in the index.
const INLINE: usize = 1_024;

/// With their keys and redb's own fields they fill 16, 8, 4, 2 and 1 pages of 4 KiB.
const CUTS: [usize; 5] = [65_280, 32_512, 16_128, 7_936, 3_840];

pub(super) trait Rows: ReadableTable<&'static [u8], &'static [u8]> {}
impl<T: ReadableTable<&'static [u8], &'static [u8]>> Rows for T {}

type Rewritten<'a> = Table<'a, &'static [u8], &'static [u8]>;

/// What the tables have under a key. Damage that shows only in hashing is among `Bytes`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    Damaged,
    Bytes(Vec<u8>),
}

/// The block of this hash, if it is what these bytes are.
pub(super) fn checked(hash: &Multihash, bytes: Vec<u8>) -> Option<Block> {
    let block = Block::hashed(hash.code(), hash.size(), Bytes::from(bytes)).ok()?;
    (block.multihash() == hash).then_some(block)
}

pub(super) fn size(index: &impl Rows, key: &[u8]) -> Result<Option<u32>, Error> {
    let entry = index.get(key)?;
    Ok(entry
        .and_then(|entry| entry.value().first_chunk().map(|length| u32::from_le_bytes(*length))))
}

pub(super) fn bytes(index: &impl Rows, pieces: &impl Rows, key: &[u8]) -> Result<Held, Error> {
    let Some(entry) = index.get(key)? else { return Ok(Held::Nothing) };
    let Some((length, inline)) = entry.value().split_first_chunk() else {
        return Ok(Held::Damaged);
    };
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_BLOCK_BYTES {
        return Ok(Held::Damaged);
    }
    let mut whole = Vec::with_capacity(length);
    whole.extend_from_slice(inline);
    if length > INLINE {
        for number in 0..cut(length).count() as u16 {
            let Some(piece) = pieces.get(&*numbered(key, number))? else {
                return Ok(Held::Damaged);
            };
            whole.extend_from_slice(piece.value());
        }
    }
    Ok(if whole.len() == length { Held::Bytes(whole) } else { Held::Damaged })
}

/// Whether anything had to be written.
pub(super) fn put(
    index: &mut Rewritten<'_>,
    pieces: &mut Rewritten<'_>,
    key: &[u8],
    block: &Block,
) -> Result<bool, Error> {
    match bytes(index, pieces, key)? {
        Held::Bytes(held) if held == **block.bytes() => return Ok(false),
        // Damaged, then: this mends it, and pieces of a wrong number must not stay.
        Held::Bytes(_) | Held::Damaged => drop(remove(index, pieces, key)?),
        Held::Nothing => {}
    }
    let mut entry = (block.len() as u32).to_le_bytes().to_vec();
    if block.len() <= INLINE {
        entry.extend_from_slice(block.bytes());
    } else {
        let mut rest = &**block.bytes();
        for (number, length) in cut(block.len()).enumerate() {
            let (piece, others) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            pieces.insert(&*numbered(key, number as u16), piece)?;
            rest = others;
        }
    }
    index.insert(key, &*entry)?;
    Ok(true)
}

/// Whether there was anything.
pub(super) fn remove(
    index: &mut Rewritten<'_>,
    pieces: &mut Rewritten<'_>,
    key: &[u8],
) -> Result<bool, Error> {
    let there = index.remove(key)?.is_some();
    if there {
        let (first, last) = (numbered(key, 0), numbered(key, u16::MAX));
        pieces.retain_in(&*first..=&*last, |_, _| false)?;
    }
    Ok(there)
}

/// Up to `most` keys behind `after`: those of the table, with `accepted` laid over them, where
/// `false` is a deletion.
pub(super) fn keys(
    index: &impl Rows,
    after: &[u8],
    accepted: &BTreeMap<Key, bool>,
    most: usize,
) -> Result<Vec<Key>, Error> {
    let mut found = Vec::new();
    let mut over = accepted.iter().peekable();
    for row in index.range::<&[u8]>((Bound::Excluded(after), Bound::Unbounded))? {
        // A key that is longer than any is damaged.
        let Some(row) = Key::from_bytes(&[row?.0.value()]) else { continue };
        while let Some((key, there)) = over.next_if(|(key, _)| **key < row) {
            found.extend(there.then_some(*key));
        }
        let there = over.next_if(|(key, _)| **key == row).is_none_or(|(_, there)| *there);
        found.extend(there.then_some(row));
        if found.len() >= most {
            break;
        }
    }
    if found.len() < most {
        found.extend(over.filter(|(_, there)| **there).map(|(key, _)| *key));
    }
    found.truncate(most);
    Ok(found)
}

/// The lengths of the pieces of a block of this length.
fn cut(length: usize) -> impl Iterator<Item = usize> {
    let mut rest = length;
    std::iter::from_fn(move || {
        let piece = CUTS.into_iter().find(|piece| *piece <= rest).unwrap_or(rest);
        rest -= piece;
        (piece > 0).then_some(piece)
    })
}

fn numbered(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}
