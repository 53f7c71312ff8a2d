//! Lists as the format has them, and what they say of blocks and peers.

use std::fs;

use bitswap_net::Filter as _;
use cid::Cid;
use libp2p::PeerId;
use tempfile::TempDir;

use super::{FilterError, Filters, Lists};
use crate::config::FilterSettings;

/// Named by the rules of the specification's example; none has anything to do with content.
const PLAIN: &str = "bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq";
const WITH_ALL_BELOW: &str = "QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8";
const DOUBLE: &str = "QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR";
const LEGACY: &str = "bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e";
const OTHER: &str = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

#[test]
fn each_kind_of_rule_denies_the_block_that_it_names() {
    let place = Place::with(&format!(
        "version: 1\nname: a list\nhints:\n  hint: value\n---\n# a comment\n\n\
         /ipfs/{PLAIN} reason:none\n/ipfs/{WITH_ALL_BELOW}/*\n\
         //QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM\n\
         //d9d295bde21f422d471a90f2a37ec53049fdf3e5fa3ee2e8f20e10003da429e7\n"
    ));
    let lists = place.lists().unwrap();

    assert_eq!(lists.counts(), [4, 0, 0]);
    let named = [(PLAIN, 8), (WITH_ALL_BELOW, 9), (DOUBLE, 10), (LEGACY, 11)];
    for (cid, line) in named {
        assert_eq!(denied(&lists, cid), Some(format!("some.deny:{line}")), "{cid}");
    }
    assert_eq!(denied(&lists, OTHER), None);
}

#[test]
fn a_rule_names_the_block_under_all_its_cids() {
    let place = Place::with(&format!("/ipfs/{PLAIN}\n"));
    let lists = place.lists().unwrap();

    let same = Cid::new_v0(*cid(PLAIN).hash()).unwrap();
    assert_eq!(denied(&lists, &same.to_string()), Some("some.deny:1".to_owned()));
}

#[test]
fn the_last_rule_that_names_a_block_counts_be_it_in_another_form() {
    let double = "//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM";
    let excepted = Place::with(&format!("{double}\n!/ipfs/{DOUBLE}\n"));
    let denied_again = Place::with(&format!("+/ipfs/{DOUBLE}\n{double}\n"));

    assert_eq!(denied(&excepted.lists().unwrap(), DOUBLE), None);
    let rule = denied(&denied_again.lists().unwrap(), DOUBLE);
    assert_eq!(rule, Some("some.deny:2".to_owned()));
}

#[test]
fn rules_that_no_single_block_can_break_and_lines_that_are_none_are_counted() {
    let place = Place::with(&format!(
        "/ipfs/{PLAIN}/below\n/ipns/domain.example\nQmNone\n/ipfs/QmNone\n//00\n\u{fffd}\n"
    ));
    let lists = place.lists().unwrap();

    assert_eq!(lists.counts(), [0, 0, 6]);
    let told = |line, why| {
        let note = format!("some.deny:{line}: the line is not in force: {why}");
        lists.notes.iter().any(|told| told.ends_with(&note))
    };
    assert!(told(1, "it is about a path or a name, and blocks have neither"), "{:?}", lists.notes);
    assert!(told(4, "its CID cannot be read"), "{:?}", lists.notes);
    assert_eq!(lists.notes.len(), 6);
    let many = Place::with(&"nonsense\n".repeat(30)).lists().unwrap();
    assert_eq!(many.notes.len(), 11);
    assert!(many.notes[10].ends_with("some.deny: 30 lines in all are not in force"));
    assert_eq!(denied(&lists, PLAIN), None);
}

#[test]
fn what_cannot_be_read_as_a_whole_is_refused_with_the_file_and_the_line() {
    let said = |text: &str| Place::with(text).lists().unwrap_err().to_string();

    assert!(
        said("version: 2\n---\n").ends_with("some.deny:1: only version 1 of the format is known")
    );
    let misplaced = said(&format!("name: a\n/ipfs/{PLAIN}\n---\n"));
    assert!(misplaced.contains("some.deny:2: a rule stands before"), "{misplaced}");
    let mut place = Place::with("");
    place.settings.denylists = vec!["none.deny".into()];
    assert!(matches!(place.lists(), Err(FilterError::Unreadable { .. })));
}

