//! How texts look: first lines, words, white space, import blocks, and what they must not name.

use crate::code::{code_and_comments, line_of, words};
use crate::tree::{Complaint, Source, expect_none, lines, source, sources};

const COLUMNS: usize = 100;

/// Files that tools write and only tools read.
const LOCKS: &[&str] = &["Cargo.lock", "go.sum", "package-lock.json"];

#[test]
fn files_begin_with_a_sentence() {
    expect_none(written().filter_map(beginning));
}

#[test]
fn modules_have_their_own_names_and_tests_their_own_files() {
    expect_none(written().flat_map(modules));
}

#[test]
fn nothing_is_left_over() {
    expect_none(written().flat_map(leftovers));
}

#[test]
fn white_space_is_plain() {
    expect_none(written().flat_map(white_space));
}

#[test]
fn code_is_narrow() {
    expect_none(written().flat_map(wide_lines));
}

#[test]
fn imports_come_in_three_blocks() {
    expect_none(written().flat_map(import_blocks));
}

#[test]
fn nothing_names_a_registry_or_somebodys_machine() {
    expect_none(sources().iter().flat_map(foreign_places));
}

#[test]
fn the_strict_clippy_rules_are_equal() {
    let strict = ["bitswap-core", "bitswap-strategies", "bitswap-sim"];
    let [first, others @ ..] = strict.map(|member| source(&format!("{member}/clippy.toml")));
    expect_none(others.into_iter().filter_map(|other| difference(first, other)));
}

#[test]
fn the_version_has_a_heading_in_the_changelog() {
    let manifest: toml::Table = source("Cargo.toml").text.parse().unwrap();
    let version = manifest["workspace"]["package"]["version"].as_str().unwrap();
    expect_none(missing_heading(source("CHANGELOG.md"), version));
}

/// What people wrote.
fn written() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| {
        !source.is_generated() && !LOCKS.iter().any(|lock| source.path.ends_with(lock))
    })
}

fn beginning(source: &Source) -> Option<Complaint> {
    if !source.is_rust() {
        return None;
    }
    let doc: Vec<_> =
        source.text.lines().map_while(|line| line.strip_prefix("//! ")).map(str::trim).collect();
    let sentence = doc.last().is_some_and(|end| end.ends_with('.'));
    let rule = "the file begins with a title or nothing – begin with a `//!` sentence that says \
                what it owns, with its full stop";
    (!sentence).then(|| source.complaint(1, rule))
}

fn modules(source: &Source) -> Vec<Complaint> {
    let rule = "a mod.rs – name the file as its module, beside the folder";
    let file = source.path.ends_with("/mod.rs").then(|| source.complaint(1, rule));
    let rule = "tests inside the file they test – `mod tests;` and a file tests.rs";
    let inline = source.code.match_indices("mod tests {");
    let inline = inline.map(|(place, _)| source.complaint(line_of(&source.code, place), rule));
    file.into_iter().chain(inline).collect()
}

fn leftovers(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let text = if source.is_rust() { code_and_comments(&source.text) } else { source.text.clone() };
    let prose = source.has_extension(&["md"]) || source.path.starts_with("LICENSE");
    for word in ["TODO", "FIXME", "XXX"].into_iter().filter(|_| !prose) {
        let rule = format!("{word} – do it now, or write an issue");
        let found = words(&text, word).into_iter();
        complaints.extend(found.map(|line| source.complaint(line, rule.clone())));
    }
    let marks = [
        ("dbg!", "left over – take it out"),
        ("#[ignore", "a test that nobody runs – make it fast, or delete it"),
        ("[allow(", "allowed for ever – `#[expect(lint, reason = \"…\")]` says when it is over"),
        (", allow(", "allowed for ever – `#[expect(lint, reason = \"…\")]` says when it is over"),
    ];
    for (mark, rule) in marks {
        let found = source.code.match_indices(mark);
        let complaint = |(place, _)| source.complaint(line_of(&source.code, place), rule);
        complaints.extend(found.map(complaint));
    }
    complaints
}

