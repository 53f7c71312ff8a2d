//! Choices read from a fuzzer's bytes; 0 once these have come to their end.

pub(crate) struct Dice<'a> {
    rest: &'a [u8],
}

impl<'a> Dice<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    pub(crate) const fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub(crate) const fn long(&mut self) -> u64 {
        let mut bytes = [0; 8];
        let mut place = 0;
        while place < 8 {
            bytes[place] = self.byte();
            place += 1;
        }
        u64::from_le_bytes(bytes)
    }

    /// One of fewer than 257.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.byte() as u64 % bound
    }

    /// True once in so many.
    pub(crate) const fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == many - 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }
}
