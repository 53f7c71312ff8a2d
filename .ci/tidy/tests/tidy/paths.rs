//! The paths that Rust code names, with groups in braces written out.

/// A path that begins with `crate`, `self`, `super`, or the name of a standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

/// Words that begin a path of interest.
const BEGINNINGS: &[&str] = &["alloc", "core", "crate", "self", "std", "super"];

/// All paths in `code`, which is without comments and literals.
pub(crate) fn named(code: &str) -> Vec<Named> {
    let mut reader = Reader { rest: code, line: 1, before: ' ' };
    let mut found = Vec::new();
    while !reader.rest.is_empty() {
        let (line, before) = (reader.line, reader.before);
        let Some(word) = reader.word() else {
            reader.skip_char();
            continue;
        };
        // After `::` or `.` a word goes on with something else.
        if BEGINNINGS.contains(&word) && !matches!(before, ':' | '.') {
            let mut paths = Vec::new();
            reader.path(vec![word.to_owned()], &mut paths);
            paths.retain(|path| path.len() > 1);
            found.extend(paths.into_iter().map(|segments| Named { line, segments }));
        }
    }
    found
}

/// Where a path in the file `file` (from its crate's `src/`) leads, from the crate's root; `None`
/// if it leads out of the crate.
pub(crate) fn in_crate(file: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut place: Vec<String> = module_of(file);
    let mut rest = segments.iter();
    match segments.first()?.as_str() {
        "crate" => {
            place.clear();
            rest.next();
        }
        "self" => drop(rest.next()),
        "super" => {}
        _ => return None,
    }
    for segment in rest {
        match segment.as_str() {
            "super" => drop(place.pop()),
            "self" => {}
            _ => place.push(segment.clone()),
        }
    }
    Some(place)
}

/// `wants/asked.rs` → `[wants, asked]`; `lib.rs` → `[]`.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let bare = file.strip_suffix(".rs").unwrap_or(file);
    let names = bare.split('/').filter(|name| !matches!(*name, "lib" | "main"));
    names.map(ToOwned::to_owned).collect()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    before: char,
}

impl<'a> Reader<'a> {
    /// Adds to `paths` all that `path` goes on to; stands behind `path` when called.
    fn path(&mut self, mut path: Vec<String>, paths: &mut Vec<Vec<String>>) {
        while self.takes("::") {
            self.space();
            if self.takes("{") {
                return self.group(&path, paths);
            }
            if self.takes("*") {
                path.push("*".to_owned());
                break;
            }
            let Some(word) = self.word() else { break };
            // `a::{self}` is `a`.
            if word != "self" {
                path.push(word.to_owned());
            }
        }
        paths.push(path);
    }

    fn group(&mut self, path: &[String], paths: &mut Vec<Vec<String>>) {
        loop {
            self.space();
            if self.rest.is_empty() || self.takes("}") {
                return;
            }
            let Some(word) = self.word() else {
                if self.takes("*") {
                    paths.push([path, &["*".to_owned()]].concat());
                } else {
                    self.skip_char();
                }
                continue;
            };
            let mut inner = path.to_vec();
            if word != "self" {
                inner.push(word.to_owned());
            }
            self.path(inner, paths);
            self.skip_to_next();
        }
    }

    /// Past `as name`, up to the comma or brace.
    fn skip_to_next(&mut self) {
        while !self.rest.is_empty() && !self.rest.starts_with([',', '}']) {
            self.skip_char();
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.before = word.chars().next_back()?;
        self.rest = rest;
        Some(word)
    }

    fn takes(&mut self, mark: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.before = mark.chars().next_back().unwrap_or(self.before);
        self.rest = rest;
        true
    }

    fn space(&mut self) {
        while self.rest.starts_with(char::is_whitespace) {
            self.skip_char();
        }
    }

    fn skip_char(&mut self) {
        let mut chars = self.rest.chars();
        if let Some(c) = chars.next() {
            self.line += usize::from(c == '\n');
            self.before = c;
            self.rest = chars.as_str();
        }
    }
}

#[test]
fn groups_are_written_out() {
    let code = "use std::fs;\nuse crate::{a::{B, c::*}, d as e,\n  f::{self, G}};\nuse x::y;";

    let expected = [
        (1, "std::fs"),
        (2, "crate::a::B"),
        (2, "crate::a::c::*"),
        (2, "crate::d"),
        (2, "crate::f"),
        (2, "crate::f::G"),
    ];
    assert_eq!(joined(code), expected.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn paths_in_expressions_and_macros_are_found() {
    let code = "let a = crate::b::C::new(super::super::d::e());\n$crate::f!(x.core::y, self.g)";

    let expected = [(1, "crate::b::C::new"), (1, "super::super::d::e"), (2, "crate::f")];
    assert_eq!(joined(code), expected.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn relative_paths_lead_from_their_file() {
    let leads = |file: &str, path: &str| {
        let segments: Vec<_> = path.split("::").map(ToOwned::to_owned).collect();
        in_crate(file, &segments).map(|place| place.join("::"))
    };

    assert_eq!(leads("wants/asked.rs", "super::Want").unwrap(), "wants::Want");
    assert_eq!(leads("wants/asked.rs", "super::super::peers::Peers").unwrap(), "peers::Peers");
    assert_eq!(leads("wants.rs", "self::asked::Asked").unwrap(), "wants::asked::Asked");
    assert_eq!(leads("wants.rs", "crate::ids::CallId").unwrap(), "ids::CallId");
    assert_eq!(leads("lib.rs", "crate::ids").unwrap(), "ids");
    assert_eq!(leads("wants.rs", "std::fs::read"), None);
}

fn joined(code: &str) -> Vec<(usize, String)> {
    named(code).into_iter().map(|path| (path.line, path.segments.join("::"))).collect()
}
