//! What is said of terminals.

use std::fmt::Display;

use bitswap_service::error::{CliError, Exit};

pub(crate) fn no_terminal() -> CliError {
    CliError::new("no-terminal", Exit::Usage, "a live view needs a terminal".to_owned())
        .because("standard output is none, or TERM says that it can show plain lines only")
        .remedy("print one picture with  bitswap top --once , or a record with  --json")
}

pub(crate) fn small_terminal(
    (columns, rows): (u16, u16),
    (least_columns, least_rows): (u16, u16),
) -> CliError {
    let what = format!("a terminal of {columns} columns and {rows} rows is too small");
    CliError::new("small-terminal", Exit::Usage, what)
        .because(format!("the view needs {least_columns} columns and {least_rows} rows"))
        .remedy("enlarge it, or print one picture with  bitswap top --once")
}

pub(crate) fn terminal(why: &dyn Display) -> CliError {
    CliError::new("terminal", Exit::Failed, "the terminal failed".to_owned())
        .because(why.to_string())
        .remedy("print one picture with  bitswap top --once")
}
