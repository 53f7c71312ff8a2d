//! Draws from distributions, in whole numbers only: the same on every platform.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bitswap_core::Chance;

/// An exponentially distributed time with this mean, to a 2⁻³² of it.
///
/// Von Neumann's method (1951): comparisons of uniform numbers and nothing else, so that no
/// logarithm's last bit can differ between two machines.
pub(crate) fn exponential(chance: &mut Chance, mean: Duration) -> Duration {
    let mut whole: u128 = 0;
    loop {
        let first = chance.bits() >> 32;
        let mut last = first;
        let mut run_length = 1_u32;
        loop {
            let next = chance.bits() >> 32;
            if next >= last {
                break;
            }
            last = next;
            run_length += 1;
        }
        if run_length % 2 == 1 {
            let units = (whole << 32) + u128::from(first);
            let nanos = (mean.as_nanos() * units) >> 32;
            return Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        }
        whole += 1;
    }
}
