//! Work of inner loops done natively: one call for a whole list, paid for in operations by length.

use bitswap_core::strategy::{InFlight, SearchedWant};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT};

use super::budget::Meter;
use super::handle::CtxHandle;
use super::mirror::list::List;
use super::mirror::selector::{PeerRow, WantRow};
use super::mirror::view::View;
use crate::tools::curves;

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// Registers all of them.
pub(super) fn register(engine: &mut Engine, meter: &Meter) {
    register_numbers(engine, meter);
    register_draws(engine, meter);
    register_list::<PeerRow>(engine, meter);
    register_list::<WantRow>(engine, meter);
    register_list::<InFlight>(engine, meter);
    register_list::<SearchedWant>(engine, meter);
}

fn register_numbers(engine: &mut Engine, meter: &Meter) {
    let [one, two, three] = [meter.clone(), meter.clone(), meter.clone()];
    engine
        .register_fn("mul_div", mul_div)
        .register_fn("ewma", |mean: Dynamic, sample: INT, shift: INT| ewma(&mean, sample, shift))
        .register_fn("sigmoid_1024", curves::sigmoid_1024)
        .register_fn("tanh_1024", curves::tanh_1024)
        .register_fn("ln_1024", |number: INT| curves::ln_1024(number.max(0).cast_unsigned()))
        .register_fn("sqrt_1024", |number: INT| {
            curves::sqrt_1024(number.max(0).cast_unsigned()) as INT
        })
        .register_fn("sum", move |numbers: &mut Array| {
            pay(&one, numbers.len());
            Outcome::Ok(integers(numbers)?.into_iter().fold(0, INT::saturating_add))
        })
        .register_fn("quantile", move |numbers: &mut Array, percent: INT| {
            pay(&two, numbers.len());
            Outcome::Ok(quantile(integers(numbers)?, percent))
        })
        .register_fn("order_by", move |values: &mut Array, keys: Array| {
            pay(&three, values.len());
            let mut keyed: Vec<_> = integers(&keys)?.into_iter().zip(values.iter()).collect();
            if keys.len() != values.len() {
                let (keys, values) = (keys.len(), values.len());
                return Err(format!("{keys} keys do not order {values} values").into());
            }
            keyed.sort_by_key(|(key, _)| *key);
            Outcome::Ok(keyed.into_iter().map(|(_, value)| value.clone()).collect::<Array>())
        });
}

fn register_draws(engine: &mut Engine, meter: &Meter) {
    let [one, two, three] = [meter.clone(), meter.clone(), meter.clone()];
    engine
        .register_fn("weighted", move |ctx: &mut CtxHandle, weights: Array| {
            pay(&one, weights.len());
            let weights = integers(&weights)?;
            let weights = weights.iter().map(|weight| (*weight).max(0).cast_unsigned());
            let place = ctx.roll(|dice| dice.weighted(weights));
            Outcome::Ok(place.map_or(Dynamic::UNIT, |place| Dynamic::from(place as INT)))
        })
        .register_fn("sample", move |ctx: &mut CtxHandle, values: Array, most: INT| {
            pay(&two, values.len());
            sample(ctx, values, most)
        })
        .register_fn("sample", move |ctx: &mut CtxHandle, keys: List<INT>, most: INT| {
            pay(&three, keys.len());
            sample(ctx, keys.into_iter().map(Dynamic::from).collect(), most)
        });
    let meter = meter.clone();
    engine.register_fn("without", move |keys: List<INT>, others: Array| {
        pay(&meter, keys.len() + others.len());
        let others = integers(&others)?;
        Outcome::Ok(keys.into_iter().filter(|key| !others.contains(key)).collect::<List<INT>>())
    });
}

/// What lists of rows have, by the name of a field. A row in which it is unknown does not count.
fn register_list<V: View>(engine: &mut Engine, meter: &Meter) {
    let [one, two, three, four] = [meter.clone(), meter.clone(), meter.clone(), meter.clone()];
    engine
        .register_fn("sum", move |rows: &mut List<V>, field: &str| {
            pay(&one, rows.len());
            Outcome::Ok(
                keyed(rows, field)?
                    .into_iter()
                    .fold(0, |sum: INT, (key, _)| sum.saturating_add(key)),
            )
        })
        .register_fn("min_by", move |rows: &mut List<V>, field: &str| {
            pay(&two, rows.len());
            let rows = keyed(rows, field)?;
            Outcome::Ok(row(rows.into_iter().min_by_key(|(key, _)| *key)))
        })
        .register_fn("max_by", move |rows: &mut List<V>, field: &str| {
            pay(&three, rows.len());
            let rows = keyed(rows, field)?;
            // The first of several, as for the least.
            Outcome::Ok(row(rows.into_iter().rev().max_by_key(|(key, _)| *key)))
        })
        .register_fn("order_by", move |rows: &mut List<V>, field: &str| {
            pay(&four, rows.len());
            let mut rows = keyed(rows, field)?;
            rows.sort_by_key(|(key, _)| *key);
            Outcome::Ok(rows.into_iter().map(|(_, row)| row.clone()).collect::<List<V>>())
        });
}

fn row<V: View>(found: Option<(INT, &V)>) -> Dynamic {
    found.map_or(Dynamic::UNIT, |(_, row)| Dynamic::from(row.clone()))
}

fn keyed<'a, V: View>(rows: &'a List<V>, field: &str) -> Outcome<Vec<(INT, &'a V)>> {
    let field = V::field(field)?;
    let known = |row: &'a V| {
        let value = (field.get)(row);
        if value.is_unit() { None } else { Some(integer(&value).map(|key| (key, row))) }
    };
    rows.iter().filter_map(known).collect()
}

/// Native work is paid for like the script's own.
fn pay(meter: &Meter, length: usize) {
    let _in_budget = meter.spend(1 + length as u64 / 8);
}

fn integers(values: &Array) -> Outcome<Vec<INT>> {
    values.iter().map(integer).collect()
}

fn integer(value: &Dynamic) -> Outcome<INT> {
    value.as_int().map_err(|kind| format!("a {kind} is in a list of integers").into())
}

/// number * by / over, in 128 bits, so that nothing overflows on the way.
fn mul_div(number: INT, by: INT, over: INT) -> Outcome<INT> {
    let product = i128::from(number) * i128::from(by);
    let result = product.checked_div(i128::from(over)).ok_or("there is no division by 0")?;
    let fits = result.clamp(i128::from(INT::MIN), i128::from(INT::MAX));
    Ok(fits as INT)
}

/// A mean that a new sample moves by 1/2^shift of the difference; `()` before the first.
fn ewma(mean: &Dynamic, sample: INT, shift: INT) -> Outcome<INT> {
    if mean.is_unit() {
        return Ok(sample);
    }
    let (mean, shift) = (i128::from(integer(mean)?), shift.clamp(0, 32));
    Ok((mean + ((i128::from(sample) - mean) >> shift)) as INT)
}

/// The number that `percent` of all do not exceed; `()` of none.
fn quantile(mut numbers: Vec<INT>, percent: INT) -> Dynamic {
    numbers.sort_unstable();
    let percent = usize::try_from(percent.clamp(0, 100)).unwrap_or_default();
    let place = (numbers.len() * percent).div_ceil(100).saturating_sub(1);
    numbers.get(place).map_or(Dynamic::UNIT, |number| Dynamic::from(*number))
}

fn sample(ctx: &mut CtxHandle, mut values: Array, most: INT) -> Array {
    let most = usize::try_from(most).unwrap_or_default().min(512);
    ctx.roll(|dice| dice.sample(&mut values, most).len());
    values.truncate(most);
    values
}
