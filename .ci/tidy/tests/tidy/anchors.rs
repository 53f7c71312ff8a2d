//! Where a text stands in an item of a Rust file: the rule of `mutants/hunt/anchor.py`.
//!
//! Items are told by indentation, which rustfmt sees to. White space does not count, nor does a
//! comma before a closing bracket, so a statement may be broken otherwise.

use std::ops::Range;

const QUALIFIERS: &[&str] = &["async ", "unsafe ", "extern \"C\" "];
const KINDS: &[&str] = &[
    "const fn",
    "const",
    "enum",
    "fn",
    "impl",
    "macro_rules!",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
];

/// How often `wanted` stands in the items of `text` that are called `item`, or in all of it. If no
/// text is wanted, whether there is such an item.
pub(crate) fn count(text: &str, item: Option<&str>, wanted: &str) -> usize {
    let parts = item.map_or_else(|| vec![text], |item| parts(text, &format!("::{item}")));
    if wanted.is_empty() {
        return usize::from(item.is_some() && !parts.is_empty());
    }
    let wanted = fold(wanted);
    parts.into_iter().map(|part| fold(part).matches(&wanted).count()).sum()
}

fn parts<'a>(text: &'a str, path: &str) -> Vec<&'a str> {
    let its = items(text).filter(|(name, _)| format!("::{name}").ends_with(path));
    its.filter_map(|(_, span)| text.get(span)).collect()
}

/// An item whose end has not been met.
struct Open {
    depth: usize,
    name: String,
    begin: usize,
}

/// The path of each item, and where it stands: until a line of less depth, or of its own that
/// begins something else.
fn items(text: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let (mut found, mut open) = (Vec::new(), Vec::<Open>::new());
    let mut at = 0;
    for line in text.split_inclusive('\n').chain(["#"]) {
        let bare = line.trim();
        let depth = line.len() - line.trim_start().len();
        while let Some(last) = open.pop_if(|last| !bare.is_empty() && ends(last, depth, bare)) {
            found.push((last.name, last.begin..at));
        }
        if let Some(name) = item(bare) {
            let outer = open.last().map(|last| format!("{}::", last.name)).unwrap_or_default();
            open.push(Open { depth, name: outer + &name, begin: at });
        }
        at += line.len();
    }
    found.into_iter()
}

fn ends(last: &Open, depth: usize, line: &str) -> bool {
    let word = line.split(|c| !in_word(c)).next().unwrap_or_default();
    let begins = !word.is_empty() || line.starts_with(['#', '/']);
    depth < last.depth || depth == last.depth && begins && word != "where"
}

/// The name of the item that begins with this line; of an `impl`, that of its type.
fn item(line: &str) -> Option<String> {
    let public = line.strip_prefix("pub(").and_then(|rest| rest.split_once(") "));
    let mut rest = public.map_or(line, |(_, rest)| rest);
    rest = rest.strip_prefix("pub ").unwrap_or(rest);
    while let Some(then) = QUALIFIERS.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = then;
    }
    let after = |kind: &&str| rest.strip_prefix(*kind).filter(|rest| rest.starts_with([' ', '<']));
    let (kind, rest) = KINDS.iter().find_map(|kind| Some((*kind, after(kind)?)))?;
    let name = if kind == "impl" { type_of(rest) } else { rest.to_owned() };
    let name = name.trim_start_matches(|c| !in_word(c));
    name.split(|c| !in_word(c)).next().map(str::to_owned)
}

/// `Type` of `<'a, A: B<'a>> a::Trait<A> for b::Type<'a>`.
fn type_of(rest: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        let before = depth;
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before == 0 && depth == 0
    };
    let plain: String = rest.replace("->", "").chars().filter(outside).collect();
    let named = plain.rsplit(" for ").next().unwrap_or_default();
    let named = named.split(" where").next().unwrap_or_default();
    named.rsplit("::").next().unwrap_or_default().to_owned()
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The characters that count.
fn fold(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    [",)", ",]", ",}"].iter().fold(text, |text, end| text.replace(end, end.trim_start_matches(',')))
}

#[test]
fn a_text_is_found_in_the_item_that_is_named_however_it_is_broken() {
    let text = "
const A: u8 = 1;

impl<'a, F: Fn(A<'a>) -> B> Trait<F> for c::Type<'a>
where
    F: C,
{
    pub(in crate::a) const fn one(
        &self,
    ) -> u8 {
        call(
            a,
            b,
        )
    }

    async fn two() {
        call(a, b);
    }
}

fn two() {
    call(b, a);
}
";
    assert_eq!(count(text, Some("Type::one"), "call(a, b)"), 1);
    assert_eq!(count(text, Some("Type"), "call(a, b)"), 2);
    assert_eq!(count(text, Some("two"), "call("), 2);
    assert_eq!(count(text, Some("Type::two"), "call(b, a)"), 0);
    assert_eq!(count(text, Some("A"), "u8"), 1);
    assert_eq!(count(text, Some("three"), "call"), 0);
    assert_eq!(count(text, None, "call"), 3);
    assert_eq!([Some("Type"), Some("three"), None].map(|item| count(text, item, "")), [1, 0, 0]);
}
