//! How many blocks of a call may be wanted or wait for its reader at once.

/// The blocks that wait for a reader have about this many bytes at most.
const WAITING_BYTES: u64 = 64 * 1024 * 1024;
/// The most credit, with the smallest blocks.
const MOST: u32 = bitswap_core::Limits::WANTS_PER_SESSION as u32;

/// The credit of one call. It goes back in quarters, so that the driver is not woken for each
/// block.
#[derive(Debug)]
pub(super) struct Credit {
    /// Blocks that may be wanted or wait.
    window: u32,
    /// Taken by the reader, and not yet given back.
    taken: u32,
    /// The blocks that the reader took, and their bytes, if the window follows from their size.
    sizes: Option<(u64, u64)>,
}

impl Credit {
    /// Always `blocks`, and at least one.
    pub(super) fn fixed(blocks: u32) -> Self {
        Self { window: blocks.max(1), taken: 0, sizes: None }
    }

    /// As many as have 64 MiB, by their mean size once that is known.
    pub(super) const fn by_size() -> Self {
        let first = (WAITING_BYTES / bitswap_core::Tuning::BLOCK_BYTES_GUESS) as u32;
        Self { window: first, taken: 0, sizes: Some((0, 0)) }
    }

    /// What a call begins with.
    pub(super) const fn first(&self) -> u32 {
        self.window
    }

    /// The most that there may ever be.
    pub(super) const fn most(&self) -> u32 {
        if self.sizes.is_some() { MOST } else { self.window }
    }

    /// The reader took a block, or heard that it does not come (0 bytes): returns how much credit
    /// goes back now.
    pub(super) fn took(&mut self, bytes: usize) -> Option<u32> {
        self.taken += 1;
        if let Some((blocks, all)) = &mut self.sizes {
            *blocks += 1;
            *all = all.saturating_add(bytes as u64);
        }
        if self.taken < self.window.div_ceil(4) {
            return None;
        }
        let wanted = self.wanted();
        let back = (self.taken + wanted).saturating_sub(self.window);
        self.window = self.window - self.taken + back;
        self.taken = 0;
        (back > 0).then_some(back)
    }

    fn wanted(&self) -> u32 {
        let Some((blocks, bytes)) = self.sizes else {
            return self.window;
        };
        let mean = (bytes / blocks.max(1)).max(1);
        u32::try_from(WAITING_BYTES / mean).unwrap_or(MOST).clamp(1, MOST)
    }
}

#[cfg(test)]
mod tests;
