//! A daemon that is told to read its scripts again does so, or stays as it is.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use super::with_script;
use crate::support::{Place, http_get};

#[test]
fn a_script_that_was_changed_is_in_charge_after_a_hangup_and_a_broken_one_is_not() {
    let place = with_script("mine.rhai", &weighs("before"));
    place.file("file", 1_000_000);
    let root = place.run(&["add", "file", "--quiet", "--json"]).json()["cid"].clone();
    let root = root.as_str().unwrap();
    let mut daemon = Daemon::start(&place);

    fetch(&place, &daemon, root, "one");
    let before = daemon.decisions("before");
    assert!(before > 0);

    fs::write(place.path("mine.rhai"), "fn weigh(ctx, account) { 1024 ").unwrap();
    daemon.hang_up("nothing was changed");
    fetch(&place, &daemon, root, "two");
    assert!(daemon.decisions("before") > before, "the old one is still in charge");
    let before = daemon.decisions("before");
    assert_eq!(daemon.value("bitswap_config_reloads_total{result=\"failed\"}"), 1);
    assert_eq!(daemon.value("bitswap_config_reload_success"), 0);

    let calls = daemon.value("bitswap_script_calls_total{role=\"ledger_policy\"}");
    fs::write(place.path("mine.rhai"), weighs("after")).unwrap();
    daemon.hang_up("read again");
    fetch(&place, &daemon, root, "three");
    assert_eq!(daemon.decisions("before"), before, "the old one is gone");
    assert!(daemon.decisions("after") > 0);
    assert_eq!(daemon.value("bitswap_config_reloads_total{result=\"ok\"}"), 1);
    assert_eq!(daemon.value("bitswap_config_reload_success"), 1);
    let later = daemon.value("bitswap_script_calls_total{role=\"ledger_policy\"}");
    assert!(later > calls, "counters go on: {calls}, {later}");

    let limits = "[limits]\nupload = \"9MiB/s\"\ndownload_per_peer = \"1MiB/s\"\naccounts = 9\n";
    fs::write(place.node("bitswap.toml"), limits).unwrap();
    daemon.hang_up("limits.upload = \"9MiB/s\"");
    daemon.hang_up("in force from the next start: limits.accounts");
    let in_force = |series: &str, of: &str| {
        daemon.value(&format!("bitswap_{series}_limit_bytes{{of=\"{of}\"}}"))
    };
    assert_eq!(in_force("server_upload", "node"), 9 << 20);
    assert_eq!(in_force("net_download", "peer"), 1 << 20);
}

fn weighs(reason: &str) -> String {
    format!("fn weigh(ctx, account) {{ ctx.because(\"{reason}\"); 1024 }}")
}

fn fetch(place: &Place, daemon: &Daemon, root: &str, name: &str) {
    let peer = daemon.ready["addresses"][0].as_str().unwrap();
    let ran = place.run(&["get", root, "--standalone", "--peer", peer, "-o", name]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// A daemon with a script, which ends with its test.
struct Daemon {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
    ready: Value,
}

impl Daemon {
    fn start(place: &Place) -> Self {
        let args = [
            "daemon",
            "--json",
            "--listen=/ip4/127.0.0.1/tcp/0",
            "--metrics-port=0",
            "--script=ledger_policy=mine.rhai",
        ];
        let mut command = place.command(&args);
        command.env("BITSWAP__NETWORK__MDNS", "false").env("BITSWAP__SCRIPTS__WATCH", "false");
        command.env("BITSWAP__NAT__UPNP", "false");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, said, ready: serde_json::from_str(&line).unwrap() }
    }

    /// Sends SIGHUP, and waits until it says `word`.
    fn hang_up(&mut self, word: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        assert!(self.said.by_ref().map_while(Result::ok).any(|line| line.contains(word)), "{word}");
    }

    fn decisions(&self, reason: &str) -> u64 {
        self.value(&format!(
            "bitswap_strategy_decisions_total{{role=\"ledger_policy\",strategy=\"mine\",\
             reason=\"{reason}\"}}"
        ))
    }

    fn value(&self, series: &str) -> u64 {
        let (_, metrics) = http_get(self.ready["metrics_url"].as_str().unwrap(), "localhost");
        let line = metrics.lines().find(|line| line.starts_with(series));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
