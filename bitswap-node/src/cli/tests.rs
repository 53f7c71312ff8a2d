//! Words of the command line.

use std::time::Duration;

use clap::CommandFactory as _;

use super::table::table;
use super::units::{rate, size};
use super::{Cli, parse};

const TEXT: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_cid_may_come_as_an_address() {
    let alone = parse::cid(TEXT).unwrap();

    for form in ["ipfs://", "ipfs:", "/ipfs/", "IPFS://"] {
        assert_eq!(parse::cid(&format!("{form}{TEXT}")), Ok(alone), "{form}");
    }
    assert_eq!(parse::cid(&format!("/ipfs/{TEXT}/")), Ok(alone));
}

#[test]
fn what_is_no_cid_is_told_with_what_it_was() {
    let error = parse::cid("bafynonsense").unwrap_err();

    assert_eq!(error.code, "bad-cid");
    assert!(error.what.contains("bafynonsense"), "{error:?}");
}

#[test]
fn a_path_after_a_cid_is_refused_for_what_it_is() {
    let error = parse::cid(&format!("/ipfs/{TEXT}/a/b")).unwrap_err();

    assert!(error.what.contains("path after the cid"), "{error:?}");
}

#[test]
fn a_time_needs_a_unit_and_a_number_above_zero() {
    assert_eq!(parse::duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(parse::duration("30s"), Ok(Duration::from_secs(30)));
    assert_eq!(parse::duration("5m"), Ok(Duration::from_secs(300)));

    for bad in ["", "5", "s", "0s", "-1s", "1.5s", "5 s", "5h", "99999999999999999999s"] {
        assert_eq!(parse::duration(bad).unwrap_err().code, "bad-duration", "{bad}");
    }
}

#[test]
fn sizes_have_three_digits_and_binary_units() {
    for (bytes, text) in [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.00 KiB"),
        (262_144, "256 KiB"),
        (13_002_342, "12.4 MiB"),
        (u64::MAX, "16777216 TiB"),
    ] {
        assert_eq!(size(bytes), text);
    }
    assert_eq!(rate(1_048_576, 0.5), "2.00 MiB/s");
    assert_eq!(rate(1, 0.0), "at once");
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let rows = vec![["Łódź", "1"], ["b", "2"]].into_iter().map(|row| row.map(str::to_owned));

    assert_eq!(table(["a", "n"], rows.collect()), "  a     n\n  Łódź  1\n  b     2");
}
