//! The program `bitswap`, with one more strategy.

mod fewest_in_flight;

use std::process::ExitCode;

use bitswap_strategies::catalog::Entry;

fn main() -> ExitCode {
    bitswap_node::main_with([Entry::peer_selector::<fewest_in_flight::FewestInFlight>(
        "fewest-in-flight",
        "Asks the likely holder that owes us the fewest blocks.",
        "docs/write-a-strategy.md",
    )])
}
