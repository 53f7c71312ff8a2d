//! What TOML may say, and how it is said back.

use std::time::Duration;

use toml::Value;

use super::{Bytes, Setting, UpTo};

#[test]
fn times_carry_their_unit() {
    let minutes = Duration::from_secs(120);

    assert_eq!(Duration::read(&Value::from("120s")), Some(minutes));
    assert_eq!(minutes.write(), Value::from("2m"));
    assert_eq!(Duration::read(&Value::from(10)), None);
    assert_eq!(Duration::wrong(&Value::from(10)).unwrap(), "\"10s\" or \"10ms\"?");
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
fn sizes_carry_their_unit() {
    assert_eq!(Bytes::read(&Value::from("256KiB")), Some(Bytes::kib(256)));
    assert_eq!(Bytes::mib(1).write(), Value::from("1MiB"));
    assert_eq!(Bytes::read(&Value::from(256)), None);
    assert_eq!(Bytes::wrong(&Value::from(256)).unwrap(), "\"256KiB\" or \"256MiB\"?");
}

#[test]
fn a_number_may_be_left_open() {
    assert_eq!(UpTo::read(&Value::from("unlimited")), Some(UpTo::UNLIMITED));
    assert_eq!(UpTo::read(&Value::from(7)), Some(UpTo(7)));
    assert_eq!(UpTo::read(&Value::from("lots")), None);
    assert_eq!(UpTo::UNLIMITED.write(), Value::from("unlimited"));
    assert_eq!(UpTo(7).write(), Value::from(7));
}