fn white_space(source: &Source) -> Vec<Complaint> {
    let tabs_are_fine = source.has_extension(&["go", "mod"]) || source.path.starts_with("LICENSE");
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(source.text.split('\n')) {
        let bare = line.trim_end_matches('\r');
        if bare.len() != line.len() {
            complaints.push(source.complaint(number, "a line ends in CRLF – use LF"));
        }
        if bare.trim_end() != bare {
            complaints.push(source.complaint(number, "white space at the end – cut it"));
        }
        if bare.contains('\t') && !tabs_are_fine {
            complaints.push(source.complaint(number, "a tab – use spaces, or `\\t`"));
        }
    }
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        let last = source.text.lines().count();
        complaints.push(source.complaint(last, "no newline at the end – add one"));
    }
    complaints
}

fn wide_lines(source: &Source) -> Vec<Complaint> {
    let wide = |line: &str| line.chars().count() > COLUMNS && !line.contains("://");
    let lines = (1..).zip(source.text.lines()).filter(|(_, line)| source.is_rust() && wide(line));
    let rule = format!("more than {COLUMNS} columns – break it");
    lines.map(|(number, _)| source.complaint(number, rule.clone())).collect()
}

/// Whose a `use` is, in the order of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Block {
    Std,
    Others,
    Ours,
}

/// A private `use` at the left margin, with its attributes.
struct Import {
    first: usize,
    last: usize,
    block: Block,
}

fn import_blocks(source: &Source) -> Vec<Complaint> {
    let imports = imports(&source.code);
    let code: Vec<_> = source.text.lines().collect();
    let mut complaints = Vec::new();
    for (one, next) in imports.iter().zip(imports.iter().skip(1)) {
        let between = code.get(one.last..next.first - 1).unwrap_or_default();
        if between.iter().any(|line| !line.is_empty()) {
            continue;
        }
        let rule = match (one.block.cmp(&next.block), between.len()) {
            (std::cmp::Ordering::Equal, 0) | (std::cmp::Ordering::Less, 1) => continue,
            (std::cmp::Ordering::Equal, _) => {
                "a block of imports is torn – take out the blank line"
            }
            (std::cmp::Ordering::Less, _) => "two blocks of imports – one blank line between them",
            (std::cmp::Ordering::Greater, _) => {
                "imports out of order – std, then others, then this crate's"
            }
        };
        complaints.push(source.complaint(next.first, rule));
    }
    complaints
}

fn imports(code: &str) -> Vec<Import> {
    let mut found = Vec::new();
    let mut attributes = None;
    let mut lines = (1..).zip(code.lines());
    while let Some((number, line)) = lines.next() {
        if line.starts_with("#[") {
            attributes = attributes.or(Some(number));
            continue;
        }
        let first = attributes.take().unwrap_or(number);
        let Some(path) = line.strip_prefix("use ") else { continue };
        let mut last = number;
        if !line.contains(';') {
            last = lines.by_ref().find(|(_, line)| line.contains(';')).map_or(last, |end| end.0);
        }
        found.push(Import { first, last, block: block_of(path, code) });
    }
    found
}

fn block_of(path: &str, code: &str) -> Block {
    let root = path.split([':', ';', ' ']).next().unwrap_or_default();
    match root {
        "alloc" | "core" | "std" => Block::Std,
        "crate" | "self" | "super" => Block::Ours,
        child if code.contains(&format!("mod {child};")) => Block::Ours,
        _ => Block::Others,
    }
}

