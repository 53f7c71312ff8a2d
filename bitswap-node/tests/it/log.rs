//! The log of a daemon: JSON lines, each with the session and the CID that it is about.

use serde_json::Value;

use crate::support::{Place, Running};

#[test]
fn lines_about_a_want_name_its_session_and_its_cid() {
    let place = Place::new();
    let args = ["daemon", "--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0"];
    let mut command = place.command(&[&args[..], &["--log-format", "json"]].concat());
    command.env("BITSWAP__LOG__FILTER", "info,bitswap_net=debug");
    let mut daemon = Running::of(command);
    daemon.says("ready\n");
    let cid = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    assert_eq!(place.run(&["block", "get", cid]).code, 3);

    let (_, stderr) = daemon.signal("-TERM");
    let lines: Vec<Value> = stderr.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    let begins = lines.iter().find(|line| line["fields"]["message"] == "a want begins");
    let begins = begins.unwrap_or(&Value::Null);
    assert_eq!(begins["span"]["cid"], cid, "{stderr}");
    assert!(begins["spans"][0]["session"].is_u64(), "{begins}");
    assert!(lines.iter().any(|line| line["fields"]["outcome"] == "failed"), "{stderr}");
    assert!(lines.iter().all(|line| line["target"].as_str().is_some_and(is_ours)), "{stderr}");
}

#[cfg(feature = "scripts")]
#[test]
fn every_line_of_a_json_log_is_json_whatever_goes_wrong() {
    use std::fs;

    let place = Place::new();
    let config = |text: &str| fs::write(place.node("bitswap.toml"), text).unwrap();
    let chosen = "[strategy.ledger_policy]\nuse = \"mine\"\n";
    fs::create_dir(place.node("strategies")).unwrap();
    let script = |text: &str| fs::write(place.node("strategies/mine.rhai"), text).unwrap();
    script("fn weigh(ctx, account) { ctx.because(\"first\"); 1024 }");
    config(&format!("[log]\nformat = \"json\"\n[limits]\nupload = \"1MiB/s\"\n{chosen}"));
    let args = ["daemon", "--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0"];
    let mut daemon = Running::of(place.command(&args));
    daemon.says("ready\n");

    script("fn weigh(ctx, account) {\n    let x = ;\n}");
    let mut told = daemon.tells("nothing was changed: the strategies in charge stay\"},");
    script("fn weigh(ctx, account) { ctx.because(\"second\"); 1024 }");
    told += &daemon.tells("read again: ledger_policy: mine → mine, generation 1\"},");
    config(&format!("[log]\nformat = \"text\"\n[limits]\nupload = \"2MiB/s\"\n{chosen}"));
    daemon.signal_only("-HUP");
    told += &daemon.tells("changed as well, and in force from the next start: log.format\"},");
    let second = place.run(&[&args[..], &["--log-format", "json"]].concat());
    config("[log]\nformat = \"json\"\n[network]\nmdsn = true\n[limits]\npeers = 0\n");
    let faulty = place.run(&args);
    let (_, rest) = daemon.signal("-TERM");

    let lines = |text: &str| -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}\n{text}"));
        text.lines().map(read).collect()
    };
    let all = lines(&format!("{told}{rest}"));
    let fault = |one: &&Value| one["fields"]["code"] == "bad-script";
    let fault = &all.iter().find(fault).unwrap()["fields"];
    assert!(fault["at"].as_str().unwrap().ends_with("mine.rhai:2:13"), "{fault}");
    assert!(fault["do"].as_str().unwrap().contains("bitswap strategy check"), "{fault}");
    let held = &lines(&second.stderr)[0];
    assert_eq!((&held["level"], &held["fields"]["code"]), (&"ERROR".into(), &"lock-held".into()));
    assert_eq!(lines(&faulty.stderr).len(), 2, "one for each mistake: {}", faulty.stderr);
}

fn is_ours(target: &str) -> bool {
    target.starts_with("bitswap")
}