#[test]
fn a_line_that_is_too_long_is_refused_before_it_is_held() {
    let place = Place::with(&"#".repeat(3 << 20));

    let why = place.lists().unwrap_err().to_string();
    assert!(why.ends_with("some.deny:1: the line is longer than 2 MiB"), "{why}");
}

#[test]
fn lists_of_a_directory_come_in_order_of_their_names_and_before_the_settings() {
    let mut place = Place::with(&format!("!/ipfs/{PLAIN}\n"));
    fs::write(place.folder.path().join("any.deny"), format!("/ipfs/{PLAIN}\n")).unwrap();
    fs::write(place.folder.path().join("notes.txt"), format!("/ipfs/{OTHER}\n")).unwrap();
    place.settings.denylists = vec![".".into()];
    assert_eq!(denied(&place.lists().unwrap(), PLAIN), None);

    place.settings.deny_cids = vec![cid(PLAIN)];
    let lists = place.lists().unwrap();
    assert_eq!(denied(&lists, PLAIN), Some("filter.deny_cids".to_owned()));
    assert_eq!(lists.files.len(), 2);
}

#[test]
fn with_an_allowlist_nothing_else_is_allowed_and_denylists_come_first() {
    let mut place = Place::with(&format!("/ipfs/{PLAIN}\n"));
    place.settings.allow_cids = [PLAIN, DOUBLE].map(cid).to_vec();
    let lists = place.lists().unwrap();

    assert_eq!(denied(&lists, DOUBLE), None);
    assert_eq!(denied(&lists, PLAIN), Some("some.deny:1".to_owned()));
    let why = denied(&lists, OTHER);
    assert_eq!(why, Some("the allowlists, which do not name it".to_owned()));
}

#[test]
fn peers_are_denied_by_name_or_because_others_are_allowed() {
    let [bob, carol] = [PeerId::random(), PeerId::random()];
    let denying = |deny_peers, allow_peers| {
        let mut place = Place::with("");
        (place.settings.deny_peers, place.settings.allow_peers) = (deny_peers, allow_peers);
        place.lists().unwrap()
    };
    let denied = denying(vec![bob], Vec::new());
    assert!(denied.denies_peer(&bob).is_some() && denied.denies_peer(&carol).is_none());
    let allowed = denying(Vec::new(), vec![bob]);
    assert!(allowed.denies_peer(&bob).is_none() && allowed.denies_peer(&carol).is_some());
}

#[test]
fn rules_in_force_are_replaced_for_all_who_share_them() {
    let place = Place::with(&format!("/ipfs/{PLAIN}\n"));
    let filters = Filters::of(Lists::default());
    let shared = filters.clone();
    assert!(shared.denies_nothing() && shared.denies_block(&cid(PLAIN)).is_none());

    assert!(filters.replace(place.lists().unwrap()));
    assert!(shared.denies_block(&cid(PLAIN)).is_some());
    assert!(!filters.replace(place.lists().unwrap()), "the same rules are no news");
}

/// A data directory with a list in it, and settings that name it.
struct Place {
    folder: TempDir,
    settings: FilterSettings,
}

impl Place {
    fn with(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("some.deny"), text).unwrap();
        let denylists = vec!["some.deny".into()];
        Self { folder, settings: FilterSettings { denylists, ..FilterSettings::default() } }
    }

    fn lists(&self) -> Result<Lists, FilterError> {
        Lists::read(&self.settings, self.folder.path())
    }
}

fn cid(text: &str) -> Cid {
    text.parse().unwrap()
}

fn denied(lists: &Lists, text: &str) -> Option<String> {
    lists.denies_block(&cid(text)).map(|rule| rule.0.to_string())
}
