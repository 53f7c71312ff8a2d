//! What the node is told, on the command line.

use std::fs;

use serde_json::Value;

use crate::support::{Place, Ran};

const FILE: [&str; 4] = ["--data", ".", "--config", "mine.toml"];

const THREE_MISTAKES: &str = "\
config_version = 1

[network]
mdsn = false

[timeouts]
max = 5

[strategy.peer_selector]
use = \"randon\"
";

fn config(place: &Place, args: &[&str]) -> Ran {
    place.run(&[&FILE[..], &["config"], args].concat())
}

#[test]
fn three_mistakes_are_told_at_once_with_their_places() {
    let place = Place::new();
    fs::write(place.path("mine.toml"), THREE_MISTAKES).unwrap();

    let ran = config(&place, &["check", "--json"]);

    assert_eq!(ran.code, 2);
    for told in [
        "error: unknown setting `mdsn`\n  --> mine.toml:4:1\n   |\n 4 | mdsn = false\n   | ^^^^ ",
        "did you mean `mdns`?\n  do:  settings of [network]: listen, announce, no_announce, peers, \
         mdns\n",
        "  --> mine.toml:7:7\n   |\n 7 | max = 5\n   |       ^ \"5s\" or \"5ms\"?\n",
        "  --> mine.toml:10:7\n",
        "did you mean `random`?",
        "error: 3 mistakes in the configuration\n",
    ] {
        assert!(ran.stderr.contains(told), "{told}\n\nis not in\n\n{}", ran.stderr);
    }
    let error = &ran.json()["error"];
    assert_eq!(error["code"], "bad-config");
    assert_eq!(error["exit"], 2);
    let places: Vec<_> = error["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["column"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(4, 1), (7, 7), (10, 7)]);
}

#[test]
fn a_list_that_is_not_there_is_found_before_the_node_starts() {
    let place = Place::new();
    let check = |list: &str| {
        let text = format!("[filter]\ndenylists = [\"{list}\"]\n");
        fs::write(place.path("mine.toml"), text).unwrap();
        config(&place, &["check"])
    };
    fs::write(place.path("own.deny"), "nonsense\n").unwrap();

    let absent = check("none.deny");
    assert_eq!(absent.code, 2, "{}", absent.stderr);
    assert!(absent.stderr.contains("  --> mine.toml:2:13\n"), "{}", absent.stderr);
    assert!(absent.stderr.contains("^ ./none.deny: No such file"), "{}", absent.stderr);
    let text = "[filter]\ndenylists = [\"none.deny\"]\n[log]\nfilter = \"debgu\"\n";
    fs::write(place.path("mine.toml"), text).unwrap();
    let both = config(&place, &["check"]).stderr;
    assert!(both.contains("error: 2 mistakes"), "with all other mistakes: {both}");
    let there = check("own.deny");
    assert_eq!(there.code, 0, "{}", there.stderr);
    let line = "warning: ./own.deny:1: the line is not in force: it begins neither with /ipfs/";
    assert!(there.stderr.starts_with(line), "{}", there.stderr);
}

#[test]
fn one_mistake_is_told_alone() {
    let place = Place::new();
    fs::write(place.path("mine.toml"), "[relay]\nmax_ttl = 9\n").unwrap();

    let ran = config(&place, &["show", "--json"]);

    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    assert_eq!(ran.json()["error"]["what"], "`relay.max_ttl` cannot be 9");
}

#[test]
fn what_is_set_is_there_and_what_is_wrong_is_not_written() {
    let place = Place::new();

    let set = config(&place, &["set", "network.mdns", "false"]);
    let wrong = config(&place, &["set", "network.mdns", "-1"]);
    let got = config(&place, &["get", "network.mdns"]);

    assert_eq!(set.code, 0, "{}", set.stderr);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert_eq!(got.text(), "false\n");
    let text = fs::read_to_string(place.path("mine.toml")).unwrap();
    assert!(text.contains("# Where the node takes connections.\n"), "{text}");
    assert_eq!(config(&place, &["check"]).code, 0);
}

#[test]
fn what_is_shown_is_a_file_that_says_the_same() {
    let place = Place::new();
    fs::write(place.path("mine.toml"), "[node]\nprofile = \"lowpower\"\n").unwrap();

    let shown = config(&place, &["show", "--sources"]);
    assert!(shown.text().contains("peers = 40   # profile lowpower\n"), "{}", shown.text());
    assert!(
        shown.text().contains("profile = \"lowpower\"   # mine.toml:2:1\n"),
        "{}",
        shown.text()
    );

    fs::write(place.path("mine.toml"), &shown.stdout).unwrap();
    let again = config(&place, &["show"]);
    let plain: Vec<_> =
        shown.text().lines().map(|line| line.split("   #").next().unwrap_or_default()).collect();
    assert_eq!(again.text().lines().collect::<Vec<_>>(), plain);
}

#[test]
fn lists_are_one_object_on_each_line() {
    let ran = config_without_file(&["show", "--json"]);

    let lines: Vec<Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 30);
    assert!(lines.iter().all(|one| one["value"] == one["default"] && one["source"] == "default"));
}

