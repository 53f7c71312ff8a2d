//! Functions of numbers for scripts, with the same bits on every platform.

use rhai::{Engine, EvalAltResult, FLOAT, INT};

/// Registers them in place of rhai's, whose last bits are the platform's.
pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("exp", libm::exp)
        .register_fn("ln", libm::log)
        .register_fn("pow", libm::pow)
        .register_fn("tanh", libm::tanh)
        .register_fn("sqrt", libm::sqrt)
        .register_fn("floor", libm::floor)
        .register_fn("ceiling", libm::ceil)
        .register_fn("round", libm::round)
        .register_fn("is_nan", |number: FLOAT| number.is_nan())
        .register_fn("to_float", |number: INT| number as FLOAT)
        .register_fn("to_float", |number: FLOAT| number)
        .register_fn("to_int", |number: INT| number)
        .register_fn("to_int", to_int)
        .register_fn("clamp", |number: INT, least: INT, most: INT| number.min(most).max(least));
}

/// Cuts off what is behind the point.
fn to_int(number: FLOAT) -> Result<INT, Box<EvalAltResult>> {
    // The least integer is a power of two and so has an exact float; one more than the most too.
    let bound = -(INT::MIN as FLOAT);
    if number >= -bound && number < bound {
        return Ok(number as INT);
    }
    Err(format!("{number} has no integer").into())
}

#[cfg(test)]
mod tests;
