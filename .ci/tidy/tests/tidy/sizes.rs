//! Files and functions that one can read in one go.

use crate::code::line_of;
use crate::tree::{Complaint, Source, expect_none, lines, sources};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 60;

#[test]
fn files_are_short() {
    expect_none(sources().iter().filter_map(long_file));
}

#[test]
fn functions_are_short() {
    expect_none(sources().iter().flat_map(long_functions));
}

fn long_file(source: &Source) -> Option<Complaint> {
    let length = source.text.lines().count();
    let counts = source.has_extension(&["md", "rhai", "rs", "toml"]) && !source.is_generated();
    (counts && length > FILE_LINES).then(|| {
        let rule = format!("{length} lines, at most {FILE_LINES} – split it by what its parts own");
        source.complaint(length, rule)
    })
}

fn long_functions(source: &Source) -> Vec<Complaint> {
    if source.is_generated() {
        return Vec::new();
    }
    let long = functions(&source.code).into_iter().filter(|(_, length)| *length > FUNCTION_LINES);
    let complaint = |(line, length)| {
        let rule = format!(
            "a function of {length} lines, at most {FUNCTION_LINES} – name a part and move it out"
        );
        source.complaint(line, rule)
    };
    long.map(complaint).collect()
}

/// Line and length of every function with a body, from `fn` to its closing brace.
fn functions(code: &str) -> Vec<(usize, usize)> {
    code.match_indices("fn ").filter_map(|(begin, _)| function(code, begin)).collect()
}

fn function(code: &str, begin: usize) -> Option<(usize, usize)> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = code.get(..begin)?.chars().next_back();
    let named = code.get(begin + 3..)?.starts_with(in_word);
    if before.is_some_and(in_word) || !named {
        return None;
    }
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    for (place, c) in code.get(begin..)?.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.checked_sub(1)?,
            // Declared without a body.
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => {
                let (first, last) = (line_of(code, begin), line_of(code, begin + place));
                return Some((first, last - first + 1));
            }
            '}' => braces = braces.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

#[test]
fn a_file_of_501_lines_is_too_long_unless_generated() {
    let text = "//! A.\n".repeat(500);
    assert_eq!(long_file(&Source::new("a.rs", text.clone())), None);

    let longer = format!("{text}\n");
    assert_eq!(long_file(&Source::new("a.rs", longer.clone())).map(|told| told.line), Some(501));
    assert_eq!(long_file(&Source::new("a.lock", longer.clone())), None);
    let mark = ["// @", "generated\n"].concat();
    assert_eq!(long_file(&Source::new("a.rs", mark + &longer)), None);
}

#[test]
fn a_function_of_61_lines_is_too_long() {
    let of = |length: usize| format!("\nfn a() {{\n{}}}\n", "    b();\n".repeat(length - 2));

    assert_eq!(long_functions(&Source::new("a.rs", of(60))), []);
    assert_eq!(lines(&long_functions(&Source::new("a.rs", of(61)))), [2]);
}

#[test]
fn functions_are_told_from_what_looks_like_them() {
    let code = "trait A {\n fn a(&self, b: [u8; 4]);\n fn c(&self) -> [u8; 2] {\n  d(|| {})\n }\n\
                }\nconst E: fn (u8) = f;\nfn g() where H: I<fn(u8)> {\n fn j() {}\n}\n\
                let defn = 1;";

    assert_eq!(functions(code), [(3, 3), (8, 3), (9, 1)]);
}
