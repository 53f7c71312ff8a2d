//! What TOML may say, and how it is said back.

use std::time::Duration;

use toml::Value;

use super::{Setting, UpTo};

#[test]
fn times_carry_their_unit_and_come_back_in_the_largest() {
    let times = [
        ("0s", Duration::ZERO, "0s"),
        ("1500ms", Duration::from_millis(1_500), "1500ms"),
        ("2000ms", Duration::from_secs(2), "2s"),
        ("90s", Duration::from_secs(90), "90s"),
        ("120s", Duration::from_secs(120), "2min"),
        ("3h", Duration::from_secs(10_800), "3h"),
        ("7us", Duration::from_micros(7), "7us"),
        ("9ns", Duration::from_nanos(9), "9ns"),
    ];
    for (given, time, written) in times {
        assert_eq!(Duration::read(&Value::from(given)), Some(time), "{given}");
        assert_eq!(time.write(), Value::from(written), "{given}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for given in
        ["", "10", "s", "10 s", "-1s", "1.5s", "10sec", "99999999999999h", "18446744073709551616ns"]
    {
        assert_eq!(Duration::read(&Value::from(given)), None, "{given}");
    }
    assert_eq!(Duration::read(&Value::from(10)), None);
}

#[test]
fn numbers_are_whole_and_not_negative() {
    assert_eq!(u32::read(&Value::from(16)), Some(16));
    assert_eq!(u32::read(&Value::from(-1)), None);
    assert_eq!(u32::read(&Value::from(1_i64 << 32)), None);
    assert_eq!(u32::read(&Value::from(1.0)), None);
    assert_eq!(u32::read(&Value::from("16")), None);
}

#[test]
fn a_number_may_be_left_open() {
    assert_eq!(UpTo::read(&Value::from("unlimited")), Some(UpTo::UNLIMITED));
    assert_eq!(UpTo::read(&Value::from(7)), Some(UpTo(7)));
    assert_eq!(UpTo::read(&Value::from("lots")), None);
    assert_eq!(UpTo::UNLIMITED.write(), Value::from("unlimited"));
    assert_eq!(UpTo(7).write(), Value::from(7));
}
