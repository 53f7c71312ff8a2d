//! One setting changed: comments stay, and nothing wrong is written.

use super::super::{Profile, set, template, unset};
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
    let in_its_place = ["#kind = \"disk\"\n", "kind = \"memory\"\n"];
    assert_eq!(text, template(Profile::Desktop).replacen(in_its_place[0], in_its_place[1], 1));
    assert_eq!(place.config().store.kind, super::super::StoreKind::Memory);
}

#[test]
fn a_setting_takes_the_line_of_its_own_comment_and_leaves_it_when_it_is_unset() {
    let fresh = template(Profile::Desktop);
    for (name, value, commented) in [
        ("network.mdns", "false", "#mdns = true\n"),
        ("node.profile", "server", "#profile = \"desktop\"\n"),
        ("strategy.registry.use", "forgetful", "#use = \"ttl-relay\"\n"),
    ] {
        let place = Place::empty();
        set(&place.sources, name, value).unwrap();

        let set_line =
            format!("{}\n", commented.trim_start_matches('#').split('=').next().unwrap());
        let text = place.text();
        let (before, after) = fresh.split_once(commented).unwrap();
        assert!(text.starts_with(before) && text.ends_with(after), "{text}");
        let in_its_place = text.strip_prefix(before).unwrap();
        assert!(in_its_place.starts_with(set_line.trim_end()), "{text}");
        assert!(unset(&place.sources, name).unwrap().is_some());
        assert_eq!(place.text(), fresh);
    }
}

#[test]
fn a_table_that_is_commented_out_is_in_force_with_its_first_setting() {
    let place = Place::empty();

    set(&place.sources, "strategy.registry.ttl-relay.degree", "4").unwrap();
    set(&place.sources, "strategy.registry.ttl-relay.remember", "5m").unwrap();

    let text = place.text();
    let in_force = text.lines().skip_while(|line| *line != "[strategy.registry.ttl-relay]");
    let in_force: Vec<_> = in_force.skip(1).take_while(|line| !line.is_empty()).collect();
    let set: Vec<_> = in_force.iter().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(set, [&"degree = 4", &"remember = \"5m\""], "{text}");
    assert_eq!(text.lines().count(), template(Profile::Desktop).lines().count());
}

#[test]
fn what_looks_like_a_comment_inside_a_text_is_left_alone() {
    let text = "[network]\npeers = []\n[store]\npath = \"\"\"\nx\n\
                [network]\n#mdns = true\n\"\"\"\n";
    let place = Place::with(text);

    set(&place.sources, "network.mdns", "false").unwrap();

    assert!(place.text().contains("[network]\npeers = []\nmdns = false\n"), "{}", place.text());
    assert!(place.text().contains("\n#mdns = true\n\"\"\""), "{}", place.text());
}

#[test]
fn comments_stay_where_a_setting_is_unset() {
    let place = Place::with(COMMENTED);

    assert!(unset(&place.sources, "network.mdns").unwrap().is_some());

    assert_eq!(place.text(), COMMENTED.replace("mdns = true # for now\n", ""));
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
