//! A recording is replayed, with other strategies beside the recorded ones.

use std::collections::VecDeque;

use bitswap_core::record::{EntryWriter, Header, RecordWriter};
use bitswap_core::strategy::Role;
use bitswap_core::testing::{at, blocks, call, cids_of, connected, received};
use bitswap_core::wire::{BlockPresence, Message, ProtocolVersion};
use bitswap_core::{Action, Engine, EngineConfig, Input, Names, ReadAnswer};
use bitswap_sim::recorded::{Others, replay};
use bitswap_strategies::catalog::{StrategyChoice, recorded};

/// A node asks two peers that have all of eight blocks, and another selector takes over.
fn recording() -> Vec<u8> {
    let config = EngineConfig { names: Names::Seeded(3), ..EngineConfig::seeded(7) };
    let strategies = StrategyChoice::default().build().expect("the defaults");
    let mut file = Vec::new();
    let header = Header::new(env!("CARGO_PKG_VERSION"), &config, &strategies, false);
    let mut writer = RecordWriter::new(&mut file, &header, u64::MAX).expect("a header");
    let mut entry = EntryWriter::new(&config, false);
    let mut engine = Engine::new(config, strategies).expect("it works");

    let wanted = blocks(1..=8, 3_000);
    let cids = cids_of(&wanted);
    let presences: Vec<_> = cids.iter().map(|cid| (*cid, BlockPresence::Have)).collect();
    let have = || Message { presences: presences.clone(), ..Message::default() };
    let random = recorded(Role::PeerSelector, "random", "").expect("of the catalog");
    let mut inputs = VecDeque::from([
        connected(1, ProtocolVersion::V1_2),
        connected(2, ProtocolVersion::V1_2),
        call(1, &cids),
        received(1, have()),
        received(2, have()),
        Input::StrategiesReplaced { strategies: vec![random] },
        received(1, Message { blocks: wanted, ..Message::default() }),
    ]);
    let mut moment = 0;
    while let Some(input) = inputs.pop_front() {
        moment += 10;
        entry.input(at(moment), &input);
        engine.handle(at(moment), input);
        while let Some(action) = engine.poll_action() {
            entry.action(&action);
            if let Action::Read { read, items } = &action {
                let answers = vec![ReadAnswer::Missing; items.len()];
                inputs.push_front(Input::ReadDone { read: *read, answers });
            }
            if let Action::Write { write, .. } = action {
                inputs.push_front(Input::WriteDone { write, outcome: Ok(()) });
            }
        }
        writer.push(entry.finish()).expect("room");
    }
    writer.finish().expect("room");
    file
}

#[test]
fn the_same_comes_of_every_input_and_all_is_counted() {
    let mut shown = 0;
    let outcome = replay(&recording()[..], &Others::new(), Some(&mut |_, _, _| shown += 1));

    let outcome = outcome.expect("it can be read");
    assert!(outcome.difference.is_none() && outcome.is_whole, "{outcome:?}");
    assert_eq!((outcome.peers, outcome.wants), (2, 8));
    assert_eq!(outcome.inputs["MessageReceived"], 3);
    assert_eq!(outcome.inputs.values().sum::<u64>(), shown);
    assert_eq!(outcome.actions["Deliver"], 8);
}

#[test]
fn another_strategy_decides_beside_the_recorded_one_and_changes_nothing() {
    let other = StrategyChoice::default().with_text("provider_finder=routing-only");
    let others = Others::from([(Role::ProviderFinder, other.expect("of the catalog"))]);
    let outcome = replay(&recording()[..], &others, None).expect("it can be read");

    assert!(outcome.difference.is_none(), "{outcome:?}");
    let decisions = &outcome.others[&Role::ProviderFinder];
    assert!(decisions.different > 0 && !decisions.examples.is_empty(), "{decisions:?}");
}

#[test]
fn the_same_strategy_beside_the_recorded_one_agrees_with_it() {
    let same = StrategyChoice::default().with_text("ledger_policy=debt-ratio");
    let others = Others::from([(Role::LedgerPolicy, same.expect("of the catalog"))]);
    let outcome = replay(&recording()[..], &others, None).expect("it can be read");

    let decisions = &outcome.others[&Role::LedgerPolicy];
    assert_eq!((decisions.different, outcome.difference.is_none()), (0, true), "{decisions:?}");
}
