//! Mutants are rows in `mutants`, which fit the text they change, and stand nowhere else.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::code::{line_of, words};
use crate::tree::{Complaint, Source, expect_none, lines, source, sources};

/// What switches a wrong text on.
const SWITCHES: &[&str] = &["bug!", "bitswap_bugs", "mutant"];

#[test]
fn no_wrong_text_stands_beside_the_right_one() {
    let rust = sources().iter().filter(|source| source.is_rust());
    expect_none(rust.flat_map(switches));
}

#[test]
fn every_mutant_fits_one_place() {
    let text_of = |path: &str| {
        let found = sources().iter().find(|source| source.path == path);
        found.map(|source| source.text.as_str())
    };
    expect_none(tables().flat_map(|table| misfits(table, text_of)));
}

#[test]
fn every_mutant_has_a_name_of_its_own() {
    let mut tables_of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for table in tables() {
        for row in rows(table) {
            tables_of.entry(word(&row, "id")).or_default().push(&table.path);
        }
    }
    assert!(!tables_of.is_empty());
    tables_of.retain(|_, tables| tables.len() > 1);
    assert_eq!(tables_of, BTreeMap::new());
}

#[test]
fn the_page_tells_who_sees_each_mutant() {
    let page = &source("docs/mutants.md").text;
    expect_none(tables().flat_map(|table| untold(table, page)));
}

fn tables() -> impl Iterator<Item = &'static Source> {
    let all = sources().iter();
    all.filter(|source| source.path.starts_with("mutants/") && source.has_extension(&["toml"]))
}

fn switches(source: &Source) -> Vec<Complaint> {
    let found = SWITCHES.iter().flat_map(|switch| words(&source.code, switch));
    let rule = "a switch for wrong text – make it a row in mutants";
    found.map(|line| source.complaint(line, rule)).collect()
}

/// Rows whose text is not in its file exactly once.
fn misfits<'a>(table: &Source, text_of: impl Fn(&str) -> Option<&'a str>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for row in rows(table) {
        let id = word(&row, "id");
        let line = line_of_id(table, &id);
        for edit in edits(&row) {
            let path = word(&edit, "file");
            let count = match (text_of(&path), edit.get("text").and_then(Value::as_str)) {
                (Some(_), None) => continue,
                (Some(all), Some(text)) => all.matches(text).count(),
                (None, _) => 0,
            };
            if count != 1 {
                let rule = format!("{id} fits {count} places in {path} – follow the rename");
                complaints.push(table.complaint(line, rule));
            }
        }
    }
    complaints
}

/// Rows that are not on the page as they are.
fn untold(table: &Source, page: &str) -> Vec<Complaint> {
    let told =
        |row: &Table| page.contains(&format!("\n| {} | {}", word(row, "id"), word(row, "what")));
    let untold = rows(table).into_iter().filter(|row| !told(row));
    let rule = "not in docs/mutants.md – mutants/run.py --table docs/mutants.md";
    untold.map(|row| table.complaint(line_of_id(table, &word(&row, "id")), rule)).collect()
}

fn line_of_id(table: &Source, id: &str) -> usize {
    let at = table.text.find(&format!("id = \"{id}\""));
    at.map_or(1, |at| line_of(&table.text, at))
}

fn rows(table: &Source) -> Vec<Table> {
    let read: Table = table.text.parse().expect(&table.path);
    tables_under(&read, "mutant")
}

/// A row's only edit stands in the row itself.
fn edits(row: &Table) -> Vec<Table> {
    let alone = row.contains_key("file").then(|| row.clone());
    alone.into_iter().chain(tables_under(row, "edit")).collect()
}

fn tables_under(table: &Table, key: &str) -> Vec<Table> {
    let list = table.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_table).cloned().collect()
}

fn word(table: &Table, key: &str) -> String {
    table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn a_switch_is_told_in_code_but_not_in_words() {
    let text =
        "// mutant(1)\nif bug!(B01) || crate::mutant(2) {}\n#[cfg(bitswap_bugs)]\nf(\"bug!\");";
    assert_eq!(lines(&switches(&Source::new("a.rs", text))), [2, 3, 2]);
}

#[test]
fn a_text_that_is_gone_or_there_twice_is_told() {
    let row = |id, file, text| format!("[[mutant]]\nid = \"{id}\"\nfile = \"{file}\"\n{text}\n");
    let table = [
        row("A", "a.rs", "text = 'once'"),
        row("B", "a.rs", "text = 'twice'"),
        row("C", "a.rs", "text = 'never'"),
        row("D", "gone.rs", "text = 'once'"),
        row("E", "a.rs", "adds = 'never'"),
    ];
    let table = Source::new("mutants/a.toml", table.concat());

    let told = misfits(&table, |path| (path == "a.rs").then_some("once twice twice"));

    assert_eq!(lines(&told), [6, 10, 14]);
}

#[test]
fn a_mutant_that_is_not_on_the_page_is_told() {
    let row = |id: &str, what: &str| format!("[[mutant]]\nid = \"{id}\"\nwhat = \"{what}\"\n");
    let table = Source::new("mutants/a.toml", row("A", "once") + &row("B", "never"));
    let page = "| mutant | what |\n| A | once (a#1) | tests |\n| B | renamed | tests |\n";

    assert_eq!(lines(&untold(&table, page)), [5]);
}
