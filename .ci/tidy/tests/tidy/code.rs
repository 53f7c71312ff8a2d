//! Rust text with parts of it blanked, so that a scan for words finds only what is meant. Lines and
//! columns stay where they are.

/// What a character of Rust text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    /// Strings and characters, with their quotes.
    Literal,
}

/// Without comments and literals.
pub(crate) fn code(text: &str) -> String {
    keep(text, &[Part::Code])
}

/// Without literals.
pub(crate) fn code_and_comments(text: &str) -> String {
    keep(text, &[Part::Code, Part::Comment])
}

/// Where `word` stands in `text` with no letter, digit or `_` beside it: line (from 1) and byte.
pub(crate) fn words(text: &str, word: &str) -> Vec<usize> {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(place, _)| {
        let before = text.get(..*place).and_then(|before| before.chars().next_back());
        let after = text.get(place + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    });
    found.map(|(place, _)| line_of(text, place)).collect()
}

/// The number of the line in which byte `place` of `text` is.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

fn keep(text: &str, kept: &[Part]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    let mut before = ' ';
    while let [first, ..] = rest {
        let (part, length) = next_part(rest, before);
        let (taken, left) = rest.split_at(length);
        let keeps = kept.contains(&part);
        out.extend(taken.iter().map(|c| if keeps || *c == '\n' { *c } else { ' ' }));
        before = *taken.last().unwrap_or(first);
        rest = left;
    }
    out
}

/// What `rest`, which is not empty, begins with, and for how many characters.
fn next_part(rest: &[char], before: char) -> (Part, usize) {
    let in_word = before.is_alphanumeric() || before == '_';
    match rest {
        ['/', '/', ..] => (Part::Comment, until_line_end(rest)),
        ['/', '*', ..] => (Part::Comment, block_comment(rest)),
        ['"', ..] => (Part::Literal, quoted(rest)),
        ['\'', ..] => character(rest).map_or((Part::Code, 1), |length| (Part::Literal, length)),
        ['r' | 'b' | 'c', ..] if !in_word => prefixed(rest),
        _ => (Part::Code, 1),
    }
}

fn until_line_end(rest: &[char]) -> usize {
    rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut place) = (0, 0);
    loop {
        match rest.get(place..).unwrap_or_default() {
            [] => return rest.len(),
            ['/', '*', ..] => (depth, place) = (depth + 1, place + 2),
            ['*', '/', ..] if depth == 1 => return place + 2,
            ['*', '/', ..] => (depth, place) = (depth - 1, place + 2),
            [_, ..] => place += 1,
        }
    }
}

/// The length of the string that begins with the quote at the front.
fn quoted(rest: &[char]) -> usize {
    let mut place = 1;
    loop {
        match rest.get(place..).unwrap_or_default() {
            [] => return rest.len(),
            ['\\', _, ..] => place += 2,
            ['"', ..] => return place + 1,
            [_, ..] => place += 1,
        }
    }
}

/// The length of a character literal; `None` for a lifetime.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, tail @ ..] => Some(4 + tail.iter().position(|c| *c == '\'')?),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// What begins with `r`, `b`, `c`, `br` or `cr`: a literal, or only a word.
fn prefixed(rest: &[char]) -> (Part, usize) {
    let letters = rest.iter().take_while(|c| matches!(c, 'b' | 'c' | 'r')).count();
    let raw = rest.get(letters.saturating_sub(1)) == Some(&'r');
    let tail = rest.get(letters..).unwrap_or_default();
    let hashes = tail.iter().take_while(|c| **c == '#').count();
    let quote = tail.get(hashes) == Some(&'"');
    match tail {
        _ if letters > 2 => (Part::Code, letters),
        _ if raw && quote => (Part::Literal, letters + raw_string(tail, hashes)),
        ['"', ..] => (Part::Literal, letters + quoted(tail)),
        ['\'', ..] => {
            let length = character(tail);
            length.map_or((Part::Code, letters), |length| (Part::Literal, letters + length))
        }
        _ => (Part::Code, letters),
    }
}

fn raw_string(tail: &[char], hashes: usize) -> usize {
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let begin = hashes + 1;
    let body = tail.get(begin..).unwrap_or_default();
    let end = body.windows(closing.len()).position(|window| window == closing);
    end.map_or(tail.len(), |end| begin + end + closing.len())
}

#[test]
fn comments_and_literals_are_blanked_in_place() {
    let text = "let a = \"b // c\"; // d \"e\"\nlet f = 'g'; /* h\n/* i */ j */ k";

    let expected = "let a =         ;         \nlet f =    ;     \n             k";
    assert_eq!(code(text), expected);
}

#[test]
fn comments_stay_when_only_literals_go() {
    assert_eq!(code_and_comments("f(\"a\") // \"b\""), "f(   ) // \"b\"");
}

#[test]
fn every_form_of_literal_is_known() {
    for literal in [
        r#""a \" b""#,
        r##"r#"a " b"#"##,
        r#"b"a""#,
        r##"br#"a"#"##,
        "'\\''",
        "'\\u{7f}'",
        "b'a'",
        r#"c"a""#,
    ] {
        let text = format!("f({literal}, g)");
        let expected = format!("f({}, g)", " ".repeat(literal.chars().count()));
        assert_eq!(code(&text), expected, "{literal}");
    }
}

#[test]
fn lifetimes_and_words_like_prefixes_are_code() {
    for text in ["fn f<'a>(b: &'a str, r#type: &'static u8)", "bbr(crc, rb)", "for<'r> c"] {
        assert_eq!(code(text), text);
    }
}

#[test]
fn a_word_is_found_only_whole() {
    assert_eq!(words("Instant\nInstantly an_Instant\n(Instant)", "Instant"), [1, 3]);
}
