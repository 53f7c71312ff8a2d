//! What campaigns found, each in as few steps as it takes.

use bitswap_core::strategy::plain;
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{Action, Engine, EngineConfig, Input, ReadAnswer, StoreFault};
use cid::Cid;

use crate::cast::{act, at, block, call, connected, engine, nothing_here, peer};

#[test]
fn accounts_stay_within_their_limit_also_when_old_ones_are_used_again() {
    let mut config = EngineConfig::seeded(7);
    config.limits.accounts = 1;
    let mut alice = Engine::new(config, plain::strategies()).expect("valid");
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(1), connected(2));
    let message = Message { blocks: vec![block(1, 100)], ..Message::default() };
    act(&mut alice, at(2), says(1, message));

    assert_eq!(alice.stats().gauges.accounts, 1);
    assert_eq!(alice.account(&peer(1)).map(|account| account.unasked_received_from), Some(100));
}

#[test]
fn the_first_list_replaces_what_was_wanted_in_another_life() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(1), call(1, &[block(1, 100).0]));
    let actions = nothing_here(&mut alice, at(1), &actions);

    assert_eq!(messages(&actions).map(|message| message.full).collect::<Vec<_>>(), [true]);
}

#[test]
fn who_was_asked_in_vain_is_not_believed_at_once_again() {
    let mut alice = engine();
    let apple = block(1, 9_000).0;
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), connected(2));
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    all_sent(&mut alice, actions);
    let actions = act(&mut alice, at(1), says(1, presence(&apple, BlockPresence::Have)));
    all_sent(&mut alice, actions);
    let silent = alice.next_deadline().expect("the block is waited for");
    act(&mut alice, silent, Input::DeadlineReached);

    act(&mut alice, silent, says(1, presence(&apple, BlockPresence::Have)));

    let wants = alice.open_wants(silent, 0, 1);
    let asks = wants[0].asked.iter().filter(|asked| asked.open && asked.kind == WantKind::Block);
    assert_eq!(asks.count(), 0);
}

#[test]
fn a_block_that_could_not_be_read_is_read_again_while_others_are_asked() {
    let mut alice = engine();
    let (apple, bytes) = block(1, 9_000);
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let fault = StoreFault("busy".into());
    let actions = answer_reads(&mut alice, &actions, &ReadAnswer::Failed(fault));
    assert_eq!(reads(&actions).count(), 1, "{actions:?}");

    let actions = answer_reads(&mut alice, &actions, &ReadAnswer::Block(bytes));
    assert!(actions.iter().any(|action| matches!(action, Action::Deliver { .. })));
}

#[test]
fn who_cannot_be_written_to_is_not_waited_for_without_end() {
    let mut alice = engine();
    let apple = block(1, 9_000).0;
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    all_sent(&mut alice, actions);
    let actions = act(&mut alice, at(1), says(1, presence(&apple, BlockPresence::Have)));
    let send = sends(&actions).next().expect("the block is asked for");
    act(&mut alice, at(10_000), Input::SendFailed { peer: peer(1), send });

    let in_vain = alice.next_deadline().expect("the wait has begun");
    act(&mut alice, in_vain, Input::DeadlineReached);

    let wants = alice.open_wants(in_vain, 0, 1);
    assert!(wants[0].asked.iter().all(|asked| !asked.open), "{:?}", wants[0].asked);
}

#[test]
fn nothing_is_said_of_a_block_after_it_was_sent() {
    let mut alice = engine();
    let (apple, bytes) = block(1, 9_000);
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), Input::BlocksAdded { blocks: vec![(apple, bytes.clone())] });
    let actions = act(&mut alice, at(1), wants(&apple, WantKind::Have));
    let actions = here(&mut alice, &actions, &bytes);
    let have = sends(&actions).next().expect("HAVE");

    // It asks for the block before HAVE was written, and gets it.
    let actions = act(&mut alice, at(2), wants(&apple, WantKind::Block));
    let actions = here(&mut alice, &actions, &bytes);
    let actions = here(&mut alice, &actions, &bytes);
    let sent = sends(&actions).next().expect("the block");
    act(&mut alice, at(3), Input::Sent { peer: peer(1), send: sent });
    let actions = act(&mut alice, at(4), Input::SendFailed { peer: peer(1), send: have });

    assert_eq!(messages(&actions).count(), 0);
}

