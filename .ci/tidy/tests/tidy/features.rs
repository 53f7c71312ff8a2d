//! What `docs/features.md` names as proof is there: tests, and files of the repository.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::tree::{Complaint, Source, expect_none, lines, root, source, sources};

/// Whoever promises a test with a shorter name promises little.
const TEST_NAME: usize = 20;

#[test]
fn what_shows_a_feature_is_there() {
    expect_none(lost(source("docs/features.md")));
}

#[test]
fn where_a_decision_stands_is_there() {
    let is_there = |path: &str| root().join(path).exists();
    let pages = sources().iter().filter(|page| page.path.starts_with("docs/decisions/"));
    expect_none(pages.flat_map(|page| moved(page, is_there)));
}

/// Files of code that a page names in backticks and that are not there.
fn moved(page: &Source, is_there: impl Fn(&str) -> bool) -> Vec<Complaint> {
    let is_moved =
        |name: &&str| name.starts_with("bitswap-") && name.contains("/src/") && !is_there(name);
    let lines = (1..).zip(page.text.lines());
    let moved = lines.flat_map(|(number, line)| quoted(line).map(move |name| (number, name)));
    let moved = moved.filter(|(_, name)| is_moved(name));
    let rule = |name| format!("{name} is not there – name where the number stands today");
    moved.map(|(number, name)| page.complaint(number, rule(name))).collect()
}

#[test]
fn a_decision_that_names_a_moved_file_is_told() {
    let page = Source::new("d.md", "`A`, `bitswap-a/src/b.rs`\n`bitswap-a/src/c.rs`, `x/y.rs`\n");
    assert_eq!(lines(&moved(&page, |path| path == "bitswap-a/src/b.rs")), [2]);
}

/// What a page names in backticks and is not there: tests, and files of the repository.
pub(crate) fn lost(page: &Source) -> Vec<Complaint> {
    missing(page, |name| FUNCTIONS.contains(name), |path| root().join(path).exists())
}

/// The names of all functions of the repository.
static FUNCTIONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let code = sources().iter().filter(|source| source.is_rust()).map(|source| &*source.code);
    let declared = code.flat_map(|code| code.split("fn ").skip(1));
    declared.filter_map(|rest| Some(rest.split_once('(')?.0)).collect()
});

/// Names in backticks that are nothing.
fn missing(
    page: &Source,
    is_test: impl Fn(&str) -> bool,
    is_file: impl Fn(&str) -> bool,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (number, line) in page.text.lines().enumerate() {
        for name in quoted(line) {
            let word = name.split_whitespace().next().unwrap_or_default();
            let is_lost = match word {
                _ if word.starts_with('/') || word.contains('…') => false,
                _ if is_test_name(name) => !is_test(name),
                _ => word.contains('/') && !is_file(word.trim_end_matches(':')),
            };
            if is_lost {
                let rule = format!("there is no {word} – name what shows it today");
                complaints.push(page.complaint(number + 1, rule));
            }
        }
    }
    complaints
}

/// What stands in backticks.
pub(crate) fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

pub(crate) fn is_test_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '_' | '0'..='9');
    name.len() >= TEST_NAME && name.chars().all(fits) && !name.starts_with("bitswap_")
}

#[test]
fn a_test_or_file_that_is_gone_is_found() {
    let page = "| 1 | x | yes | `a_test_that_everybody_knows` |\n\
                | 2 | y | yes | `a_test_that_nobody_ever_wrote`, `docs/api.md` |\n\
                | 3 | z | yes | `docs/gone.md: part`, `bitswap stat`, `/api/v0` |\n";
    let page = Source::new("docs/features.md", page);

    let found =
        missing(&page, |name| name == "a_test_that_everybody_knows", |path| path == "docs/api.md");

    assert_eq!(lines(&found), [2, 3]);
}

#[test]
fn a_function_is_known_by_its_whole_name() {
    assert!(FUNCTIONS.contains("a_function_is_known_by_its_whole_name"));
    assert!(!FUNCTIONS.contains("a_function_is_known_by"));
}
