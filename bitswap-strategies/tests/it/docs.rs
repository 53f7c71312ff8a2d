//! The generated pages are current, and what people are told to write works.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::path::Path;

use bitswap_strategies::catalog;

#[test]
fn the_page_in_docs_is_made_from_the_catalog() {
    is_current("catalog.md", &catalog::markdown());
}

#[cfg(feature = "scripts")]
#[test]
fn the_page_of_views_is_made_from_what_scripts_see() {
    is_current("views.md", &bitswap_strategies::script::views_page());
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

#[test]
fn the_code_of_write_a_strategy_is_that_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/write-a-strategy.md")).unwrap();
    let strategy = "src/fewest_in_flight";
    let tests = format!("{strategy}/tests.rs");
    let strategy = format!("{strategy}.rs");
    let example = ["Cargo.toml", "src/main.rs", &strategy, &tests]
        .map(|file| fs::read_to_string(root.join("examples/own-program").join(file)).unwrap());

    let (native, scripts): (Vec<_>, Vec<_>) = code_blocks(&page)
        .filter(|(language, _)| *language != "sh")
        .partition(|(language, _)| *language != "rhai");
    for (_, code) in &native {
        assert!(
            example.iter().any(|file| file.contains(code)),
            "in no file of the example:\n{code}"
        );
    }
    assert_eq!((native.len(), scripts.len()), (4, 1));
    #[cfg(feature = "scripts")]
    for (_, code) in scripts {
        use bitswap_core::strategy::Role;
        use bitswap_strategies::script::Script;

        let none = toml::Table::new();
        let script = Script::load(Role::PeerSelector, "fewest_in_flight", code, &none).unwrap();
        script.conform().unwrap();
    }
}

/// The languages and texts of the fenced blocks of a page.
fn code_blocks(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}
