//! Cases made by hand are answered by every strategy of their role, and by no other.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use bitswap_core::strategy::Role;
use bitswap_strategies::cases::{self, Answer, Case};
use bitswap_strategies::catalog::{Entry, Strategy, all};
use bitswap_strategies::fixture::dice;
use toml::Table;

#[test]
fn every_strategy_answers_all_cases_of_its_role() {
    for entry in all() {
        for case in cases::of_role(entry.role) {
            let answer = answer(entry, &case);

            let lines = answer.as_ref().map(Answer::lines).unwrap_or_default();
            assert!(!lines.is_empty(), "{entry:?}: {case:?}");
            assert!(lines.iter().all(|line| !line.is_empty()), "{entry:?}: {lines:?}");
        }
    }
}

#[test]
fn a_strategy_of_another_role_does_not_answer() {
    for entry in all() {
        for other in Role::ALL.into_iter().filter(|role| *role != entry.role) {
            let mut cases = cases::of_role(other);
            // Events are for every role.
            cases.retain(|case| case.function != "observe");

            assert!(!cases.is_empty());
            assert!(cases.iter().all(|case| answer(entry, case).is_none()), "{entry:?}");
        }
    }
}

#[test]
fn a_registry_remembers_what_a_case_presumes() {
    let remembers = all().iter().find(|entry| entry.name == "ttl-relay").unwrap();
    let cases = cases::of_role(Role::Registry);
    let brought = cases.iter().find(|case| case.about.contains("3 brought")).unwrap();

    let Some(Answer::Peers(peers, _)) = answer(remembers, brought) else { panic!() };

    assert_eq!(peers.len(), 2);
}

fn answer(entry: &Entry, case: &Case) -> Option<Answer> {
    let mut strategy: Strategy = entry.make(&Table::new()).unwrap();
    let mut dice = dice(1);
    case.prepare(&mut strategy, &mut dice);
    case.ask(&mut strategy, cases::now(), &mut dice)
}
