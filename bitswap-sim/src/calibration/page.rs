//! What came of the cases, as a table for a terminal and as a page.

use std::fmt::Write as _;

use super::{Case, Finding};

const HEAD: &str = "\
# Calibration

Made by `cargo test -p bitswap-sim`; not edited by hand. `bitswap-sim calibrate` asks again.

Each case has an answer that can be worked out by hand. The exact answers here come from formulas,
with the lengths that the codec gives to messages and 40 bytes of framing for each; none comes from
a run. Times have to be met to the microsecond, unless a case says otherwise.

L is the latency one way, B the rate of the slower link, s the bytes of a message with a block.

";

/// The page `docs/calibration.md` about these findings.
pub fn page(answers: &[(&Case, Vec<Finding>)]) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| case | with | exact answer | simulated | error | verdict |\n");
    page.push_str("|---|---|---:|---:|---:|---|\n");
    for (case, findings) in answers {
        for finding in findings {
            let [of, exact, simulated, error, verdict] = cells(finding);
            let name = case.name;
            _ = writeln!(page, "| {name} | {of} | {exact} | {simulated} | {error} | {verdict} |");
        }
    }
    page.push_str("\n## The cases\n");
    for (case, _) in answers {
        _ = write!(page, "\n**{}**: {}. Answer: {}.", case.name, case.question, case.answer);
        if !case.note.is_empty() {
            _ = write!(page, " {}", case.note);
        }
        page.push('\n');
    }
    page
}

/// The findings in columns, for a terminal.
pub fn table(answers: &[(&Case, Vec<Finding>)]) -> String {
    let mut rows =
        vec![["case", "with", "exact answer", "simulated", "error", "verdict"].map(str::to_owned)];
    for (case, findings) in answers {
        for finding in findings {
            let [of, exact, simulated, error, verdict] = cells(finding);
            rows.push([case.name.to_owned(), of, exact, simulated, error, verdict]);
        }
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut table = String::new();
    for row in &rows {
        for (column, (width, cell)) in widths.into_iter().zip(row).enumerate() {
            _ = match column {
                0 | 1 => write!(table, "{cell:<width$}  "),
                5 => writeln!(table, "{cell}"),
                _ => write!(table, "{cell:>width$}  "),
            };
        }
    }
    table
}

fn cells(finding: &Finding) -> [String; 5] {
    let verdict = if finding.passes() { "ok" } else { "WRONG" };
    let exact = finding.exact_text();
    [finding.of.clone(), exact, finding.simulated_text(), finding.error_text(), verdict.to_owned()]
}
