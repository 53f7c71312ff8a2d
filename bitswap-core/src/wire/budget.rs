//! How much of one message is read. Owns the numbers; the rules are in `walk.rs` and `decode.rs`.

/// Entries, blocks and presences in all. The largest honest message, 2 MiB of wants, has about
/// 45,000.
pub(super) const MAX_ITEMS: usize = 65_536;

/// Wants. The reference itself forgets all but 1,024 of one peer. Cancels are not counted: they
/// make room.
pub(super) const MAX_WANTS: usize = 4_096;

/// Blocks, in either form.
pub(super) const MAX_BLOCKS: usize = 512;

/// Presences.
pub(super) const MAX_PRESENCES: usize = 8_192;

/// Payloads below this size are copied out of their frame, so that a small block that is kept
/// does not keep 4 MiB.
pub(super) const COPIED_BELOW_BYTES: usize = 4_096;

/// Frames above this size are gone through twice: first their items are counted. Smaller ones hold
/// too few to be worth it.
pub(super) const SURVEYED_ABOVE_BYTES: usize = 64 * 1024;

/// What an entry or a presence takes in a frame: a CIDv1 of 32 bytes of digest, and a little more.
pub(super) const USUAL_ITEM_BYTES: usize = 40;

/// Groups within groups that are passed over. Bitswap has none and the forms of its messages are
/// four deep, so any honest sender's unknown fields fit; each costs four bytes of the stack.
pub(super) const MAX_GROUP_DEPTH: usize = 16;

/// Items that may still be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn of(left: usize) -> Self {
        Self { left }
    }

    /// Takes one; `false` if nothing was left.
    pub(super) const fn take(&mut self) -> bool {
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }
}
