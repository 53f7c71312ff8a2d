//! What nobody keeps is freed, and nothing else, whatever goes on meanwhile.

use std::fs;

use crate::support::Place;

/// How many blocks are in the store.
fn blocks(place: &Place) -> usize {
    let ran = place.run(&["block", "ls"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.text().lines().count()
}

/// Collects, and returns how many blocks were freed.
#[cfg(unix)]
fn free(place: &Place) -> u64 {
    let ran = place.run(&["gc", "--json", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.json()["freed_blocks"].as_u64().unwrap()
}

#[test]
fn what_is_not_pinned_is_freed_and_what_is_stays_whole() {
    let place = Place::new();
    place.tree("tree");
    place.file("garbage", 700_000);
    let tree = place.run(&["add", "-q", "tree"]).word();
    let kept = blocks(&place);
    let garbage = place.run(&["add", "-q", "--no-pin", "garbage"]).word();
    let all = blocks(&place);

    let would = place.run(&["gc", "--dry-run", "--json"]).json();
    assert_eq!((blocks(&place), &would["dry_run"]), (all, &true.into()));
    let report = place.run(&["gc", "--json"]).json();

    assert_eq!(report["freed_blocks"], all - kept);
    assert_eq!(report["freed_bytes"], would["freed_bytes"]);
    assert_eq!(report["kept_blocks"], kept);
    assert_eq!(report["kept_by"][0]["cid"], tree);
    assert_eq!(blocks(&place), kept);
    assert_eq!(place.run(&["get", "--offline", &tree, "-o", "copy"]).code, 0);
    assert_eq!(place.run(&["cat", "--offline", &garbage]).code, 3);

    assert_eq!(place.run(&["pin", "rm", &tree]).code, 0);
    let unsure = place.run(&["gc"]);
    assert_eq!(unsure.code, 6, "{}", unsure.stderr);
    assert_eq!(place.run(&["repo", "gc", "--yes"]).code, 0);
    assert_eq!(blocks(&place), 0);
}

#[test]
fn a_pinned_tree_that_is_not_whole_frees_nothing() {
    let place = Place::new();
    place.tree("tree");
    fs::write(place.path("garbage"), "garbage").unwrap();
    let tree = place.run(&["add", "-q", "--cid-version", "1", "tree"]).word();
    assert_eq!(place.run(&["add", "--no-pin", "garbage"]).code, 0);
    let listed = place.run(&["ls", "--json", &tree]).objects();
    let cid = |name: &str| {
        let entry = listed.iter().find(|entry| entry["name"] == name).unwrap();
        entry["cid"].as_str().unwrap().to_owned()
    };

    assert_eq!(place.run(&["block", "rm", "--yes", &cid("a.txt")]).code, 0);
    let told = place.run(&["gc", "--json"]);
    assert_eq!(told.json()["freed_blocks"], 1, "nothing is below a leaf");
    assert_eq!(told.json()["missing_blocks"], 1);
    assert!(told.stderr.contains(&cid("a.txt")), "{}", told.stderr);

    assert_eq!(place.run(&["add", "--no-pin", "garbage"]).code, 0);
    assert_eq!(place.run(&["block", "rm", "--yes", &cid("sub")]).code, 0);
    let before = blocks(&place);
    let refused = place.run(&["gc"]);
    assert_eq!(refused.code, 5);
    assert!(refused.stderr.contains(&cid("sub")), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("bitswap pin add {tree}")), "{}", refused.stderr);
    assert_eq!(blocks(&place), before);
}

#[cfg(unix)]
#[test]
fn a_daemon_frees_garbage_while_files_are_added() {
    let place = Place::new();
    let daemon = place.daemon(&[]);
    let mut added = Vec::new();
    let mut freed = 0;
    for round in 0..4 {
        for number in 0..3 {
            let name = format!("{round}-{number}");
            let bytes: Vec<u8> = place.file(&name, 900_000).into_iter().rev().collect();
            let bytes: Vec<u8> = bytes.iter().map(|byte| byte ^ (round * 3 + number)).collect();
            fs::write(place.path(&name), bytes).unwrap();
        }
        assert_eq!(place.run(&["add", "--no-pin", &format!("{round}-0")]).code, 0);
        let mut adding = place.start(&["add", "-q", &format!("{round}-1"), &format!("{round}-2")]);
        loop {
            freed += free(&place);
            if !adding.runs() {
                break;
            }
        }
        let ran = adding.ended();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        added.extend(ran.text().lines().map(str::to_owned));
    }
    assert!(freed > 0);
    for cid in &added {
        let ran = place.run(&["cat", "--offline", cid]);
        assert_eq!((ran.code, ran.stdout.len()), (0, 900_000), "{}", ran.stderr);
    }
    assert_eq!(daemon.signal("-TERM"), 0);
}

#[cfg(unix)]
#[test]
fn a_lease_keeps_what_came_until_its_holder_goes_away() {
    let place = Place::new();
    let daemon = place.daemon(&[]);
    let mut adding = place.start_piped(&["add", "-q", "-"]);
    adding.write(&vec![7; 5_000_000]);
    while blocks(&place) == 0 {
        std::thread::yield_now();
    }
    let there = blocks(&place);

    assert_eq!(free(&place), 0);
    assert!(blocks(&place) >= there);

    adding.kill();
    assert!((0..500).any(|_| free(&place) > 0), "the daemon does not notice");
    assert_eq!(daemon.signal("-TERM"), 0);
}

#[cfg(unix)]
#[test]
fn a_daemon_keeps_its_store_below_the_limit_and_what_is_pinned_in_it() {
    let place = Place::new();
    place.file("pinned", 900_000);
    let daemon = place.daemon_with(&[("BITSWAP__STORE__MAX_SIZE", "2MiB")]);
    let pinned = place.run(&["add", "-q", "pinned"]).word();
    let kept = blocks(&place);
    for number in 1..4 {
        let bytes: Vec<u8> = place.file("other", 900_000).iter().map(|it| it ^ number).collect();
        fs::write(place.path("other"), bytes).unwrap();
        assert_eq!(place.run(&["add", "--no-pin", "other"]).code, 0);
    }

    // Metrics, since a listing finds blocks, and what is found during a collection stays. What an
    // `add` still held when it was looked at is looked at again seconds later.
    let high = 2 * 1024 * 1024 / 10 * 9;
    let is_low = || {
        let told = daemon.metrics("/metrics_url");
        let live = told.lines().find_map(|line| line.strip_prefix("bitswap_store_live_bytes "));
        live.and_then(|live| live.parse().ok()).is_some_and(|live: u64| live <= high)
    };
    assert!((0..60_000).any(|_| is_low()), "nothing is freed");
    assert!(blocks(&place) >= kept);
    assert_eq!(place.run(&["get", "--offline", &pinned, "-o", "copy"]).code, 0);
    let told = daemon.metrics("/metrics_url");
    assert!(told.contains("bitswap_store_collections_total{result=\"ok\"}"), "{told}");
    assert!(told.contains("bitswap_store_limit_bytes 2097152"), "{told}");
    assert_eq!(daemon.signal("-TERM"), 0);
}
