//! The precedence of sources: a flag before the environment, that before the file, that before the
//! profile.

use std::fs;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::StrategyChoice;

use super::super::{Profile, Sources};
use super::Place;

const FILE: &str = "[node]\nprofile = \"server\"\n";

#[test]
fn each_source_has_the_last_word_over_the_weaker_ones() {
    let peers = |place: &Place| place.config().limits.peers;
    let in_file = || Place::with(&format!("{FILE}[limits]\npeers = 3\n"));
    let in_all = || in_file().variable("BITSWAP__LIMITS__PEERS", "4");

    assert_eq!(peers(&Place::with("")), 600, "built in");
    assert_eq!(peers(&Place::with(FILE)), 2_000, "profile");
    assert_eq!(peers(&in_file()), 3, "file");
    assert_eq!(peers(&in_all()), 4, "environment");
    let mut flagged = in_all();
    flagged.sources = flagged.sources.with_flag("limits.peers", "5");
    assert_eq!(peers(&flagged), 5, "flag");
}

#[test]
fn the_profile_can_be_said_anywhere() {
    let of = |place: Place| place.config().node.profile;

    assert_eq!(of(Place::with("").variable("BITSWAP_PROFILE", "lab")), Profile::Lab);
    assert_eq!(of(Place::with(FILE).variable("BITSWAP__NODE__PROFILE", "lab")), Profile::Lab);
    let place = Place::with(FILE).variable("BITSWAP_PROFILE", "lab");
    assert_eq!(place.config().limits.peers, 600, "the file's profile says nothing any more");
    assert_ne!(place.config().strategy, StrategyChoice::default());
}

#[test]
fn variables_need_no_quotes_and_lists_have_commas() {
    let place = Place::with("")
        .variable("BITSWAP__NETWORK__LISTEN", "/ip4/127.0.0.1/tcp/0, /ip4/127.0.0.1/udp/0/quic-v1")
        .variable("BITSWAP__NETWORK__PEERS", "[]")
        .variable("BITSWAP__NETWORK__MDNS", "false")
        .variable("BITSWAP__TIMEOUTS__MAX", "9s")
        .variable("BITSWAP__STRATEGY__REGISTRY__USE", "forgetful")
        .variable("BITSWAP__STRATEGY__PEER_SELECTOR__RANDOM__PROBES", "3")
        .variable("BITSWAP__STRATEGY__PROVIDER_FINDER__BROADCAST_THEN_DHT__SEARCH_DELAY", "2s");
    let config = place.config();

    assert_eq!(config.network.listen.len(), 2);
    assert!(!config.network.mdns);
    assert_eq!(config.timeouts.max.as_secs(), 9);
    assert_eq!(config.strategy.name(Role::Registry), "forgetful");
}

#[test]
fn a_variable_that_is_no_setting_is_a_mistake_and_others_are_passed_over() {
    let place = Place::with("")
        .variable("BITSWAP__LIMITS__PEARS", "5")
        .variable("BITSWAP__LIMITS__WANTS", "lots")
        .variable("BITSWAP_DIR", "/somewhere");
    let errors = place.errors();

    assert_eq!(errors.len(), 2, "{errors:?}");
    let shown = errors[0].shown("error");
    assert!(
        shown.contains(
            "BITSWAP__LIMITS__PEARS=5\n   | ^^^^^^^^^^^^^^^^^^^^^^ did you mean `peers`?"
        ),
        "{shown}"
    );
    assert!(errors[1].what.contains("`limits.wants` cannot be \"lots\""), "{errors:?}");
}

#[test]
fn a_weaker_source_is_checked_although_it_does_not_count() {
    let place = Place::with("[limits]\npeers = \"x\"\n").variable("BITSWAP__LIMITS__PEERS", "4");

    assert_eq!(place.errors().len(), 1);
}

#[test]
fn every_setting_says_who_set_it() {
    let place = Place::with(&format!("{FILE}[limits]\npeers = 3\n"))
        .variable("BITSWAP__NETWORK__MDNS", "true");
    let effective = place.loaded().effective();
    let source = |path: &str| {
        effective.iter().find(|one| one.path() == path).map(|one| one.source.clone()).unwrap()
    };

    assert!(source("limits.peers").ends_with("bitswap.toml:4:1"));
    assert_eq!(source("limits.in_flight"), "profile server");
    assert_eq!(source("network.mdns"), "BITSWAP__NETWORK__MDNS");
    assert_eq!(source("network.listen"), "default");
    assert_eq!(source("strategy.registry.use"), "default");
}

#[test]
fn the_data_directorys_file_counts_if_none_is_named() {
    let place = Place::with("[limits]\npeers = 3\n");
    let named = Sources { file: Some(place.path().join("other.toml")), ..place.sources.clone() };
    fs::write(place.path().join("other.toml"), "[limits]\npeers = 7\n").unwrap();

    assert_eq!(super::Config::load(&named).map(|config| config.limits.peers), Ok(7));
    assert_eq!(place.config().limits.peers, 3);
}

#[test]
fn the_public_routers_are_asked_unless_the_profile_is_of_a_network_of_its_own() {
    let routers = |profile: &str| {
        let config = Place::with(&format!("[node]\nprofile = \"{profile}\"\n")).config();
        config.routing.delegated.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for profile in ["desktop", "server", "gateway", "lowpower"] {
        assert_eq!(
            routers(profile),
            ["https://delegated-ipfs.dev", "https://cid.contact"],
            "{profile}"
        );
    }
    for profile in ["lan", "test"] {
        assert_eq!(routers(profile), [""; 0], "{profile}");
    }
}
