//! One setting changed: comments stay, and nothing wrong is written.

use super::super::{Profile, set, template};
use super::Place;

const COMMENTED: &str = "\
# Mine.
config_version = 1

[network]
# Not at home.
mdns = true # for now
peers = []
";

#[test]
fn what_is_there_is_replaced_and_comments_stay() {
    let place = Place::with(COMMENTED);

    let edited = set(&place.sources, "network.mdns", "false").unwrap();

    assert_eq!(edited.file, place.file());
    assert_eq!(place.text(), COMMENTED.replace("mdns = true", "mdns = false"));
}

#[test]
fn what_is_missing_is_added_with_its_tables() {
    let place = Place::with(COMMENTED);

    set(&place.sources, "limits.peers", "12").unwrap();
    set(&place.sources, "strategy.peer_selector.random.probes", "3").unwrap();
    set(&place.sources, "strategy.peer_selector.use", "random").unwrap();

    let text = place.text();
    assert!(text.starts_with(COMMENTED), "{text}");
    assert!(text.contains("[limits]\npeers = 12\n"), "{text}");
    assert!(!text.contains("[strategy]"), "{text}");
    assert_eq!(place.config().limits.peers, 12);
}

#[test]
fn a_file_is_made_if_there_is_none() {
    let place = Place::empty();

    set(&place.sources, "store.kind", "memory").unwrap();

    let text = place.text();
    assert_eq!(text.replace("kind = \"memory\"\n", ""), template(Profile::Desktop));
    assert_eq!(place.config().store.kind, super::super::StoreKind::Memory);
}

#[test]
fn a_new_table_comes_after_the_comments_about_others() {
    let place = Place::empty();

    set(&place.sources, "strategy.peer_selector.random.probes", "3").unwrap();

    let added = "\n[strategy.peer_selector.random]\nprobes = 3\n";
    assert_eq!(place.text(), template(Profile::Desktop) + added);
}

#[test]
fn nothing_wrong_is_written() {
    let place = Place::with(COMMENTED);

    for (name, value, told) in [
        ("network.mdsn", "true", "unknown setting `mdsn`"),
        ("network.mdns", "perhaps", "`network.mdns` cannot be \"perhaps\""),
        ("network", "5", "unknown setting `network`"),
        ("limits.in_flight", "1KiB", "`limits.in_flight_per_peer` is more than `limits.in_flight`"),
        ("strategy.registry.use", "nowhere", "there is no registry `nowhere`"),
    ] {
        let errors = set(&place.sources, name, value).unwrap_err();

        assert_eq!(errors.all().len(), 1, "{errors}");
        assert_eq!(errors.all()[0].what, told);
        assert_eq!(place.text(), COMMENTED);
    }
}

#[test]
fn a_file_with_mistakes_is_left_alone_unless_they_are_corrected() {
    let place = Place::with("[limits]\npeers = \"x\"\n");

    set(&place.sources, "network.mdns", "false").unwrap_err();
    set(&place.sources, "limits.peers", "7").unwrap();
    assert_eq!(place.text(), "[limits]\npeers = 7\n");
}

#[test]
fn a_stronger_source_is_named() {
    let place = Place::with(COMMENTED).variable("BITSWAP__NETWORK__MDNS", "true");

    let edited = set(&place.sources, "network.mdns", "false").unwrap();

    assert_eq!(edited.overruled_by.as_deref(), Some("BITSWAP__NETWORK__MDNS"));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::empty();
    let real = place.path().join("real.toml");
    std::fs::write(&real, COMMENTED).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, place.file()).unwrap();

    set(&place.sources, "network.mdns", "false").unwrap();

    assert!(place.file().is_symlink());
    let mode = std::fs::metadata(&real).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(std::fs::read_to_string(&real).unwrap().contains("mdns = false"));
}
