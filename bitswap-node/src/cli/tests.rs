//! Words of the command line.

use std::time::Duration;

use clap::CommandFactory as _;

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