#[test]
fn rules_are_explained_and_the_schema_is_one_document() {
    let explained = config_without_file(&["check", "--explain", "--json"]).json();
    assert_eq!(explained["good"], true);
    assert!(
        explained["rules"].as_array().unwrap().iter().any(|rule| rule["name"] == "script-exists")
    );

    let schema = config_without_file(&["schema", "--json"]).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["strategy"]["properties"]["registry"].is_object());
}

#[test]
fn a_setting_that_is_not_there_is_told_with_what_is() {
    let ran = config_without_file(&["get", "network.lisen"]);

    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `listen`?"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let ran = config(&Place::new(), &["check"]);

    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("mine.toml cannot be read"), "{}", ran.stderr);
}

fn config_without_file(args: &[&str]) -> Ran {
    let place = Place::new();
    fs::write(place.path("mine.toml"), "").unwrap();
    config(&place, args)
}

#[test]
fn what_is_unset_has_its_default_again_and_comments_stay() {
    let place = Place::new();
    config(&place, &["set", "network.mdns", "false"]);
    config(&place, &["set", "strategy.peer_selector.use", "random"]);

    let diff = config(&place, &["diff"]);
    let unset = config(&place, &["unset", "network.mdns"]);
    let again = config(&place, &["unset", "network.mdns", "--json"]);

    assert!(diff.text().contains("mdns = false   # default true; mine.toml:"), "{}", diff.text());
    assert!(diff.text().contains("use = \"random\"   # default "), "{}", diff.text());
    assert_eq!(unset.code, 0, "{}", unset.stderr);
    assert!(unset.text().contains("; now true (default)"), "{}", unset.text());
    assert_eq!(again.json()["was_set"], false);
    assert_eq!(config(&place, &["get", "network.mdns"]).text(), "true\n");
    let text = fs::read_to_string(place.path("mine.toml")).unwrap();
    assert!(text.contains("# Where the node takes connections.\n"), "{text}");
    assert_eq!(config(&place, &["unset", "network.mdsn"]).code, 2);
}

#[cfg(unix)]
#[test]
fn what_an_editor_writes_is_kept_only_if_nothing_is_wrong_with_it() {
    let place = Place::new();
    fs::write(place.path("mine.toml"), "[network]\nmdns = true # mine\n").unwrap();
    let edit = |change: &str| {
        let mut command = place.command(&["config", "edit", "--config", "mine.toml"]);
        let out = command.env_remove("VISUAL").env("EDITOR", format!("sed -i {change}")).output();
        let out = out.unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
    };

    let (good, _) = edit("s/true/false/");
    let (bad, said) = edit("s/mdns/mdsn/");
    let (failed, _) = edit("--nonsense");

    assert_eq!([good, bad, failed], [0, 2, 1], "{said}");
    let text = fs::read_to_string(place.path("mine.toml")).unwrap();
    assert_eq!(text, "[network]\nmdns = false # mine\n");
    let kept = said.lines().find_map(|line| line.rsplit_once("what you wrote is in "));
    let (_, kept) = kept.unwrap();
    assert!(fs::read_to_string(kept).unwrap().contains("mdsn"));
    fs::remove_file(kept).unwrap();
}
