//! What is made for authors of scripts: the page of views, and a first file for each role.

use bitswap_core::strategy::Role;

use super::mirror;

/// The page that says what scripts see, field by field, as Markdown.
pub fn views_page() -> String {
    format!("{HEAD}\n{}\n", mirror::chapters().join("\n\n"))
}

const HEAD: &str = "\
# What a script sees

This page is made from the program: the views of the functions in
[Write a strategy as a script](write-a-script.md), with all their fields.

- Moments and spans are whole milliseconds, in fields that end in `_ms`.
- A field that may be `()` is unknown then, or what it tells of has not happened: write
  `peer.answer_time_ms ?? 200`.
- Peers and wants are integers. They stay the same as long as the node runs.
- Counts beyond the largest integer are the largest integer.
- A list has `len`, `is_empty()` and `[place]`, and is gone through with `for`. Lists of peers,
  wants and asks in flight also have `sum(\"field\")`, `min_by(\"field\")`, `max_by(\"field\")`
  and `order_by(\"field\")`.
";

/// A working script for `role` with comments and a test, to begin with.
pub const fn template(role: Role) -> &'static str {
    match role {
        Role::PeerSelector => include_str!("templates/peer_selector.rhai"),
        Role::TaskPrioritizer => include_str!("templates/task_prioritizer.rhai"),
        Role::LedgerPolicy => include_str!("templates/ledger_policy.rhai"),
        Role::ProviderFinder => include_str!("templates/provider_finder.rhai"),
        Role::Registry => include_str!("templates/registry.rhai"),
    }
}
