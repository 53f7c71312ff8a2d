//! The files of the repository, read once, and the complaints about them.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::code;

/// A text file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text without comments and literals, in the same lines and columns; for Rust only.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = if extension(&path) == "rs" { code::code(&text) } else { String::new() };
        Self { path, text, code }
    }

    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.contains(&extension(&self.path))
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension(&["rs"])
    }

    /// Whether its head says that a program wrote it.
    pub(crate) fn is_generated(&self) -> bool {
        const HEAD: usize = 5;
        self.text.lines().take(HEAD).any(|line| line.contains(&["@", "generated"].concat()))
    }

    /// Whether it is a test that is built into its crate.
    pub(crate) fn is_inner_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    pub(crate) fn complaint(&self, line: usize, rule: impl Into<String>) -> Complaint {
        Complaint { path: self.path.clone(), line, rule: rule.into() }
    }
}

/// What is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    pub(crate) path: String,
    pub(crate) line: usize,
    /// `rule – what to do`.
    pub(crate) rule: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// Fails with all complaints at once.
#[track_caller]
pub(crate) fn expect_none(complaints: impl IntoIterator<Item = Complaint>) {
    let mut complaints: Vec<_> = complaints.into_iter().collect();
    complaints.sort_unstable();
    let told: Vec<_> = complaints.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} complaints:\n{}\n", told.len(), told.join("\n"));
}

/// The lines that complaints are about.
pub(crate) fn lines(complaints: &[Complaint]) -> Vec<usize> {
    complaints.iter().map(|complaint| complaint.line).collect()
}

/// All text files of the repository, by path.
pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let mut found = Vec::new();
        walk(root(), "", &mut found);
        found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        found
    });
    &SOURCES
}

/// The Rust files below `folder`, in order.
pub(crate) fn rust_in(folder: &str) -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(move |source| source.is_rust() && source.path.starts_with(folder))
}

/// The file at `path`.
pub(crate) fn source(path: &str) -> &'static Source {
    sources().iter().find(|source| source.path == path).expect(path)
}

/// Where the repository begins.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("the package lies two folders down")
}

/// Hidden folders that are ours; the others belong to tools.
const HIDDEN: &[&str] = &[".cargo", ".ci", ".github"];

/// What programs made.
const MADE: &[&str] = &[".git", "__pycache__", "corpus", "node_modules", "target"];

/// Larger files hold recorded bytes, not text that somebody wrote.
const LARGEST: u64 = 2 * 1024 * 1024;

fn walk(folder: &Path, path: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let kind = entry.file_type().unwrap();
        if MADE.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            if !name.starts_with('.') || HIDDEN.contains(&name.as_str()) {
                walk(&entry.path(), &path, found);
            }
        } else if kind.is_file() && entry.metadata().unwrap().len() <= LARGEST {
            // What is not UTF-8 is not text.
            let text = String::from_utf8(fs::read(entry.path()).unwrap());
            found.extend(text.ok().map(|text| Source::new(path, text)));
        }
    }
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[test]
fn the_walk_finds_the_tree_and_nothing_that_programs_made() {
    let paths: Vec<_> = sources().iter().map(|source| source.path.as_str()).collect();
    let expected = ["Cargo.toml", "bitswap-core/src/lib.rs", ".ci/tidy/tests/tidy/tree.rs"];
    assert!(expected.iter().all(|path| paths.contains(path)), "{paths:?}");

    let foreign = paths.iter().find(|path| path.starts_with(".git/") || path.contains("target/"));
    assert_eq!(foreign, None);
}

#[test]
fn complaints_are_all_told_with_file_and_line() {
    let source = Source::new("core/a.rs", "");
    let complaints = [source.complaint(7, "b – do c"), source.complaint(3, "a – do b")];

    let told = std::panic::catch_unwind(|| expect_none(complaints)).unwrap_err();

    let told = told.downcast::<String>().unwrap();
    assert_eq!(*told, "2 complaints:\ncore/a.rs:3: a – do b\ncore/a.rs:7: b – do c\n");
}

#[test]
fn only_a_head_that_says_so_makes_a_file_generated() {
    let mark = ["@", "generated"].concat();
    assert!(Source::new("a.rs", format!("//! By prost.\n\n// {mark} by prost\n")).is_generated());
    assert!(!Source::new("a.rs", "//! Reads generated keys.\n").is_generated());
    assert!(!Source::new("a.rs", format!("1\n2\n3\n4\n5\n// {mark}\n")).is_generated());
}
