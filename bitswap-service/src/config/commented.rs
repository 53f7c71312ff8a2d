//! Settings that are commented out, as `init` writes them: one that is made takes the line of its
//! own comment, and leaves it when it is unset. Lines are texts here; whoever calls sees whether
//! the file means what it should.

use super::kind::Profile;
use super::template::template;

/// Where a setting is commented out, by numbers of lines.
struct Commented {
    /// The header of its table, if that is commented out, too.
    header: Option<usize>,
    line: usize,
}

/// `text` with the commented setting `path` in force, as `value`; `None` if it has none.
pub(super) fn put(text: &str, path: &[String], value: &str) -> Option<String> {
    let mut lines = lines(text);
    let Commented { header, line } = commented(&lines, path)?;
    let name = path.last()?;
    let set = format!("{name} = {value}\n");
    *lines.get_mut(line)? = &set;
    if let Some(line) = header.and_then(|header| lines.get_mut(header)) {
        *line = line.strip_prefix('#')?;
    }
    Some(lines.concat())
}

/// `text` without these lines, from the first to the last, which set `path`. Where the comment
/// above is that of `init`, the commented default is below it again.
pub(super) fn take(text: &str, path: &[String], [first, last]: [usize; 2]) -> Option<String> {
    let mut lines = lines(text);
    let above = first.checked_sub(1).and_then(|above| lines.get(above)).copied();
    let fresh = template(Profile::Desktop);
    let fresh = self::lines(&fresh);
    let default = commented(&fresh, path).filter(|default| {
        let above_default = default.line.checked_sub(1).and_then(|above| fresh.get(above));
        above_default.copied() == above
    });
    let default = default.and_then(|default| fresh.get(default.line)).copied();
    lines.get(first..=last)?;
    lines.splice(first..=last, default);
    Some(lines.concat())
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn commented(lines: &[&str], path: &[String]) -> Option<Commented> {
    let (name, tables) = path.split_last()?;
    let table = format!("[{}]", tables.join("."));
    // What stands before the first header is in no table.
    let (mut is_inside, mut header) = (tables.is_empty(), None);
    for (number, line) in lines.iter().enumerate() {
        let bare = line.strip_prefix('#').unwrap_or(line).trim_end();
        if bare.starts_with('[') {
            is_inside = bare == table;
            header = (is_inside && line.starts_with('#')).then_some(number);
        } else if is_inside && line.starts_with('#') && is_set(bare, name) {
            return Some(Commented { header, line: number });
        }
    }
    None
}

fn is_set(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
}
