//! Each mistake is told at its place, with what was meant.

use super::{Place, told};

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_lines() {
    let errors =
        Place::with("[network]\nmdsn = true\n\n[limits]\nwants = \"many\"\npeers = 0\n").errors();

    let places: Vec<_> = errors.iter().filter_map(|diagnostic| diagnostic.place.at).collect();
    assert_eq!(places, [(2, 1), (5, 9), (6, 9)]);
}

#[test]
fn a_message_has_the_form_of_a_compilers() {
    let errors = Place::with("[network]\n\nmdsn = true\n").errors();
    let shown = errors[0].shown("error");
    let lines: Vec<_> = shown.lines().collect();

    assert_eq!(lines[0], "error: unknown setting `mdsn`");
    assert!(lines[1].starts_with("  --> ") && lines[1].ends_with("bitswap.toml:3:1"), "{shown}");
    assert_eq!(lines[2..5], ["   |", " 3 | mdsn = true", "   | ^^^^ did you mean `mdns`?"]);
    assert_eq!(
        lines[5],
        "  do:  settings of [network]: listen, announce, no_announce, peers, mdns"
    );
}

#[test]
fn a_slip_is_guessed_among_siblings_first_then_elsewhere() {
    for (text, label) in [
        ("[netwrok]\nmdns = true", "did you mean `network`?"),
        ("[network]\nlisten_on = []", "did you mean `listen`?"),
        ("mdns = true", "`mdns` belongs in [network]"),
        ("[store]\nmdns = true", "`mdns` belongs in [network]"),
        (
            "[network]\nsearch_delay = \"1s\"",
            "`search_delay` belongs in [strategy.provider_finder.broadcast-then-dht]",
        ),
        (
            "[registry]\nuse = \"forgetful\"",
            "`registry` belongs in [strategy]: [strategy.registry]",
        ),
        ("[strategy.peer_selektor]\nuse = \"random\"", "did you mean `peer_selector`?"),
        ("[strategy.registry]\nues = \"forgetful\"", "did you mean `use`?"),
        ("[strategy.peer_selector.random]\nprobe = 2", "did you mean `probes`?"),
        ("[network]\nxyz = 1", "there is no such setting"),
    ] {
        let told = told(text);

        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert_eq!(told[0].1, label, "{text}");
    }
}

#[test]
fn a_bare_number_shows_the_two_likely_meanings() {
    for (text, label) in [
        ("[timeouts]\nmax = 5", "\"5s\" or \"5ms\"?"),
        ("[limits]\nin_flight = 64", "\"64KiB\" or \"64MiB\"?"),
        ("[limits]\nin_flight = 1048576", "\"1048576B\" or \"1048576KiB\"?"),
        ("[relay]\nrate_per_requester = 2", "\"2KiB/s\" or \"2MiB/s\"?"),
        ("[relay]\nrate_per_requester = \"2MiB\"", "did you mean \"2MiB/s\"?"),
        ("[strategy.registry.ttl-relay]\nremember = 60", "\"60s\" or \"60ms\"?"),
    ] {
        assert_eq!(
            told(text).iter().map(|told| told.1.as_str()).collect::<Vec<_>>(),
            [label],
            "{text}"
        );
    }
}

#[test]
fn a_filter_of_the_log_has_levels_and_no_bare_names() {
    for (filter, label) in [
        ("debgu", "did you mean \"debug\"?"),
        ("info,debgu", "did you mean \"debug\"?"),
        ("bitswap_net", "bitswap_net is no level; with one, write bitswap_net=debug"),
        ("bitswap_net=debgu", "bitswap_net=debgu is no level; with one, write"),
        ("warn,[want{cid=a}]=trace", "spans cannot be named; write targets"),
    ] {
        let told = told(&format!("[log]\nfilter = \"{filter}\""));
        assert!(told.len() == 1 && told[0].1.starts_with(label), "{filter}: {told:?}");
    }
    for good in ["DEBUG", "off", "info,bitswap_net=debug", "3"] {
        assert!(told(&format!("[log]\nfilter = \"{good}\"")).is_empty(), "{good}");
    }
}

