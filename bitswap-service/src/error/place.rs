//! A place in a file that people write, shown as compilers show it.

use std::fmt;

use serde::Serialize;

/// A line and a column, both from 1, with what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    file: String,
    line: usize,
    column: usize,
    /// The line, as far as it is shown.
    #[serde(skip)]
    shown: String,
    /// Columns of `shown` before the mark, and below it.
    #[serde(skip)]
    mark: (usize, usize),
}

impl Place {
    /// The place in the file called `file` that holds `text`; the mark is below the word there.
    #[cfg_attr(not(feature = "scripts"), expect(dead_code, reason = "only scripts have places"))]
    pub(crate) fn new(file: &str, text: &str, line: usize, column: usize) -> Self {
        let whole = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let before = column.saturating_sub(1);
        let cut = before.saturating_sub(WIDTH / 2);
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let shown: String = whole.chars().skip(cut).take(WIDTH).map(plain).collect();
        let word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
        let length = whole.chars().skip(before).take_while(word).count();
        let mark = (before - cut, length.clamp(1, WIDTH / 2));
        Self { file: file.to_owned(), line, column, shown: shown.trim_end().to_owned(), mark }
    }

    /// Four lines: the place, and the text with a mark.
    pub fn excerpt(&self) -> String {
        let Self { line, shown, mark: (before, length), .. } = self;
        let edge = " ".repeat(line.to_string().len());
        let (space, carets) = (" ".repeat(*before), "^".repeat(*length));
        format!(
            " {edge}--> {self}\n {edge} |\n {line} | {shown}\n \
             {edge} | {space}{carets}\n"
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Columns that are shown of a line, however long it is.
const WIDTH: usize = 100;
