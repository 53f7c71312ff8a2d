//! How much there is: lines of each crate and of the scripts, and words of the documents.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::tree::{Complaint, Source, expect_none, lines, source, sources};

const CEILINGS: &str = ".ci/tidy/ceilings.toml";

/// Which part of a ceiling may be free, so that what was saved stays saved.
const SLACK: usize = 20;

/// Documents that people read from end to end, besides those in `docs/`.
const DOCUMENTS: &[&str] = &["CHANGELOG.md", "CONTRIBUTING.md", "README.md"];

#[test]
fn nothing_grows_beyond_its_ceiling() {
    let ceilings: Table = source(CEILINGS).text.parse().unwrap();
    expect_none(measured(sources()).into_iter().filter_map(|(what, size)| {
        let ceiling = ceilings.get(&what).and_then(Value::as_table);
        misfit(&what, size, ceiling)
    }));
}

/// Production lines of each crate and of Python, and words of the documents.
fn measured(sources: &[Source]) -> BTreeMap<String, usize> {
    let mut sizes = BTreeMap::new();
    for source in sources {
        let folder = source.path.split('/').next().unwrap_or_default();
        let (what, size) = match () {
            () if is_production(source) => (folder, code_lines(source, "//")),
            () if source.has_extension(&["py"]) => ("python", code_lines(source, "#")),
            () if is_document(source) => ("words", source.text.split_whitespace().count()),
            () => continue,
        };
        *sizes.entry(what.to_owned()).or_default() += size;
    }
    sizes
}

fn is_production(source: &Source) -> bool {
    let is_library = source.path.starts_with("bitswap-") && source.path.contains("/src/");
    source.is_rust() && is_library && !source.is_inner_test() && !source.is_generated()
}

fn is_document(source: &Source) -> bool {
    let head: Vec<_> = source.text.lines().take(5).collect();
    let head = head.join(" ");
    let is_made = head.contains("not edited by hand") || head.contains("made from the program");
    let is_ours = source.path.starts_with("docs/") || DOCUMENTS.contains(&source.path.as_str());
    source.has_extension(&["md"]) && is_ours && !is_made && !source.is_generated()
}

fn code_lines(source: &Source, comment: &str) -> usize {
    let lines = source.text.lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with(comment)).count()
}

fn misfit(what: &str, size: usize, ceiling: Option<&Table>) -> Option<Complaint> {
    let most = ceiling.and_then(|row| row.get("most")).and_then(Value::as_integer).unwrap_or(0);
    let most = usize::try_from(most).unwrap_or(0);
    let reason = ceiling.and_then(|row| row.get("because")).and_then(Value::as_str);
    let rule = if size > most {
        format!(
            "{what} has {size}, at most {most} – take something out; only a whole new capability \
             raises it"
        )
    } else if size + most / SLACK < most {
        format!("{what} has {size}, and its ceiling is {most} – lower it")
    } else if reason.is_none_or(str::is_empty) {
        format!("{what} has a ceiling without `because` – say in a line why it is as high")
    } else {
        return None;
    };
    Some(Complaint { path: CEILINGS.to_owned(), line: 1, rule })
}

#[test]
fn only_lines_of_production_count() {
    let text = "//! A.\n\n// b\nfn c() {\n    // d\n}\n";
    let sizes = measured(&[
        Source::new("bitswap-a/src/b.rs", text),
        Source::new("bitswap-a/src/b/tests.rs", text),
        Source::new("bitswap-a/tests/it/main.rs", text),
        Source::new("bitswap-a/src/c.rs", format!("//! By prost.\n// @{}\n{text}", "generated")),
        Source::new("interop/a.py", "#!/usr/bin/env python3\n\na = 1\n"),
        Source::new("docs/a.md", "one two\nthree"),
        Source::new("docs/b.md", "# B\n\nMade by x; not\nedited by hand.\n"),
        Source::new("ARCHITECTURE.md", "four"),
    ]);
    let expected = [("bitswap-a", 2), ("python", 1), ("words", 3)];
    assert_eq!(sizes, expected.map(|(what, size)| (what.to_owned(), size)).into());
}

#[test]
fn what_is_too_large_too_small_or_without_a_reason_is_told() {
    let row: Table = "most = 1000\nbecause = 'b'".parse().unwrap();
    let told = |size: usize| misfit("a", size, Some(&row)).is_some();
    assert_eq!([1001, 1000, 950, 949].map(told), [true, false, false, true]);

    assert!(misfit("a", 1, None).is_some());
    assert!(misfit("a", 1000, "most = 1000".parse().ok().as_ref()).is_some());
    assert_eq!(lines(&misfit("a", 1001, Some(&row)).into_iter().collect::<Vec<_>>()), [1]);
}
