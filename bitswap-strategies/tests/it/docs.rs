//! The generated pages are current.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::path::Path;

use bitswap_strategies::{catalog, script};

#[test]
fn the_page_in_docs_is_made_from_the_catalog() {
    is_current("catalog.md", &catalog::markdown());
}

#[test]
fn the_page_of_views_is_made_from_what_scripts_see() {
    is_current("views.md", &script::views_page());
}

fn is_current(name: &str, made: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/strategies").join(name);
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&fresh, made).unwrap();

    let kept = fs::read_to_string(&page).unwrap_or_default();

    assert!(
        kept == made,
        "docs/strategies/{name} is out of date; to bless the new one:\n  cp {} {}",
        fresh.display(),
        page.display(),
    );
}
