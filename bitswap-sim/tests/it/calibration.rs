//! All cases whose answers are known exactly are met, and the page about them is current.

use std::fs;
use std::path::Path;

use bitswap_sim::calibration::{self, CASES, Case, Finding};

#[test]
fn all_answers_are_met_and_the_page_says_so() {
    let answers: Vec<(&Case, Vec<Finding>)> =
        CASES.iter().map(|case| (case, asked(case))).collect();
    let wrong = answers.iter().flat_map(|(_, findings)| findings).filter(|it| !it.passes()).count();
    assert_eq!(wrong, 0, "\n{}", calibration::table(&answers));

    let made = calibration::page(&answers);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/calibration.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&page, &made).unwrap();
    }
    let kept = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        kept == made,
        "docs/calibration.md is out of date; run `BLESS=1 cargo test -p bitswap-sim calibration` \
         and look at the difference"
    );
}

fn asked(case: &Case) -> Vec<Finding> {
    case.ask().unwrap_or_else(|trouble| panic!("{}: {trouble}", case.name))
}