#[test]
fn peers_without_a_name_are_worth_a_look() {
    let named = "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    let warnings = |peer: &str| {
        let loaded = Place::with(&format!("[network]\npeers = [\"{peer}\"]")).loaded();
        assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
        loaded.warnings.into_iter().map(|warning| warning.what).collect::<Vec<_>>()
    };

    assert_eq!(warnings(named), [] as [&str; 0]);
    let what = "`network.peers` has /ip4/192.0.2.1/tcp/4001, which names no peer";
    assert_eq!(warnings("/ip4/192.0.2.1/tcp/4001"), [what]);
}

#[test]
fn a_quantity_is_told_where_it_is_wrong() {
    for (text, label) in [
        ("[timeouts]\nmax = \"5x\"", "unknown unit \"x\" at character 2"),
        ("[limits]\nin_flight = \"64\"", "there is no unit"),
        ("[relay]\nrate_per_requester = \"2Q/s\"", "unknown unit \"Q\" at character 2"),
        ("[strategy.registry.ttl-relay]\nremember = \"1\"", "there is no unit"),
    ] {
        assert_eq!(told(text)[0].1, label, "{text}");
    }
}

#[test]
fn none_is_a_word() {
    for nothing in ["0", "-1", "false", "\"none\""] {
        let told = told(&format!("[protocol]\nttl = {nothing}"));

        assert_eq!(told.len(), 1, "{nothing}");
        assert_eq!(told[0].1, "none is \"off\"", "{nothing}");
    }
    let config = Place::with("[protocol]\nttl = \"off\"\ninline_blocks = \"off\"").config();

    assert_eq!(config.protocol.ttl, None);
    assert_eq!(config.engine(7).have_replace_bytes, 0);
}

#[test]
fn what_is_outside_its_range_is_told_with_the_range() {
    for (text, label) in [
        ("[relay]\nmax_ttl = 5", "from 1 to 4"),
        ("[timeouts]\nmin = \"0s\"", "from \"1ms\" to \"1h\""),
        ("[limits]\nmessage = \"3MiB\"", "from \"1B\" to \"2MiB\""),
        ("[strategy.peer_selector.random]\nprobes = 1000000", "from "),
    ] {
        let told = told(text);
        assert!(told.len() == 1 && told[0].1.starts_with(label), "{text}: {told:?}");
    }
}

#[test]
fn broken_lines_are_told_beside_the_other_mistakes() {
    let errors = Place::with("[network]\nmdns = \nlisten = 5\n[limits\npeers = 0\n").errors();
    let lines: Vec<_> =
        errors.iter().filter_map(|diagnostic| Some(diagnostic.place.at?.0)).collect();

    assert!([2, 3, 4].iter().all(|line| lines.contains(line)), "{errors:#?}");
    assert!(errors[0].what.contains("TOML"), "{errors:#?}");
}

#[test]
fn a_table_where_a_value_belongs_is_told_and_the_reverse() {
    let words = |text| told(text).into_iter().map(|told| told.0).collect::<Vec<_>>();

    assert_eq!(words("network = 5"), ["`network` is a table, not a setting"]);
    assert_eq!(words("[network.mdns]\na = 1").len(), 1);
}

#[test]
fn rules_are_told_by_name_where_the_last_of_their_settings_stands() {
    let many_routers = vec!["\"http://localhost\""; 17].join(", ");
    let many_lists = format!("[routing]\nlists = [{many_routers}]");
    let many_routers = format!("[routing]\ndelegated = [{many_routers}]");
    for (text, rule, line) in [
        ("config_version = 2", "version-is-known", 1),
        ("[timeouts]\nmax = \"1s\"\nmin = \"2s\"", "timeouts-have-a-range", 3),
        ("[limits]\nin_flight_per_peer = \"1GiB\"", "one-peer-is-not-all", 2),
        ("[limits]\nwants = 10", "one-peer-wants-less", 2),
        ("[relay]\nephemeral_bytes = \"1MiB\"", "one-requester-is-not-all", 2),
        ("[relay]\nwants = 3", "one-requester-wants-less", 2),
        ("[metrics]\nlisten = \"0.0.0.0:9411\"", "metrics-stay-here", 2),
        ("[routing]\nserve = \"0.0.0.0:8012\"", "routing-stays-here", 2),
        ("[api]\nlisten = \"0.0.0.0:5012\"", "api-stays-here", 2),
        (&many_routers, "few-routers", 2),
        (&many_lists, "few-routers", 2),
        ("[routing]\nbootstrap = [\"/ip4/192.0.2.1/tcp/4001\"]", "peers-have-names", 2),
        ("[routing]\nstatic_peers = [\"/ip4/192.0.2.1/tcp/4001\"]", "peers-have-names", 2),
        ("[nat]\nrelays = [\"/ip4/192.0.2.1/tcp/4001\"]", "peers-have-names", 2),
        ("[strategy.registry]\nuse = \"nowhere\"", "script-exists", 2),
    ] {
        let errors = Place::with(text).errors();

        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].rule, Some(rule), "{text}");
        assert_eq!(errors[0].place.at.map(|at| at.0), Some(line), "{text}");
    }
}

