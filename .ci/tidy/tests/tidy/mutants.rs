//! Mutants are rows in `mutants`, which fit the text they change, and stand nowhere else.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::anchors;
use crate::code::{line_of, words};
use crate::tree::{Complaint, Source, expect_none, lines, source, sources};

/// What switches a wrong text on.
const SWITCHES: &[&str] = &["bug!", "bitswap_bugs", "mutant"];

/// What the page has in place of a test for a row that has yet to be run.
const UNSEEN: &str = "–";

#[test]
fn no_wrong_text_stands_beside_the_right_one() {
    let rust = sources().iter().filter(|source| source.is_rust());
    expect_none(rust.flat_map(switches));
}

#[test]
fn every_mutant_fits_one_place() {
    expect_none(tables().flat_map(|table| misfits(table, sources())));
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
    let is_test = |crates: &[String], name: &str| {
        let declared = format!("fn {name}(");
        let is_home = |path: &str| crates.iter().any(|name| path.starts_with(&format!("{name}/")));
        let mut rust = sources().iter().filter(|source| source.is_rust() && is_home(&source.path));
        rust.any(|source| source.code.contains(&declared))
    };
    let rows: Vec<_> = tables().flat_map(rows).collect();
    expect_none(unlike(source("docs/mutants.md"), &rows, is_test));
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

/// Rows whose text does not stand once in the item that they name.
fn misfits(table: &Source, sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for row in rows(table) {
        let id = word(&row, "id");
        for edit in edits(&row) {
            let at = word(&edit, "at");
            if let Some(fault) = misfit(&at, &word(&edit, "text"), sources) {
                let rule = format!("{id}: {at}: {fault} – mend it");
                complaints.push(table.complaint(line_of_id(table, &id), rule));
            }
        }
    }
    complaints
}

/// What is wrong with a place. If an item moved or was renamed, the text is looked for in items of
/// that name in the whole crate, in the file and in the crate.
fn misfit(at: &str, text: &str, sources: &[Source]) -> Option<String> {
    let (file, item) = at.split_once(": ").unwrap_or((at, ""));
    let crate_source = format!("{}/src/", file.split('/').next().unwrap_or_default());
    let count = |in_crate: bool, item: Option<&str>| -> usize {
        let is_home = |path: &str| path == file || in_crate && path.starts_with(&crate_source);
        let homes = sources.iter().filter(|source| source.is_rust() && is_home(&source.path));
        homes.map(|source| anchors::count(&source.text, item, text)).sum()
    };
    let places = [(false, Some(item)), (true, Some(item)), (false, None), (true, None)];
    let fits = places.into_iter().any(|(in_crate, item)| count(in_crate, item) == 1);
    let what = text.trim().lines().next().unwrap_or("such an item");
    (!fits).then(|| {
        let (there, all) = (count(false, Some(item)), count(true, None));
        format!("{there} times `{what}` there, {all} times in its crate")
    })
}

/// What of the page is not as `mutants/run.py` makes it of the rows.
fn unlike(
    page: &Source,
    rows: &[Table],
    is_test: impl Fn(&[String], &str) -> bool,
) -> Vec<Complaint> {
    let lines: Vec<_> = page.text.lines().enumerate().map(|(at, line)| (at + 1, line)).collect();
    let told: Vec<_> = lines.iter().filter(|(_, line)| line.starts_with("| ")).skip(1).collect();
    let cell = |line: &str, at: usize| line.split(" | ").nth(at).unwrap_or_default().to_owned();
    let renew = "mutants/run.py --check --page makes it again";
    let mut complaints = Vec::new();
    for (row, (number, line)) in rows.iter().zip(&told) {
        let (id, source, test) = (word(row, "id"), word(row, "source"), cell(line, 2));
        let source = if source.is_empty() { source } else { format!(" ({source})") };
        if !line.starts_with(&format!("| {id} | {}{source} | ", word(row, "what"))) {
            complaints.push(page.complaint(*number, format!("not the row of {id} – {renew}")));
            break;
        }
        // It may be told how the test ended, if not by failing.
        let name = test.split(" (").next().unwrap_or_default();
        let name = name.rsplit([':', ' ']).next().unwrap_or_default();
        if test != UNSEEN && !is_test(&crates(row), name) {
            let rule = format!("there is no test {name} – mutants/run.py --only {id} --page");
            complaints.push(page.complaint(*number, rule));
        }
    }
    let tests = told.iter().filter(|(_, line)| cell(line, 2) != UNSEEN).count();
    let campaign =
        told.iter().filter(|(_, line)| !cell(line, 3).trim_matches([' ', '|']).is_empty());
    let count = format!(
        "Of {} mutants a test sees {tests}, and the campaign {}; {} are still to be run.",
        rows.len(),
        campaign.count(),
        told.len() - tests,
    );
    if told.len() != rows.len() || !lines.iter().any(|(_, line)| *line == count) {
        complaints.push(page.complaint(1, format!("it does not say `{count}` – {renew}")));
    }
    complaints
}

fn crates(row: &Table) -> Vec<String> {
    let ats = edits(row).into_iter().map(|edit| word(&edit, "at"));
    ats.map(|at| at.split('/').next().unwrap_or_default().to_owned()).collect()
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
    let alone = row.contains_key("at").then(|| row.clone());
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
    let row = |id, at, text| format!("[[mutant]]\nid = \"{id}\"\nat = \"c/src/{at}\"\n{text}\n");
    let table = [
        row("A", "a.rs: one", "text = 'once'"),
        row("B", "a.rs: one", "text = 'twice'"),
        row("C", "a.rs: one", "text = 'never'"),
        row("item moved", "gone.rs: one", "text = 'once'"),
        row("text moved", "a.rs: one", "text = 'alone'"),
        row("both moved", "gone.rs: gone", "text = 'alone'"),
        row("H", "gone.rs: gone", "text = 'once'"),
        row("I", "a.rs: one", "adds = 'never'"),
        row("J", "a.rs: three", "adds = 'never'"),
    ];
    let table = Source::new("mutants/a.toml", table.concat());
    let sources = [
        ("c/src/a.rs", "fn one() {\n    once; twice; twice;\n}\n\nfn two() {\n    once\n}\n"),
        ("c/src/b.rs", "fn two() { alone }\n"),
        ("d/src/a.rs", "fn three() { never }\n"),
    ];
    let sources = sources.map(|(path, text)| Source::new(path, text));

    let told = misfits(&table, &sources);

    assert_eq!(
        told.iter().map(|complaint| complaint.rule.as_str()).collect::<Vec<_>>(),
        [
            "B: c/src/a.rs: one: 2 times `twice` there, 2 times in its crate – mend it",
            "C: c/src/a.rs: one: 0 times `never` there, 0 times in its crate – mend it",
            "H: c/src/gone.rs: gone: 0 times `once` there, 2 times in its crate – mend it",
            "J: c/src/a.rs: three: 0 times `such an item` there, 0 times in its crate – mend it",
        ]
    );
    assert_eq!(lines(&told), [6, 10, 26, 34]);
}

#[test]
fn a_page_is_told_that_is_not_of_these_rows_and_tests() {
    let row =
        |id: &str| format!("[[mutant]]\nid = \"{id}\"\nwhat = \"wrong\"\nat = \"c/src/a.rs: b\"\n");
    let table =
        Source::new("mutants/a.toml", row("A") + "source = \"d#1\"\n" + &row("B") + &row("C"));
    let rows = rows(&table);
    let page = |count: &str, test: &str, last: &str| {
        let head =
            ["| mutant | what | test | campaign |", "| A | wrong (d#1) | it: e::there | I1 |"];
        let b = format!("| B | wrong | it: e::{test} (hangs) |  |");
        let text = [count, head[0], head[1], &b, last].join("\n");
        let is_test = |crates: &[String], name: &str| crates == ["c"] && name == "there";
        lines(&unlike(&Source::new("docs/mutants.md", text), &rows, is_test))
    };
    let count = "Of 3 mutants a test sees 2, and the campaign 1; 1 are still to be run.";

    assert_eq!(page(count, "there", "| C | wrong | – |  |"), [0; 0]);
    assert_eq!(page(count, "gone", "| C | wrong | – |  |"), [4]);
    assert_eq!(page(count, "there", "| C | worse | – |  |"), [5]);
    assert_eq!(page("Of 2 mutants", "there", "| C | wrong | – |  |"), [1]);
    assert_eq!(page(count, "there", ""), [1]);
}
