//! Soft steps, logarithms and roots in integers: tables with linear interpolation, since the last
//! bits of floats differ between platforms. 1,024 stands for 1.0.

mod table;
#[cfg(test)]
mod tests;

/// The unit: 1.0.
pub const ONE: i64 = 1_024;

/// Units of the tables, as a power of two.
const FINE: u32 = 20;

/// The logistic function 1 / (1 + e⁻ˣ) of `x`/1024, in 1/1024; within 1/1024 of the true value.
///
/// ```
/// use bitswap_strategies::tools::curves::sigmoid_1024;
///
/// assert_eq!([-9_000, -1_024, 0, 1_024, 9_000].map(sigmoid_1024), [0, 275, 512, 749, 1_024]);
/// ```
pub fn sigmoid_1024(x: i64) -> i64 {
    let right = rounded(fine_sigmoid(x.unsigned_abs()));
    if x < 0 { ONE - right } else { right }
}

/// The hyperbolic tangent of `x`/1024, in 1/1024; within 1/1024 of the true value.
///
/// ```
/// use bitswap_strategies::tools::curves::tanh_1024;
///
/// assert_eq!([-9_000, -1_024, 0, 512, 9_000].map(tanh_1024), [-1_024, -780, 0, 473, 1_024]);
/// ```
pub fn tanh_1024(x: i64) -> i64 {
    // tanh x = 2 · sigmoid 2x − 1
    let twice = fine_sigmoid(x.unsigned_abs().saturating_mul(2));
    let right = rounded((2 * twice).saturating_sub(1 << FINE));
    if x < 0 { -right } else { right }
}

/// The natural logarithm of a whole number, in 1/1024; within 1/1024 of the true value. That of 0
/// counts as that of 1: 0.
///
/// ```
/// use bitswap_strategies::tools::curves::ln_1024;
///
/// assert_eq!([0, 1, 2, 3, 1_000_000].map(ln_1024), [0, 0, 710, 1_125, 14_147]);
/// ```
pub fn ln_1024(x: u64) -> i64 {
    const LN_2: u64 = 726_817;
    let Some(power) = x.checked_ilog2() else { return 0 };
    // x = 2^power · (1 + rest / 2⁶³)
    let rest = (x << (63 - power)) & (u64::MAX >> 1);
    rounded(u64::from(power) * LN_2 + between(&table::LN, rest >> 33, 30 - 6))
}

/// The square root of `x`/1024, in 1/1024, rounded down; for that of a whole number there is
/// [`u64::isqrt`].
///
/// ```
/// use bitswap_strategies::tools::curves::sqrt_1024;
///
/// assert_eq!([0, 256, 1_024, 2_048, 4_096].map(sqrt_1024), [0, 512, 1_024, 1_448, 2_048]);
/// ```
pub fn sqrt_1024(x: u64) -> u64 {
    u64::try_from((u128::from(x) * ONE as u128).isqrt()).unwrap_or(u64::MAX)
}

/// The logistic function of a number that is not negative, in fine units.
fn fine_sigmoid(x: u64) -> u64 {
    // The table has 32 places for each 1,024.
    between(&table::SIGMOID, x, 5)
}

/// The value at `x`, for which the table has a place at each 2^`shift`; beyond its end, 1.0 of the
/// sigmoid, which nothing else reaches.
fn between(table: &[u32], x: u64, shift: u32) -> u64 {
    let place = usize::try_from(x >> shift).unwrap_or(usize::MAX);
    let Some(&[low, high]) = table.get(place..).and_then(<[u32]>::first_chunk::<2>) else {
        return 1 << FINE;
    };
    let step = x & ((1 << shift) - 1);
    u64::from(low) + ((u64::from(high - low) * step) >> shift)
}

/// Fine units to 1/1024, rounded to the nearest.
const fn rounded(fine: u64) -> i64 {
    let cut = FINE - 10;
    ((fine + (1 << (cut - 1))) >> cut) as i64
}