#[test]
fn what_is_only_suspicious_is_a_warning() {
    for (text, rule) in [
        (
            "[network]\nlisten = []\nmdns = false\n[routing]\ndelegated = []\nbootstrap = []",
            "somebody-to-talk-to",
        ),
        ("[store]\nkind = \"memory\"\npath = \"elsewhere\"", "path-is-for-disks"),
    ] {
        let loaded = Place::with(text).loaded();

        assert_eq!(loaded.errors, []);
        assert_eq!(loaded.warnings.iter().map(|one| one.rule).collect::<Vec<_>>(), [Some(rule)]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_its_name() {
    let missing = Place::empty().errors();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].what.contains("bitswap.toml cannot be read"), "{missing:?}");

    let place = Place::empty();
    std::fs::write(place.file(), [b'#', 0xff]).unwrap();
    assert!(place.errors()[0].label.contains("byte 1 is not UTF-8"));
    std::fs::write(place.file(), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(place.errors()[0].label.contains("more than 1048576 bytes"));
}

#[cfg(feature = "scripts")]
#[test]
fn a_script_is_found_by_its_name_and_told_what_its_table_says() {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/scripts/fastest_first.rhai");
    let with = |text: &str| {
        let place = Place::with(text);
        std::fs::create_dir(place.path().join("strategies")).unwrap();
        std::fs::copy(&example, place.path().join("strategies/mine.rhai")).unwrap();
        place
    };

    let good = with("[strategy.peer_selector]\nuse = \"mine\"").config();
    assert_eq!(good.strategy.name(bitswap_core::strategy::Role::PeerSelector), "mine");

    let told = with("[strategy.peer_selector]\nuse = \"mien\"").errors();
    assert_eq!(told[0].place.at, Some((2, 7)));

    let told = with("[strategy.peer_selector.mine]\nnonsense = 1").errors();
    assert_eq!(told.len(), 1, "checked although it is not chosen");
    assert_eq!(told[0].place.at, Some((2, 12)));
    assert!(told[0].label.contains("no parameter `nonsense`"), "{told:?}");

    let told = with("[strategy.registry]\nuse = \"mine\"").errors();
    assert!(told[0].label.contains("mine.rhai:"), "{told:?}");
}

#[cfg(feature = "scripts")]
#[test]
fn a_script_is_found_by_its_name_inside_a_wrapper_too() {
    let role = bitswap_core::strategy::Role::LedgerPolicy;
    let with = |part: &str| {
        let place = Place::with(&format!(
            "[strategy.ledger_policy]\nuse = \"split\"\nsplit = {{ b = {part} }}\n"
        ));
        let scripts = place.path().join("strategies");
        std::fs::create_dir(&scripts).unwrap();
        std::fs::write(scripts.join("mine.rhai"), "fn weigh(ctx, account) { 1024 }").unwrap();
        std::fs::write(scripts.join("bad.rhai"), "fn weigh(ctx, account) {\n  1 +\n}").unwrap();
        place
    };

    for part in ["\"mine\"", "{ use = \"mine\" }", "{ use = \"split\", a = \"mine\" }"] {
        let place = with(part);
        let files = crate::scripts::files(&place.config().strategy, role);
        assert_eq!(files, [place.path().join("strategies/mine.rhai")], "{part}");
    }

    let told = with("\"mien\"").errors();
    assert_eq!(told[0].place.at, Some((3, 15)));
    assert!(told[0].label.contains("there is no ledger_policy `mien`"), "{told:?}");
    let told = with("{ use = \"split\", a = \"bad\" }").errors();
    assert_eq!(told[0].place.at, Some((3, 15)));
    assert!(told[0].label.contains("bad.rhai:3:1"), "{told:?}");
    let told = with("{ use = \"mine\", nonsense = 1 }").errors();
    assert!(told[0].label.contains("no parameter `nonsense`"), "{told:?}");
}
