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

/// A Weibull distributed time: 63 % are shorter than `scale`. Below a `shape` of a hundred
/// hundredths long ones are more frequent than exponentially distributed, above it rarer.
pub(crate) fn weibull(chance: &mut Chance, scale: Duration, shape: u32) -> Duration {
    let drawn = exponential(chance, Duration::from_nanos(1 << 32));
    let drawn = u64::try_from(drawn.as_nanos()).unwrap_or(u64::MAX);
    let factor = power(drawn, 100_000 / shape.max(1));
    let nanos = (scale.as_nanos() * u128::from(factor)) >> 32;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A number to the power of so many thousandths, both in parts of 2³².
///
/// The exponent's binary digits choose among the base's square root, its square root, and so on.
/// Roots of whole numbers are the same everywhere.
pub(crate) fn power(base: u64, thousandths: u32) -> u64 {
    let times = |one: u64, other: u64| {
        u64::try_from((u128::from(one) * u128::from(other)) >> 32).unwrap_or(u64::MAX)
    };
    let mut result = 1 << 32;
    for _ in 0..thousandths / 1_000 {
        result = times(result, base);
    }
    let (mut left, mut root) = (thousandths % 1_000, base);
    for _ in 0..32 {
        root = (u128::from(root) << 32).isqrt() as u64;
        left *= 2;
        if left >= 1_000 {
            left -= 1_000;
            result = times(result, root);
        }
    }
    result
}
