//! Nodes whose scripts mean harm serve and fetch all the same.
//!
//! All of them behave in the rehearsal, which asks at whole half seconds; else they would not be
//! taken at all. So now and then a call of theirs is harmless.

use std::fs;

use serde_json::Value;

use super::with_script;
use crate::support::Place;

/// For each role its questions, with a harmless answer.
const ROLES: [(&str, &str); 5] = [
    ("peer_selector", "fn select(ctx, session, asks) { HARM }"),
    ("task_prioritizer", "fn rank_peer(ctx, p) { HARM [1] } fn rank_task(ctx, t) { HARM [1] }"),
    ("ledger_policy", "fn weigh(ctx, account) { HARM 1024 }"),
    ("provider_finder", "fn next_step(ctx, search) { HARM #{ step: \"give_up\" } }"),
    ("registry", "fn candidates(ctx, want, limit) { HARM [] }"),
];

/// Causes, and what brings them about.
const HARMS: [(&str, &str); 12] = [
    ("budget", "loop { }"),
    ("budget", "loop { try { loop { } } catch { } }"),
    ("budget", "let a = []; a.pad(512, 1); loop { a.sort(); a.reverse(); }"),
    ("budget", "let m = #{}; let i = 0; loop { m[`${i % 200}`] = `${i}`; i += 1; }"),
    ("error", "down(0);"),
    ("error", "let s = \"x\"; loop { s += s; }"),
    ("error", "let a = [1]; loop { a = [a, a, a, a]; }"),
    ("error", "throw #{ a: [1, 2] };"),
    ("error", "1 / 0;"),
    ("answer", "return \"nonsense\";"),
    ("answer", "return ctx;"),
    ("state", "this.deep = [[[[[1]]]]];"),
];

#[test]
fn a_node_whose_scripts_all_run_for_ever_serves_another_peer_to_the_end() {
    let place = Place::new();
    let content = place.file("file", 8_000_000);
    let mut args = vec!["file".to_owned()];
    for (role, text) in ROLES {
        fs::write(place.path(&format!("{role}.rhai")), harmful(text, "loop { }")).unwrap();
        args.push(format!("--script={role}={role}.rhai"));
    }
    let args: Vec<_> = args.iter().map(String::as_str).collect();

    let serving = place.serve(&args);
    let [root, peer] = ["/root", "/servers/0/addresses/0"].map(|place| serving.text_at(place));
    let got = place.run(&["get", &root, "--peer", &peer, "-o", "copy"]);

    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(fs::read(place.path("copy")).unwrap() == content);
    let [fetcher, server] =
        ["/metrics_url", "/servers/0/metrics_url"].map(|of| serving.metrics(of));
    let of = |metrics: &str, role: &str, name: &str| {
        let labels = if name == "failures_total" { ",cause=\"budget\"" } else { "" };
        value(metrics, &format!("bitswap_script_{name}{{role=\"{role}\"{labels}}}"))
    };
    for (node, role) in [
        (&fetcher, "peer_selector"),
        (&fetcher, "provider_finder"),
        (&server, "ledger_policy"),
        (&server, "task_prioritizer"),
    ] {
        let [calls, failures, fallbacks, operations] =
            ["calls_total", "failures_total", "fallbacks_total", "operations_total"]
                .map(|name| of(node, role, name));
        assert!(failures > 0 && fallbacks >= failures, "{role}");
        assert!(operations <= calls * 100_600, "{role}");
    }
    assert_eq!(of(&server, "task_prioritizer", "failures_total"), 5);
    assert_eq!(of(&server, "task_prioritizer", "breaker_open"), 1);
}

#[test]
fn whatever_harm_it_does_the_node_serves_and_the_cause_is_counted() {
    for (cause, harm) in HARMS {
        let (role, text) = ROLES[1];
        let place = with_script("hostile.rhai", &harmful(text, harm));
        place.file("file", 3_000_000);

        let ran =
            place.run(&["demo", "file", "--script", &format!("{role}=hostile.rhai"), "--json"]);

        assert_eq!(ran.code, 0, "{harm}: {}", ran.stderr);
        let report = ran.json();
        assert_eq!(report["identical"], true, "{harm}");
        let scripts = report["scripts"].as_array().unwrap();
        let server = scripts.iter().find(|script| script["node"] == "server-1").unwrap();
        assert_eq!(server["failures"][cause], 5, "{harm}: {server}");
        assert_eq!(server["breaker_open"], true, "{harm}: {server}");
        let [calls, fallbacks] = ["calls", "fallbacks"].map(|name| server[name].as_u64().unwrap());
        assert_eq!(asked(&report, role), Some(fallbacks + calls - 5), "{harm}: {server}");
        assert!(server["most_operations"].as_u64() <= Some(20_600), "{harm}: {server}");
        let first = server["first_failure"].as_str().unwrap();
        assert!(first.starts_with("hostile:") && first.contains("in `rank_"), "{first}");
    }
}

#[test]
fn people_see_which_script_is_not_asked_any_more() {
    let (role, text) = ROLES[1];
    let place = with_script("hostile.rhai", &harmful(text, "loop { }"));
    place.file("file", 3_000_000);

    let ran = place.run(&["demo", "file", "--script", &format!("{role}=hostile.rhai")]);

    let mut lines = ran.text().lines().skip_while(|line| !line.starts_with("scripts: "));
    let server = lines.find(|line| line.trim_start().starts_with("server-1")).unwrap();
    assert!(server.contains("not asked any more; hostile:"), "{server}");
    assert!(
        server.ends_with("it takes more than 20000 operations; do less in one call"),
        "{server}"
    );
}

fn harmful(text: &str, harm: &str) -> String {
    let harm = format!("if ctx.now_ms % 500 != 0 {{ {harm} }} ");
    format!("fn down(n) {{ down(n + 1) }}\n{}", text.replace("HARM", &harm))
}

/// How often the server's strategy for `role` was asked.
fn asked(report: &Value, role: &str) -> Option<u64> {
    let mut deciders = report["strategies"].as_array().unwrap().iter();
    deciders.find(|one| one["node"] == "server-1" && one["role"] == role).unwrap()["asked"].as_u64()
}

fn value(metrics: &str, series: &str) -> u64 {
    let line = metrics.lines().find(|line| line.starts_with(series)).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
