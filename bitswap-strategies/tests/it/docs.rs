//! The generated page is current.

use std::fs;
use std::path::Path;

use bitswap_strategies::catalog;

#[test]
fn the_page_in_docs_is_made_from_the_catalog() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/strategies/catalog.md");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalog.md");
    fs::write(&made, catalog::markdown()).unwrap();

    let kept = fs::read_to_string(&page).unwrap_or_default();

    assert!(
        kept == catalog::markdown(),
        "docs/strategies/catalog.md is out of date; to bless the new one:\n  cp {} {}",
        made.display(),
        page.display(),
    );
}
