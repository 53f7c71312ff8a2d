//! `docs/conformance.md` has a row for each behaviour and each fault of the reference, in order,
//! with its tests or its reason, and counts them rightly.

use crate::features::{is_test_name, lost, quoted};
use crate::tree::{Complaint, Source, expect_none, lines, source};

/// The rows that the page has to have, and how many of each letter.
const ROWS: [(char, usize); 2] = [('C', 151), ('Q', 37)];

/// What a row may say of itself, in the order in which the page counts it.
const STATES: [&str; 5] = ["done", "part", "missing", "different", "none"];

#[test]
fn each_behaviour_of_the_reference_has_its_row() {
    let page = source("docs/conformance.md");
    let rows = unsettled(page).into_iter().chain(gaps(page, &ROWS)).chain(miscounts(page));
    expect_none(lost(page).into_iter().chain(rows));
}

/// A row about one behaviour or fault.
struct Row<'a> {
    line: usize,
    /// A letter and a number.
    number: &'a str,
    /// A state and, after a colon, what there is to say of it.
    state: &'a str,
    shown_by: &'a str,
}

fn rows(page: &Source) -> Vec<Row<'_>> {
    (1..).zip(page.text.lines()).filter_map(|(line, text)| row(line, text)).collect()
}

fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = text.split('|').map(str::trim).collect();
    let [_, number, _, state, shown_by, _] = cells[..] else { return None };
    let digits = number.strip_prefix(ROWS.map(|(letter, _)| letter))?;
    digits.parse::<usize>().is_ok().then_some(Row { line, number, state, shown_by })
}

/// Rows that are done without a test, are not done without a reason, or are in no known state.
fn unsettled(page: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for Row { line, number, state, shown_by } in rows(page) {
        let (state, reason) = state.split_once(':').unwrap_or((state, ""));
        let rule = match state {
            _ if !quoted(shown_by).all(is_test_name) => "names what is no test – give a whole name",
            "done" if quoted(shown_by).next().is_none() => "is done – name a test that shows it",
            "done" if !reason.is_empty() => "is done – say what is not in a state of its own",
            "done" => continue,
            _ if !STATES.contains(&state) => "is in no state – begin with one of those counted",
            _ if reason.trim().is_empty() => "is not done – say why after a colon",
            _ => continue,
        };
        complaints.push(page.complaint(line, format!("{number} {rule}")));
    }
    complaints
}

/// The first row that is not the next one, or the end if there are too few.
fn gaps(page: &Source, expected: &[(char, usize)]) -> Option<Complaint> {
    let numbers = |(letter, most): &(char, usize)| {
        let letter = *letter;
        (1..=*most).map(move |number| format!("{letter}{number}"))
    };
    let mut expected = expected.iter().flat_map(numbers);
    for row in rows(page) {
        let next = expected.next();
        if next.as_deref() != Some(row.number) {
            let next = next.unwrap_or_else(|| "nothing".to_owned());
            return Some(
                page.complaint(row.line, format!("here comes {next} – not {}", row.number)),
            );
        }
    }
    let next = expected.next()?;
    Some(page.complaint(page.text.lines().count(), format!("there is no {next} – add its row")))
}

/// Lines of the page's own table of counts that are not so, or missing.
fn miscounts(page: &Source) -> Vec<Complaint> {
    let rows = rows(page);
    let counts = ROWS.map(|(letter, _)| count(&rows, letter));
    let lost = counts.iter().filter(|count| !page.text.lines().any(|line| line == **count));
    lost.map(|count| page.complaint(1, format!("the rows are otherwise – count {count}"))).collect()
}

/// How many rows of a letter are in each state, and altogether.
fn count(rows: &[Row<'_>], letter: char) -> String {
    let own: Vec<&Row<'_>> = rows.iter().filter(|row| row.number.starts_with(letter)).collect();
    let of = |state| own.iter().filter(|row| row.state.split(':').next() == Some(state)).count();
    let counts = STATES.into_iter().map(of).chain([own.len()]);
    let cells: Vec<String> = counts.map(|count| count.to_string()).collect();
    format!("| {letter} | {} |", cells.join(" | "))
}

fn page(text: &str) -> Source {
    Source::new("docs/conformance.md", text)
}

#[test]
fn rows_without_a_test_or_a_reason_are_told() {
    let page = page(
        "| # | sentence | here | shown by |\n\
                     | C1 | a | done | `a_test_that_everybody_knows` |\n\
                     | C2 | b | done | |\n\
                     | C3 | c | done | `too_short` |\n\
                     | C4 | d | done: nearly | `a_test_that_everybody_knows` |\n\
                     | C5 | e | different: for a reason | |\n\
                     | C6 | f | different | `a_test_that_everybody_knows` |\n\
                     | C7 | g | missing: | |\n\
                     | Q1 | h | perhaps: why not | |\n",
    );
    assert_eq!(lines(&unsettled(&page)), [3, 4, 5, 7, 8, 9]);
}

#[test]
fn a_row_that_is_missing_twice_there_or_out_of_order_is_told() {
    let told = |numbers: &[&str]| {
        let rows: Vec<_> = numbers.iter().map(|n| format!("| {n} | a | part: b | |\n")).collect();
        let told = gaps(&page(&rows.concat()), &[('C', 2), ('Q', 1)]);
        told.map(|told| (told.line, told.rule.split(" – ").next().unwrap_or_default().to_owned()))
    };
    let expected = |line, rule: &str| Some((line, rule.to_owned()));
    assert_eq!(told(&["C1", "C2", "Q1"]), None);
    assert_eq!(told(&["C1", "Q1"]), expected(2, "here comes C2"));
    assert_eq!(told(&["C1", "C1", "C2", "Q1"]), expected(2, "here comes C2"));
    assert_eq!(told(&["C2", "C1", "Q1"]), expected(1, "here comes C1"));
    assert_eq!(told(&["C1", "C2", "Q1", "Q2"]), expected(4, "here comes nothing"));
    assert_eq!(told(&["C1", "C2"]), expected(2, "there is no Q1"));
}

#[test]
fn counts_that_are_not_so_are_told() {
    let rows = "| C1 | a | done | `a_test_that_everybody_knows` |\n| Q1 | b | part: c | |\n";
    let counted = |counts: &str| miscounts(&page(&format!("{counts}{rows}"))).len();
    assert_eq!(counted("| C | 1 | 0 | 0 | 0 | 0 | 1 |\n| Q | 0 | 1 | 0 | 0 | 0 | 1 |\n"), 0);
    assert_eq!(counted("| C | 1 | 0 | 0 | 0 | 0 | 1 |\n| Q | 1 | 0 | 0 | 0 | 0 | 1 |\n"), 1);
    assert_eq!(counted(""), 2);
}
