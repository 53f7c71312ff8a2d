//! The curves beside true values.

use super::{ln_1024, sigmoid_1024, sqrt_1024, tanh_1024};

#[test]
fn curves_are_within_one_unit_of_the_true_values() {
    for x in -20_000..=20_000_i64 {
        let true_x = x as f64 / 1_024.0;
        near("sigmoid", x, sigmoid_1024(x), 1.0 / (1.0 + libm::exp(-true_x)));
        near("tanh", x, tanh_1024(x), libm::tanh(true_x));
    }
    for x in
        (1..5_000).chain((0..64).flat_map(|power| [1 << power, (1 << power) + (1 << power) / 3]))
    {
        near("ln", x as i64, ln_1024(x), libm::log(x as f64));
    }
    for x in 0..5_000_u64 {
        near("sqrt", x as i64, sqrt_1024(x) as i64, (x as f64 / 1_024.0).sqrt());
    }
}

#[test]
fn curves_rise_and_have_ends() {
    assert!((-20_000..20_000).all(|x| sigmoid_1024(x) <= sigmoid_1024(x + 1)));
    assert!((-20_000..20_000).all(|x| tanh_1024(x) <= tanh_1024(x + 1)));
    assert!((0..20_000).all(|x| ln_1024(x) <= ln_1024(x + 1)));
    assert_eq!([i64::MIN, i64::MAX].map(sigmoid_1024), [0, 1_024]);
    assert_eq!([i64::MIN, i64::MAX].map(tanh_1024), [-1_024, 1_024]);
    assert_eq!((ln_1024(u64::MAX), sqrt_1024(u64::MAX)), (45_426, 137_438_953_471));
}

fn near(name: &str, x: i64, given: i64, truth: f64) {
    let off = (given as f64 / 1_024.0 - truth).abs();
    assert!(off <= 1.0 / 1_024.0, "{name} of {x}: {given}, not {}", truth * 1_024.0);
}