/// Where packages come from is every machine's own matter. Lock files may say the usual place.
fn foreign_places(source: &Source) -> Vec<Complaint> {
    let hosts = [["crates", "io"], ["npmjs", "org"], ["pypi", "org"], ["proxy.golang", "org"]];
    let hosts = hosts.map(|parts| parts.join("."));
    let folders = ["home", "Users", "root", "tmp", "work"].map(|name| format!("/{name}/"));
    let rule_of = |line: &str| {
        let locked = locked_place(&source.path, line);
        let folder = folders.iter().any(|folder| names_folder(line, folder));
        let host = hosts.iter().any(|host| line.contains(host.as_str()));
        match locked {
            Some(false) => Some("packages from an unusual place – lock them with the usual one"),
            None if host => Some("a package registry – leave the place to each machine"),
            None if folder => Some("a path of one machine – say it relative to something"),
            Some(true) | None => None,
        }
    };
    let lines = (1..).zip(source.text.lines());
    lines.filter_map(|(number, line)| Some(source.complaint(number, rule_of(line)?))).collect()
}

/// Whether a lock file's line that says where a package is from says the usual place. npm's need
/// not say it at all, so there no place is usual.
fn locked_place(path: &str, line: &str) -> Option<bool> {
    let line = line.trim_start();
    match path.rsplit('/').next()? {
        "Cargo.lock" => {
            let usual = ["\"registry+https://github.com/rust-lang/crates", "io-index\""].join(".");
            line.strip_prefix("source = ").map(|place| place.starts_with(&usual))
        }
        "package-lock.json" => line.starts_with("\"resolved\": ").then_some(false),
        _ => None,
    }
}

/// Whether `folder` stands in `line` as the beginning of a path.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(place, _)| {
        let before = line.get(..place).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.' | '/' | '}'))
    })
}

fn difference(first: &Source, other: &Source) -> Option<Complaint> {
    let pairs =
        first.text.lines().map(Some).chain([None]).zip(other.text.lines().map(Some).chain([None]));
    let same = pairs.take_while(|(one, two)| one == two).count();
    let rule = format!("differs from {} – keep them equal", first.path);
    (first.text != other.text).then(|| other.complaint(same + 1, rule))
}

fn missing_heading(changelog: &Source, version: &str) -> Option<Complaint> {
    let headings = changelog.text.lines().filter_map(|line| line.strip_prefix("## "));
    let found = headings.into_iter().any(|heading| {
        let heading = heading.trim_start_matches('[');
        heading.starts_with("Unreleased") || heading.starts_with(version)
    });
    let rule = format!("neither `## Unreleased` nor `## {version}` – say what changes for users");
    (!found).then(|| changelog.complaint(1, rule))
}

#[test]
fn a_title_is_told_from_a_sentence() {
    let told = |text: &str| beginning(&Source::new("a.rs", text)).map(|complaint| complaint.line);
    assert_eq!(told("//! Keeps\n//! things.\n\nfn a() {}\n"), None);
    assert_eq!(told("//! Things.\n//!\n//! More of them:\n"), None);
    assert_eq!(told("//! Things\n//!\n//! More.\n"), Some(1));
    assert_eq!(told("use a;\n//! Things.\n"), Some(1));
    assert_eq!(told(""), Some(1));
}

#[test]
fn modules_in_the_wrong_place_are_told() {
    assert_eq!(lines(&modules(&Source::new("a/mod.rs", ""))), [1]);
    assert_eq!(lines(&modules(&Source::new("a.rs", "\nmod tests {\n}"))), [2]);
    assert_eq!(modules(&Source::new("a.rs", "mod tests;\n// mod tests {")), []);
}

#[test]
fn leftovers_are_told_in_code_and_comments_but_not_in_strings() {
    let text = "// TODO: a\ndbg!(b);\n#[ignore]\n#![allow(c)]\n#[cfg_attr(d, allow(e))]\n// XXX";
    assert_eq!(lines(&leftovers(&Source::new("a.rs", text))), [1, 6, 2, 3, 4, 5]);
    assert_eq!(leftovers(&Source::new("a.rs", "f(\"TODO dbg! #[ignore]\"); // dbg! TODOS")), []);
    assert_eq!(lines(&leftovers(&Source::new("a.toml", "# FIXME"))), [1]);
    assert_eq!(leftovers(&Source::new("a.md", "no TODO here")), []);
}

