//! Text for people: columns, and what strangers wrote.

/// Rows under a head, two spaces apart and as wide as what is in them; nothing after the last.
pub(crate) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    mut rows: Vec<[String; COLUMNS]>,
) -> String {
    rows.insert(0, head.map(str::to_owned));
    let widest = |column| rows.iter().map(|row| width(row, column)).max().unwrap_or_default();
    let widths: Vec<usize> = (0..COLUMNS).map(widest).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("  {cell:<width$}"));
        cells.collect::<String>().trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn width<const COLUMNS: usize>(row: &[String; COLUMNS], column: usize) -> usize {
    row.get(column).map_or(0, |cell| cell.chars().count())
}

/// Whoever made the names may have put in what a terminal obeys.
pub(crate) fn printable(name: &str) -> String {
    let escaped = |letter: char| {
        if letter.is_control() || turns_text(letter) {
            letter.escape_default().collect()
        } else {
            String::from(letter)
        }
    };
    name.chars().map(escaped).collect()
}

/// Whether it changes the direction of the text around it, or ends the line, so that a name looks
/// like another.
const fn turns_text(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}
