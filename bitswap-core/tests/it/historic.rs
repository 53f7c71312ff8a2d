//! Each historic bug changes what an engine does, and changes it as it should.

mod asking;
mod bench;
mod serving;

use bitswap_core::{Bug, Limits};

use bench::Bench;

/// What `story` comes to without the bug, and with it.
fn both<T>(bug: Bug, story: impl Fn(&mut Bench) -> T) -> (T, T) {
    both_within(&Limits::default(), bug, story)
}

fn both_within<T>(limits: &Limits, bug: Bug, story: impl Fn(&mut Bench) -> T) -> (T, T) {
    let told = |bug| story(&mut Bench::new(limits.clone(), bug));
    (told(None), told(Some(bug)))
}

#[test]
fn every_bug_has_its_own_name_and_line() {
    for (place, bug) in Bug::ALL.iter().enumerate() {
        assert_eq!(Bug::named(bug.name()), Some(*bug));
        assert!(Bug::ALL[..place].iter().all(|other| other.what() != bug.what()), "{bug:?}");
    }
    assert_eq!(Bug::ALL.len(), 25);
    assert_eq!(Bug::named("B99"), None);
}
