//! What `docs/features.md` names as proof is there: tests, and files of the repository.

use crate::tree::{Complaint, Source, expect_none, lines, root, source, sources};

/// Whoever promises a test with a shorter name promises little.
const TEST_NAME: usize = 20;

#[test]
fn what_shows_a_feature_is_there() {
    let is_test = |name: &str| {
        let declared = format!("fn {name}(");
        sources().iter().any(|source| source.is_rust() && source.code.contains(&declared))
    };
    let is_file = |path: &str| root().join(path).exists();
    expect_none(missing(source("docs/features.md"), is_test, is_file));
}

/// Names in backticks of the column `shown by` that are nothing.
fn missing(
    page: &Source,
    is_test: impl Fn(&str) -> bool,
    is_file: impl Fn(&str) -> bool,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (number, line) in page.text.lines().enumerate() {
        for name in line.split('`').skip(1).step_by(2) {
            let word = name.split_whitespace().next().unwrap_or_default();
            let is_lost = match word {
                _ if word.starts_with('/') || word.contains('…') => false,
                _ if is_test_name(name) => !is_test(name),
                _ => word.contains('/') && !is_file(word.trim_end_matches(':')),
            };
            if is_lost {
                let rule = format!("there is no {word} – name what shows the feature today");
                complaints.push(page.complaint(number + 1, rule));
            }
        }
    }
    complaints
}

fn is_test_name(name: &str) -> bool {
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
