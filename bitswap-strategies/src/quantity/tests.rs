//! What the grammar takes, and what is said of what it does not take.

use std::time::Duration;

use super::{duration, size, write_duration, write_size};

#[test]
fn a_minute_is_m_or_min() {
    for (text, millis) in [
        ("250ms", 250),
        ("1.5s", 1_500),
        ("10 s", 10_000),
        ("5m", 300_000),
        ("5min", 300_000),
        ("1h 30m", 5_400_000),
        ("1h30m", 5_400_000),
        ("0s", 0),
    ] {
        assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
    }
}

#[test]
fn binary_and_decimal_sizes_differ() {
    for (text, bytes) in [
        ("0B", 0),
        ("512 B", 512),
        ("1kB", 1_000),
        ("1KiB", 1_024),
        ("1.5MiB", 1_572_864),
        ("64M", 64_000_000),
        ("16383PiB", 16_383 << 50),
    ] {
        assert_eq!(size(text), Ok(bytes), "{text}");
    }
}

#[test]
fn an_error_says_what_is_wrong_where_and_gives_examples() {
    assert_eq!(
        duration("1h 5x").unwrap_err().to_string(),
        "\"1h 5x\" is not a time such as \"250ms\", \"10s\" or \"5m\": unknown unit \"x\" at \
         character 5"
    );
    assert_eq!(
        size("10 MX").unwrap_err().to_string(),
        "\"10 MX\" is not a size such as \"256KiB\" or \"10MiB\": unknown unit \"MX\" at \
         character 4"
    );
    for (text, why) in [
        ("", "it is empty"),
        ("10", "there is no unit"),
        ("-1s", "there is no number at character 1"),
        ("1s, 2ms", "unknown character at 3"),
        ("5M", "unknown unit \"M\" at character 2; a minute is \"m\""),
        ("0.1ns", "the number is too large or too precise"),
        // humantime panics where the sum is one second more than it can hold.
        ("18446744073709551615s 1000ms", "there are more than 16 digits"),
    ] {
        assert_eq!(duration(text).unwrap_err().why, why, "{text}");
    }
    for (text, why) in [
        ("", "there is no unit"),
        ("64", "there is no unit"),
        ("KiB", "there is no number before \"KiB\""),
        ("-1B", "unknown unit \"-1B\" at character 1"),
        ("16EiB", "the number is too large"),
    ] {
        assert_eq!(size(text).unwrap_err().why, why, "{text}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (nanos, text) in [
        (0, "0s"),
        (7_001, "7us 1ns"),
        (90_000_000_000, "1m 30s"),
        (86_399_999_999_999, "23h 59m 59s 999ms 999us 999ns"),
        (86_400_000_000_000, "1day"),
    ] {
        let time = Duration::from_nanos(nanos);

        assert_eq!(write_duration(time), text);
        assert_eq!(duration(text), Ok(time));
    }
    for (bytes, text) in [(0, "0B"), (1_000, "1000B"), (3 << 20, "3MiB"), (5 << 50, "5120TiB")] {
        assert_eq!(write_size(bytes), text);
        assert_eq!(size(text), Ok(bytes));
    }
}
