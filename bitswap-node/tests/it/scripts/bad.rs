//! A script that cannot be used is told with its place, why, and what to do; no node is started.

use std::fs;

use super::with_script;
use crate::support::{Place, Ran};

#[test]
fn a_syntax_error_is_shown_where_it_is() {
    let ran = demo("fn select(ctx, session, asks) {\n    let x = ;\n}\n");

    assert_eq!((ran.code, ran.text()), (2, ""));
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(
        lines,
        [
            "error: the script mine.rhai cannot be used",
            "  --> mine.rhai:2:13",
            "   |",
            " 2 |     let x = ;",
            "   |             ^",
            "  why: unexpected ';'",
            "  do:  correct it, and try it with  bitswap strategy check mine.rhai",
        ]
    );
}

#[test]
fn a_wrong_function_is_told_with_the_right_one() {
    let ran = demo("// mine\nfn select(session, asks) { }\n");

    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--> mine.rhai:2:1\n"), "{}", ran.stderr);
    let why = "why: `select` takes 2 arguments, but is called as \
               `fn select(ctx, session, asks)`; write it so\n";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

#[test]
fn a_script_that_runs_for_ever_is_found_before_any_node_starts() {
    let ran = demo("fn select(ctx, session, asks) {\n    loop { }\n}\n");

    assert_eq!((ran.code, ran.text()), (2, ""));
    assert!(ran.stderr.contains("why: in `select`: it takes more than "), "{}", ran.stderr);
    assert!(ran.stderr.contains("operations; do less in one call\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("importing"), "{}", ran.stderr);
}

#[test]
fn programs_are_told_the_place_as_numbers() {
    let place = with_script("mine.rhai", "fn weigh(ctx, account) {\n    1024 * acount.sent_to\n}");
    place.file("file", 1_000);

    let ran = place.run(&["demo", "file", "--script", "ledger_policy=mine.rhai", "--json"]);

    let error = &ran.json()["error"];
    assert_eq!((&error["code"], &error["exit"]), (&"bad-script".into(), &2.into()));
    assert_eq!(error["why"], "undefined variable: acount");
    assert_eq!(error["at"], serde_json::json!({ "file": "mine.rhai", "line": 2, "column": 12 }));
}

#[test]
fn what_is_no_script_is_told() {
    let place = with_script("random.rhai", "fn select(ctx, session, asks) { }");
    fs::write(place.path("bytes.rhai"), [b'/', b'/', 0xff]).unwrap();
    fs::write(place.path("long.rhai"), "/".repeat(70_000)).unwrap();
    for (said, code, what) in [
        ("mine.rhai", 2, "\"mine.rhai\" does not say which script plays which role"),
        ("selector=random.rhai", 2, "there is no role \"selector\""),
        ("peer_selector=nowhere.rhai", 3, "there is no nowhere.rhai"),
        ("peer_selector=random.rhai", 2, "the script random.rhai cannot be called \"random\""),
        ("peer_selector=bytes.rhai", 2, "byte 2 is not UTF-8"),
        ("peer_selector=long.rhai", 2, "it is longer than 65536 bytes"),
    ] {
        for verb in [&["demo"][..], &["get", CID, "--peer", "/ip4/127.0.0.1/tcp/1"][..]] {
            let ran = place.run(&[verb, &["--script", said]].concat());

            assert_eq!(ran.code, code, "{said}: {}", ran.stderr);
            assert!(ran.stderr.contains(what), "{said}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_would_move_the_cursor_is_not_shown() {
    let ran = demo("fn select(ctx, session, asks) { \u{1b}[2J }\n");

    assert_eq!(ran.code, 2);
    let place = ran.stderr.split("why:").next().unwrap();
    assert!(!place.contains('\u{1b}'), "{:?}", ran.stderr);
}

const CID: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

fn demo(text: &str) -> Ran {
    let place: Place = with_script("mine.rhai", text);
    place.file("file", 1_000);
    place.run(&["demo", "file", "--script", "peer_selector=mine.rhai"])
}
