//! Bits of results, which must not differ between platforms.

use super::*;

#[test]
fn results_have_the_same_bits_everywhere() {
    let mut engine = Engine::new_raw();
    register(&mut engine);
    let bits = |call: &str| engine.eval::<FLOAT>(call).unwrap().to_bits();

    assert_eq!(bits("exp(0.5)"), 0x3ffa_6129_8e1e_069c);
    assert_eq!(bits("ln(3.0)"), 0x3ff1_93ea_7aad_030a);
    assert_eq!(bits("tanh(0.5)"), 0x3fdd_9353_d756_8af3);
    assert_eq!(bits("pow(1.5, 2.5)"), 0x4006_0b9f_d68a_4554);
}

#[test]
fn only_numbers_that_have_an_integer_become_one() {
    for bad in [FLOAT::NAN, FLOAT::INFINITY, -FLOAT::INFINITY, 9_223_372_036_854_775_808.0] {
        assert!(to_int(bad).is_err(), "{bad}");
    }
    assert_eq!(to_int(-2.9).unwrap(), -2);
    assert_eq!(to_int(-9_223_372_036_854_775_808.0).unwrap(), INT::MIN);
}
