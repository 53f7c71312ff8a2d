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

fn is_ours(target: &str) -> bool {
    target.starts_with("bitswap")
}
