//! The program `bitswap`, with the strategies of the catalog.

use std::process::ExitCode;

fn main() -> ExitCode {
    bitswap_node::main()
}
