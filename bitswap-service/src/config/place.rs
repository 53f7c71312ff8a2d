//! Where something was said: a line of a file, a variable, a flag.

use std::fmt;
use std::ops::Range;

/// Where a setting or a value was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, or what else it is.
    pub(crate) source: String,
    /// Line and column, from 1, in a file.
    pub(crate) at: Option<(usize, usize)>,
    /// What stands there.
    excerpt: Option<Excerpt>,
}

/// A line, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Excerpt {
    line: String,
    /// In characters, from 0.
    from: usize,
    length: usize,
}

impl Place {
    /// A whole file, or something that has no lines.
    pub(super) fn whole(source: &str) -> Self {
        Self { source: source.to_owned(), at: None, excerpt: None }
    }

    /// A part of a text that is a file. A part of several lines is shown by its first.
    pub(super) fn in_file(source: &str, text: &str, part: &Range<usize>) -> Self {
        let before = text.get(..part.start).unwrap_or(text);
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let inside = text.get(part.clone()).and_then(|part| part.lines().next());
        let from = text.get(begin..part.start).unwrap_or_default().chars().count();
        let number = before.matches('\n').count() + 1;
        let excerpt =
            Excerpt { line: plain(line), from, length: inside.unwrap_or_default().chars().count() };
        Self { source: source.to_owned(), at: Some((number, from + 1)), excerpt: Some(excerpt) }
    }

    /// A part of `name=value`: the name, or the value.
    pub(super) fn in_words(source: &str, name: &str, value: &str, names: bool) -> Self {
        let (name_length, value_length) = (name.chars().count(), value.chars().count());
        let (from, length) = if names { (0, name_length) } else { (name_length + 1, value_length) };
        let excerpt = Excerpt { line: plain(&format!("{name}={value}")), from, length };
        Self { source: source.to_owned(), at: None, excerpt: Some(excerpt) }
    }

    /// The line with a caret below what is meant, and `label` behind it.
    pub(super) fn shown(&self, label: &str) -> String {
        let Some(Excerpt { line, from, length }) = &self.excerpt else {
            return format!("  --> {self}\n   = {label}");
        };
        let number = self.at.map_or_else(String::new, |(line, _)| line.to_string());
        let gutter = " ".repeat(number.len().max(2));
        let carets = "^".repeat((*length).max(1));
        let before = " ".repeat(*from);
        format!(
            "{gutter}--> {self}\n{gutter} |\n{number:>2} | {line}\n\
             {gutter} | {before}{carets} {label}",
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// Without what would move the caret or act on a terminal.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
