//! Lists that come in pages, and the one field that all JSON has.

use bitswap_api::{LookPage, Page};
use bitswap_service::error::CliError;
use serde::Serialize;
use serde_json::{Value, json};

/// A list from its first page to its last.
pub(super) async fn all<T>(
    ask: impl AsyncFn(LookPage) -> Result<Page<T>, CliError>,
) -> Result<Vec<T>, CliError> {
    let mut rows = Vec::new();
    let mut page = LookPage::default();
    loop {
        let found = ask(page).await?;
        rows.extend(found.items);
        if found.next.is_none() {
            return Ok(rows);
        }
        page = LookPage { cursor: found.next, limit: None };
    }
}

/// Rows as objects; the first says of which form all are.
pub(super) fn lines(rows: &[impl Serialize]) -> Vec<Value> {
    let mut lines: Vec<_> = rows.iter().map(|row| json!(row)).collect();
    if let Some(Value::Object(first)) = lines.first_mut() {
        first.insert("v".to_owned(), json!(1));
    }
    lines
}

/// A result as an object that says of which form it is.
pub(super) fn object(row: &impl Serialize) -> Value {
    lines(std::slice::from_ref(row)).pop().unwrap_or_default()
}