#[test]
fn a_full_session_makes_room_for_who_has_what_its_members_lack() {
    let mut config = EngineConfig::seeded(7);
    config.limits.session_members = 1;
    let mut alice = Engine::new(config, plain::strategies()).expect("valid");
    let ((apple, bytes), pear) = (block(1, 9_000), block(2, 9_000).0);
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), connected(2));
    let actions = act(&mut alice, at(0), call(1, &[apple, pear]));
    nothing_here(&mut alice, at(0), &actions);
    let message = Message { blocks: vec![(apple, bytes)], ..Message::default() };
    act(&mut alice, at(1), says(1, message));
    act(&mut alice, at(2), says(1, presence(&pear, BlockPresence::DontHave)));

    act(&mut alice, at(3), says(2, presence(&pear, BlockPresence::Have)));

    let asked = alice.open_wants(at(3), 0, 1)[0].asked.clone();
    let asked = asked.iter().find(|asked| asked.peer == peer(2)).expect("a broadcast");
    assert_eq!((asked.kind, asked.open), (WantKind::Block, true));
}

fn says(n: u64, message: Message) -> Input {
    Input::MessageReceived { peer: peer(n), message, left_out: LeftOut::default() }
}

fn presence(cid: &Cid, presence: BlockPresence) -> Message {
    Message { presences: vec![(*cid, presence)], ..Message::default() }
}

fn wants(cid: &Cid, kind: WantKind) -> Input {
    let (priority, send_dont_have, reach) = (1, true, None);
    let want = Entry::Want { cid: *cid, kind, priority, send_dont_have, reach };
    says(1, Message { entries: vec![want], ..Message::default() })
}

/// All that is to be sent leaves at once.
fn all_sent(engine: &mut Engine, mut actions: Vec<Action>) {
    while !actions.is_empty() {
        let sent = actions.iter().filter_map(|action| match action {
            Action::Send { peer, send, .. } => Some(Input::Sent { peer: *peer, send: *send }),
            _ => None,
        });
        let sent: Vec<_> = sent.collect();
        actions = sent.into_iter().flat_map(|input| act(engine, at(2), input)).collect();
    }
}

/// All reads have this answer; what follows.
fn answer_reads(engine: &mut Engine, actions: &[Action], answer: &ReadAnswer) -> Vec<Action> {
    let mut after = Vec::new();
    for (read, items) in reads(actions) {
        let answers = vec![answer.clone(); items];
        after.extend(act(engine, at(2), Input::ReadDone { read, answers }));
    }
    after
}

fn reads(actions: &[Action]) -> impl Iterator<Item = (bitswap_core::ReadId, usize)> {
    actions.iter().filter_map(|action| match action {
        Action::Read { read, items } => Some((*read, items.len())),
        _ => None,
    })
}

/// All reads find the block; what follows.
fn here(engine: &mut Engine, actions: &[Action], block: &bitswap_core::Block) -> Vec<Action> {
    let mut after = actions.to_vec();
    for action in actions {
        if let Action::Read { read, items } = action {
            let size = |size_only| {
                if size_only {
                    ReadAnswer::Size(block.len() as u32)
                } else {
                    ReadAnswer::Block(block.clone())
                }
            };
            let answers = items.iter().map(|item| size(item.size_only)).collect();
            after = act(engine, at(2), Input::ReadDone { read: *read, answers });
        }
    }
    after
}

fn messages(actions: &[Action]) -> impl Iterator<Item = &Message> {
    actions.iter().filter_map(|action| match action {
        Action::Send { message, .. } => Some(message),
        _ => None,
    })
}

fn sends(actions: &[Action]) -> impl Iterator<Item = bitswap_core::SendId> {
    actions.iter().filter_map(|action| match action {
        Action::Send { send, .. } => Some(*send),
        _ => None,
    })
}
