//! Budgets: how much of one message is decoded. The rules are in `walk.rs` and `decode.rs`.

use crate::limits::Limits;

/// Most entries, blocks and presences together. The largest honest message, 2 MiB of wants, has
/// about 45,000.
pub(super) const MAX_ITEMS: usize = 65_536;

/// Most wants. boxo itself remembers only 1,024 wants of one peer. Cancels are not counted, since
/// they free memory.
pub(super) const MAX_WANTS: usize = 4_096;

/// Most blocks, with and without a prefix: one message may answer all that its sender is taken to
/// remember, as boxo's does where blocks are of a few bytes. More are not sent either.
pub(crate) const MAX_BLOCKS: usize = Limits::WANTS_REMEMBERED;

/// Most presences.
pub(super) const MAX_PRESENCES: usize = 8_192;

/// Payloads below this size are copied out of their frame, so that a small block that is kept does
/// not keep a frame of 4 MiB in memory.
pub(super) const COPIED_BELOW_BYTES: usize = 4_096;

/// Frames above this size are read twice, first to count their items. Smaller frames hold too few
/// items for it to matter.
pub(super) const SURVEYED_ABOVE_BYTES: usize = 64 * 1024;

/// Typical encoded length of an entry or a presence: a CIDv1 with a digest of 32 bytes, and a
/// little more.
pub(super) const USUAL_ITEM_BYTES: usize = 40;

/// Deepest nesting of protobuf groups that is skipped. Bitswap has no groups and its messages are
/// four levels deep, so that an honest sender's unknown fields fit; each level costs four bytes of
/// stack.
pub(super) const MAX_GROUP_DEPTH: usize = 16;

/// The number of items that may still be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn of(left: usize) -> Self {
        Self { left }
    }

    /// Takes one item; `false` if none was left.
    pub(super) const fn take(&mut self) -> bool {
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }
}
