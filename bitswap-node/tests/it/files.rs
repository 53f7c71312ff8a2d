//! Files in and out of the node's store, with no network.

use std::fs;

use crate::support::Place;

/// What nobody has.
const ELSEWHERE: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn a_tree_comes_back_as_it_was() {
    let place = Place::new();
    place.tree("tree");
    fs::write(place.path("tree/日本語 🦀"), "ü").unwrap();

    let cid = place.run(&["add", "tree", "-q"]).word();
    let ran = place.run(&["get", &cid, "-o", "copy", "--offline", "--json"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["fetched_blocks"], 0);
    assert!(place.path("copy/empty").is_dir());
    for name in ["a.txt", "sub/nothing", "sub/deeper/large", "日本語 🦀"] {
        let (copy, original) = (format!("copy/{name}"), format!("tree/{name}"));
        assert!(fs::read(place.path(&copy)).unwrap() == fs::read(place.path(&original)).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn links_come_back_as_links() {
    let place = Place::new();
    place.tree("tree");
    std::os::unix::fs::symlink("a.txt", place.path("tree/link")).unwrap();
    let cid = place.run(&["add", "tree", "-q"]).word();

    assert_eq!(place.run(&["get", &cid, "-o", "copy"]).code, 0);

    let link = fs::read_link(place.path("copy/link")).unwrap();
    assert_eq!(link.to_str(), Some("a.txt"));
}

/// As Debian's packages have them.
#[cfg(unix)]
#[test]
fn links_that_lead_out_are_written_and_told() {
    let place = Place::new();
    place.tree("tree");
    std::os::unix::fs::symlink("/lib/x86_64-linux-gnu/libm.so.6", place.path("tree/out")).unwrap();
    let cid = place.run(&["add", "tree", "-q"]).word();

    let ran = place.run(&["get", &cid, "-o", "copy"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("1 symbolic link leads out"), "{}", ran.stderr);
    let link = fs::read_link(place.path("copy/out")).unwrap();
    assert_eq!(link.to_str(), Some("/lib/x86_64-linux-gnu/libm.so.6"));
}

/// `tiny`, as `ipfs add --inline` names it.
#[test]
fn a_block_that_is_its_own_cid_needs_no_store() {
    const TINY: &str = "bafkqabdunfxhs";
    let place = Place::new();

    for verb in [&["block", "get"][..], &["cat"]] {
        let ran = place.run(&[verb, &[TINY, "--offline"]].concat());
        assert_eq!((ran.code, ran.stdout.as_slice()), (0, &b"tiny"[..]), "{}", ran.stderr);
    }
}

#[test]
fn what_is_only_hashed_has_the_cid_that_it_would_have() {
    let place = Place::new();
    place.tree("tree");

    for options in [&[][..], &["--cid-version", "1", "--chunker", "size-1KiB"], &["-w"]] {
        let hashed = place.run(&[&["add", "tree", "-q", "--only-hash"], options].concat()).word();
        let missing = place.run(&["ls", &hashed, "--offline"]);
        let stored = place.run(&[&["add", "tree", "-q"], options].concat()).word();

        assert_eq!(missing.code, 3, "{}", missing.stderr);
        assert_eq!(hashed, stored);
    }
}

#[test]
fn stdin_can_be_added() {
    let place = Place::new();
    fs::write(place.path("file"), "hello world\n").unwrap();

    let ran = place.run_with(&["add", "-q", "-"], b"hello world\n");

    // What `ipfs add` says of the same bytes.
    assert_eq!(ran.word(), "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o");
    assert_eq!(place.run(&["cat", &ran.word()]).text(), "hello world\n");
}

#[test]
fn each_path_is_told_and_the_directory_around_them_last() {
    let place = Place::new();
    fs::write(place.path("a"), "a").unwrap();
    fs::write(place.path("b"), "bb").unwrap();

    let told = place.run(&["add", "a", "b", "-w", "--json"]).objects();

    let names: Vec<_> = told.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", ""]);
    assert_eq!(told[0]["v"], 1);
    assert_eq!(told[2]["bytes"], 3);
    assert_eq!(told[2]["kind"], "directory");
    let listed = place.run(&["ls", told[2]["cid"].as_str().unwrap()]);
    assert_eq!(listed.text(), "a\nb\n");
}

#[test]
fn what_begins_with_a_dot_is_left_out_unless_asked_for() {
    let place = Place::new();
    place.tree("tree");
    let before = place.run(&["add", "tree", "-q"]).word();
    fs::write(place.path("tree/.hidden"), "x").unwrap();

    let without = place.run(&["add", "tree", "--json"]);
    let with = place.run(&["add", "tree", "-q", "--hidden"]).word();

    assert_eq!(without.json()["cid"], before);
    let left_out = "left out 1 entry whose name begins with a dot; --hidden takes it, too\n";
    assert_eq!(without.stderr, left_out);
    assert_ne!(with, before);
}

#[test]
fn parts_of_a_file_can_be_shown() {
    let place = Place::new();
    let bytes = place.file("file", 600_000);
    let cid = place.run(&["add", "file", "-q"]).word();

    for (offset, length) in [(0, 10), (262_140, 10), (599_990, 100), (600_000, 1), (1 << 40, 1)] {
        let offset_text = offset.to_string();
        let length_text = length.to_string();
        let part = ["--offset", &offset_text, "--length", &length_text];
        let ran = place.run(&[&["cat", &cid], &part[..]].concat());

        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let start = offset.min(bytes.len());
        let end = (offset + length).min(bytes.len());
        assert!(ran.stdout == bytes[start..end], "{offset} {length}");
    }
}

#[test]
fn a_directory_is_listed_with_what_is_below() {
    let place = Place::new();
    place.tree("tree");
    let cid = place.run(&["add", "tree", "-q"]).word();

    assert_eq!(place.run(&["ls", &cid]).text(), "a.txt\nempty/\nsub/\n");
    assert_eq!(place.run(&["ls", &format!("ipfs://{cid}/sub")]).text(), "deeper/\nnothing\n");
    let below = place.run(&["ls", &cid, "--recursive", "--json"]).objects();
    let names: Vec<_> = below.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a.txt", "empty", "sub", "sub/deeper", "sub/deeper/large", "sub/nothing"]);
    assert_eq!(below[4]["bytes"], 600_000);
    assert_eq!(below[4]["kind"], "file");
    assert!(below[3]["bytes"].is_null());
}

#[cfg(unix)]
#[test]
fn names_give_a_terminal_no_orders() {
    let place = Place::new();
    fs::create_dir(place.path("tree")).unwrap();
    fs::write(place.path("tree/\u{1b}[2J\n"), "").unwrap();
    let cid = place.run(&["add", "tree", "-q"]).word();

    assert_eq!(place.run(&["ls", &cid]).text(), "\\u{1b}[2J\\n\n");
    assert_eq!(place.run(&["ls", &cid, "--json"]).json()["name"], "\u{1b}[2J\n");
}

#[test]
fn a_path_in_a_large_directory_is_found() {
    let place = Place::new();
    fs::create_dir(place.path("many")).unwrap();
    for number in 0..6_000 {
        fs::write(place.path(&format!("many/entry-{number}")), number.to_string()).unwrap();
    }
    let cid = place.run(&["add", "many", "-q", "--cid-version", "1"]).word();

    assert_eq!(place.run(&["cat", &format!("{cid}/entry-4711")]).text(), "4711");
    assert_eq!(place.run(&["cat", &format!("{cid}/entry-6000")]).code, 3);
    assert_eq!(place.run(&["ls", &cid]).text().lines().count(), 6_000);
}

#[test]
fn a_path_that_leads_nowhere_says_where_it_ends() {
    let place = Place::new();
    place.tree("tree");
    let cid = place.run(&["add", "tree", "-q"]).word();

    for (verb, path, why) in [
        ("cat", "sub/none/deeper", "/sub\" has no entry named \"none\""),
        ("get", "nowhere", "\" has no entry named \"nowhere\""),
        ("ls", "a.txt/b", "/a.txt\" is no directory, so there is no \"b\" in it"),
    ] {
        let ran = place.run(&[verb, &format!("{cid}/{path}"), "--json"]);

        assert_eq!(ran.code, 3, "{}", ran.stderr);
        let error = &ran.json()["error"];
        assert_eq!(error["code"], "not-found");
        assert!(error["why"].as_str().unwrap().ends_with(why), "{error}");
    }
}

#[test]
fn a_directory_does_not_go_to_stdout() {
    let place = Place::new();
    place.tree("tree");
    let cid = place.run(&["add", "tree", "-q"]).word();

    for args in [&["cat", &cid][..], &["get", &cid, "-o", "-"]] {
        let ran = place.run(&[args, &["--json"]].concat());

        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "not-a-file");
    }
}

#[test]
fn what_is_missing_is_named_when_nobody_can_be_asked() {
    let place = Place::new();

    for args in [&["get", ELSEWHERE][..], &["cat", ELSEWHERE, "--offline"]] {
        let ran = place.run(&[args, &["--json"]].concat());

        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "not-found");
        assert!(ran.stderr.contains(ELSEWHERE), "{}", ran.stderr);
    }
}

#[test]
fn pages_of_the_manual_name_the_verbs() {
    let place = Place::new();
    fs::create_dir(place.path("man")).unwrap();

    assert_eq!(place.run(&["man", "man"]).code, 0);

    let page = fs::read_to_string(place.path("man/bitswap-get.1")).unwrap();
    assert!(page.contains("what exists on disk") || page.contains("onto disk"), "{page}");
    assert!(place.run(&["man"]).text().contains("bitswap"));
}