#[test]
fn white_space_that_one_does_not_see_is_told() {
    let told = |path: &str, text: &str| lines(&white_space(&Source::new(path, text)));
    assert_eq!(told("a.md", "a\n\nb\n"), [0; 0]);
    assert_eq!(told("a.md", "a \nb\r\n\tc\nd"), [1, 2, 3, 4]);
    assert_eq!(told("a.go", "\tc\n"), [0; 0]);
}

#[test]
fn a_line_of_101_columns_is_too_wide_unless_a_link_makes_it_so() {
    let told = |path: &str, text: &str| lines(&wide_lines(&Source::new(path, text)));
    let wide = "é".repeat(101);
    assert_eq!(told("a.rs", &format!("{}\n{wide}", "é".repeat(100))), [2]);
    assert_eq!(told("a.rs", &format!("https://{wide}")), [0; 0]);
    assert_eq!(told("a.md", &wide), [0; 0]);
}

#[test]
fn import_blocks_out_of_order_torn_or_grown_together_are_told() {
    let told = |text: &str| lines(&import_blocks(&Source::new("a.rs", text)));
    let honest = "use std::b;\nuse std::{\n  c,\n};\n\nuse d::e;\n\nuse crate::f;\nuse super::g;\n";
    assert_eq!(told(honest), [0; 0]);
    assert_eq!(told("use std::a;\nuse b::c;\n"), [2]);
    assert_eq!(told("use b::c;\n\nuse std::a;\n"), [3]);
    assert_eq!(told("use std::a;\n\nuse std::b;\n"), [3]);
    assert_eq!(told("use std::a;\n\n\nuse b::c;\n"), [4]);
    assert_eq!(told("use a::b;\n#[cfg(c)]\nuse a::d;\nmod e;\n\nuse e::F;\n"), [0; 0]);
    assert_eq!(told("mod e;\nuse e::F;\nuse a::b;\n"), [3]);
}

#[test]
fn registries_and_machines_are_told() {
    let told = |path: &str, text: &str| lines(&foreign_places(&Source::new(path, text)));
    let host = ["index.crates", "io"].join(".");
    let folder = ["", "home", "me"].join("/");
    assert_eq!(told("a.md", &format!("a\nb {host} c\n`{folder}/d`\n")), [2, 3]);
    assert_eq!(told("a.md", &format!("src{folder}/d https://e.org{folder}/")), [0; 0]);

    let usual = ["source = \"registry+https://github.com/rust-lang/crates", "io-index\""].join(".");
    assert_eq!(told("Cargo.lock", &usual), [0; 0]);
    assert_eq!(told("a.md", &usual), [1]);
    assert_eq!(told("Cargo.lock", "source = \"registry+https://mirror.example/index\""), [1]);
    assert_eq!(told("a/package-lock.json", "  \"resolved\": \"https://mirror.example/a\""), [1]);
}

#[test]
fn the_first_line_that_differs_is_told() {
    let first = Source::new("a", "one\ntwo\n");
    let told = |text: &str| difference(&first, &Source::new("b", text)).map(|told| told.line);
    assert_eq!(told("one\ntwo\n"), None);
    assert_eq!(told("one\nthree\n"), Some(2));
    assert_eq!(told("one\ntwo\nthree\n"), Some(3));
}

#[test]
fn a_version_without_a_heading_is_told() {
    let told = |text: &str| missing_heading(&Source::new("C.md", text), "1.2.3").is_some();
    assert!(!told("# Changes\n\n## Unreleased\n"));
    assert!(!told("## [1.2.3] of today\n"));
    assert!(told("Unreleased 1.2.3\n## 1.2.2\n"));
}
