//! What is said of the ways to a node.

use bitswap_service::error::{CliError, Exit};

pub(crate) fn no_daemon(why: &str) -> CliError {
    CliError::new("no-daemon", Exit::NoNode, "no daemon answers".to_owned())
        .because(why)
        .remedy("start one:  bitswap daemon")
}

pub(crate) fn daemon_decides() -> CliError {
    let what = "the running daemon uses the strategies of its configuration".to_owned();
    CliError::new("daemon-decides", Exit::Usage, what)
        .because("strategies cannot be chosen for a command that a daemon carries out")
        .remedy("use  --standalone  to run the command with them, or remove the options")
}

pub(crate) fn daemon_routes() -> CliError {
    let what = "the running daemon asks the routers of its configuration".to_owned();
    CliError::new("daemon-decides", Exit::Usage, what)
        .because("routers cannot be chosen for a command that a daemon carries out")
        .remedy("use  --standalone  to run the command with them, or leave out  --router")
}

pub(crate) fn keeps_nothing() -> CliError {
    let what = "a node in memory keeps nothing".to_owned();
    CliError::new("keeps-nothing", Exit::Usage, what)
        .because("--standalone or  store.kind = \"memory\"  was said, and no daemon runs")
        .remedy("leave it out, or see the cids only with  bitswap add --only-hash")
}

pub(crate) fn offline() -> CliError {
    CliError::new("offline", Exit::Usage, "the network is needed for this".to_owned())
        .because("--offline was given")
        .remedy("leave  --offline  out")
}

pub(crate) fn script_shape(given: &str) -> CliError {
    let what = format!("{given:?} does not say which script plays which role");
    CliError::new("bad-script", Exit::Usage, what)
        .because("it is not of the form role=file")
        .remedy("write it as  --script peer_selector=my_way.rhai")
}
