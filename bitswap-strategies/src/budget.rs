//! A token bucket that is filled by what is done, and not by time: so many extras of a hundred.

/// Tokens for extras. It starts full.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// What each thing done earns, in hundredths of a token.
    percent: u32,
    /// Hundredths of tokens.
    hundredths: u32,
}

impl Budget {
    /// The most tokens.
    const MOST: u32 = 8;

    pub(crate) const fn new(percent: u32) -> Self {
        let hundredths = if percent == 0 { 0 } else { Self::MOST * 100 };
        Self { percent, hundredths }
    }

    /// One more thing was done.
    pub(crate) fn earn(&mut self) {
        self.hundredths = (self.hundredths + self.percent).min(Self::MOST * 100);
    }

    /// Takes a token, if there is one.
    pub(crate) const fn take(&mut self) -> bool {
        let has = self.hundredths >= 100;
        if has {
            self.hundredths -= 100;
        }
        has
    }
}

#[cfg(test)]
mod tests;
