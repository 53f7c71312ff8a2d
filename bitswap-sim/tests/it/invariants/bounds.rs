//! Limits that an engine does not keep, since its own are wider than its checker's: I6, I7, I14.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView, StrategySet, plain};
use bitswap_core::testing::{SPEAKS, at, call, connected, peer, received, selector};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader};
use bitswap_core::{
    Action, CallId, CallOptions, Chance, EngineConfig, Input, Lane, NewCall, PeerCapabilities,
    ReadId, ReadItem, SendId, SessionId,
};
use bitswap_sim::content;
use cid::Cid;

use super::{Watch, says, strategies, want, want_block, with_reach};

#[test]
fn i6_a_peer_that_is_asked_again_before_it_had_time() {
    let (mut watch, _, [cancel, again]) = asked_once();
    // What was taken back before it was answered may be said again, but not for ever.
    for turn in 0..8 {
        assert_eq!(watch.told_at(10_000 + turn, 102 + 2 * turn, cancel.clone()), Ok(()));
        assert_eq!(watch.told_at(10_000 + turn, 103 + 2 * turn, again.clone()), Ok(()));
    }
    assert_eq!(watch.told_at(20_000, 201, cancel), Ok(()));
    assert_eq!(watch.told_at(20_000, 202, again), Err(6));
}

#[test]
fn i6_a_peer_that_is_asked_again_soon_after_it_answered() {
    let (mut watch, cid, [cancel, again]) = asked_once();
    let no = vec![(cid, BlockPresence::DontHave)];
    watch.feed(3, received(1, Message { presences: no, ..Message::default() }));
    assert_eq!(watch.told_at(20_000, 102, cancel), Ok(()));
    assert_eq!(watch.told_at(20_000, 103, again), Err(6));
}

/// The peer 1 was asked whether it has a block; its CID, a cancel of it, and the same question.
fn asked_once() -> (Watch, Cid, [Message; 2]) {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let cid = watch.one.0;
    watch.feed(1, call(1, &[cid]));
    let first = Message { full: true, entries: vec![want(&cid)], ..Message::default() };
    let cancel = Message { entries: vec![Entry::Cancel { cid }], ..Message::default() };
    let again = Message { entries: vec![want(&cid)], ..Message::default() };
    assert_eq!(watch.told_at(2, 101, first), Ok(()));
    (watch, cid, [cancel, again])
}

#[test]
fn i7_a_member_too_many() {
    let mut watch = Watch::stricter(|seen| seen.limits.session_members = 1, plain::strategies());
    let cid = watch.one.0;
    watch.want_nothing_here(&[cid]);

    assert_eq!(watch.hears_haves(&cid), Err(7));
}

#[test]
fn i7_a_want_of_a_session_too_many() {
    let mut watch = Watch::stricter(|seen| seen.limits.wants_per_session = 1, plain::strategies());
    let cids = [watch.one.0, watch.other.0];

    assert_eq!(watch.try_all(vec![call(1, &cids)]), Err(7));
}

#[test]
fn i7_a_call_that_is_too_long() {
    let mut watch = Watch::stricter(|seen| seen.limits.cids_per_call = 1, plain::strategies());
    let cids = [watch.one.0, watch.other.0];

    assert_eq!(watch.try_all(vec![call(1, &cids)]), Err(7));
}

#[test]
fn i7_an_ask_for_one_block_too_many() {
    let all = selector(HedgeAll);
    let mut watch = Watch::stricter(|seen| seen.limits.block_asks_per_want = 1, all);
    let cid = watch.one.0;
    watch.want_nothing_here(&[cid]);

    assert_eq!(watch.hears_haves(&cid), Err(7));
}

#[test]
fn i7_a_newcomer_that_is_asked_for_too_much() {
    let seen = |seen: &mut EngineConfig| seen.limits.wants_for_a_new_peer = 1;
    let mut watch = Watch::stricter(seen, plain::strategies());
    watch.want_nothing_here(&[watch.one.0, watch.other.0]);

    assert_eq!(watch.try_all(vec![connected(3, ProtocolVersion::V1_2)]), Err(7));
}

#[test]
fn i7_a_want_held_back_too_long() {
    let seen = |seen: &mut EngineConfig| seen.limits.held_back = Duration::from_secs(1);
    let mut watch = Watch::stricter(seen, selector(OneAtATime));
    let cids = [watch.one.0, watch.other.0];
    watch.want_nothing_here(&cids);

    assert_eq!(watch.hears_haves(&cids[0]), Ok(()));
    assert_eq!(watch.hears_haves(&cids[1]), Err(7));
}

#[test]
fn i7_bytes_on_their_way_to_one_peer_by_more_than_a_block() {
    assert_eq!(outstanding(|seen| seen.limits.outstanding_bytes_per_peer = 3_000), Err(7));
    assert_eq!(outstanding(|seen| seen.limits.outstanding_bytes_per_peer = 3_001), Ok(()));
}

#[test]
fn i7_bytes_on_their_way_to_all_by_more_than_a_block() {
    assert_eq!(outstanding(|seen| seen.limits.outstanding_bytes = 3_000), Err(7));
    assert_eq!(outstanding(|seen| seen.limits.outstanding_bytes = 3_001), Ok(()));
}

#[test]
fn i7_a_want_too_many_passed_on_for_one_peer() {
    let mut watch =
        Watch::stricter(|seen| seen.relay.wants_per_requester = 1, strategies(&[])).of_relays();
    let reach = |n| RelayHeader::new(2, n, 9_000);
    let wants = vec![with_reach(&watch.one.0, reach(7)), with_reach(&watch.other.0, reach(8))];
    watch.feed(1, says(2, wants));
    watch.nothing_here(1);

    assert_eq!(watch.try_all(vec![says(2, vec![])]), Err(7));
}

#[test]
fn i7_a_byte_too_many_kept_for_one_peer() {
    let seen = |seen: &mut EngineConfig| seen.relay.ephemeral_bytes_per_requester = 2_999;
    let mut watch = Watch::stricter(seen, strategies(&[])).of_relays();
    let block = watch.one.clone();
    watch.feed(1, says(2, vec![with_reach(&block.0, RelayHeader::new(2, 7, 9_000))]));
    watch.nothing_here(1);
    let message = Message { blocks: vec![block], ..Message::default() };
    let spoke = says(2, vec![]);

    assert_eq!(watch.try_all(vec![received(1, message), spoke]), Err(7));
}

#[test]
fn i8_who_left_is_not_asked_later() {
    let mut watch = Watch::stricter(|_| (), selector(Later));
    let cid = watch.one.0;
    watch.want_nothing_here(&[cid]);

    assert_eq!(watch.hears_haves(&cid), Ok(()));
    assert_eq!(watch.try_all(vec![Input::PeerDisconnected { peer: peer(1) }]), Ok(()));
}

#[test]
fn i10_a_peer_that_is_passed_over_though_nobody_says_that_it_waits() {
    let seen = |seen: &mut EngineConfig| seen.limits.starvation = Duration::from_millis(1);
    let mut watch = Watch::stricter(seen, plain::strategies());
    let mut chance = Chance::named(1, "many");
    let blocks = content::blocks(&mut chance, 12, 3_000).expect("small enough");
    let wants: Vec<Entry> = blocks.iter().map(|(cid, _)| want_block(cid)).collect();
    // The engine knows nothing of all that.
    for input in [
        Input::BlocksAdded { blocks: blocks.clone() },
        says(1, wants[1..].to_vec()),
        says(2, wants[..1].to_vec()),
    ] {
        watch.checker.before_input(&watch.engine, at(0), &input);
    }
    let violation = (1..12).find_map(|n| {
        watch.checker.before_input(&watch.engine, at(300 * n), &Input::DeadlineReached);
        let items = vec![ReadItem { cid: blocks[n as usize].0, size_only: false }];
        watch.checker.on_action(&Action::Read { read: ReadId(n), items });
        watch.checker.after_input(&watch.engine).err()
    });

    assert_eq!(violation.map(|violation| violation.invariant), Some(10));
}

/// Nobody is served, so no turns are counted: one message is not taken, and the engine knows
/// nothing of the other peer's want.
#[test]
fn i10_a_peer_that_waits_while_nobody_is_served() {
    let longest = EngineConfig::seeded(7).limits.starvation;
    assert_eq!(waits_for(longest, false), None);
    assert_eq!(waits_for(longest + Duration::from_secs(2), false), Some(10));
}

#[test]
fn i10_a_peer_that_waits_while_another_is_served() {
    let longest = EngineConfig::seeded(7).limits.starvation;
    assert_eq!(waits_for(longest + Duration::from_secs(2), true), None);
}

/// The invariant that is broken when the peer 2 has waited for so long, while a message to the peer
/// 1 is taken or is not.
fn waits_for(time: Duration, is_taken: bool) -> Option<u8> {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let block = watch.one.clone();
    let wants = vec![want_block(&block.0)];
    watch.feed(1, Input::BlocksAdded { blocks: vec![block.clone()] });
    watch.checker.before_input(&watch.engine, at(1), &says(1, wants.clone()));
    watch.send(9, Message { blocks: vec![block], ..<_>::default() });
    if !is_taken {
        watch.checker.takes_nothing(&peer(1), SendId(9));
    }
    watch.checker.before_input(&watch.engine, at(300), &says(2, wants));
    let begun = watch.verdict();
    let last = at(300).after(time);
    watch.checker.before_input(&watch.engine, last, &Input::DeadlineReached);
    Some(begun.max(watch.verdict())).filter(|invariant| *invariant > 0)
}

#[test]
fn i11_a_wanted_block_that_is_booked_as_unasked() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let block = watch.one.clone();
    // The engine was never told, and so it wants nothing.
    watch.checker.before_input(&watch.engine, at(1), &call(1, &[block.0]));
    watch.checker.before_input(&watch.engine, at(2), &Input::DeadlineReached);
    watch.send(1, Message { full: true, entries: vec![want(&block.0)], ..<_>::default() });
    let message = Message { blocks: vec![block], ..Message::default() };

    assert_eq!(
        watch.try_feed(3, received(1, message)).map_err(|violation| violation.invariant),
        Err(11)
    );
}

#[test]
fn i14_what_callers_wait_for_is_no_excuse() {
    let mut watch = Watch::new();
    let cids = blocks(100);
    let options = CallOptions { credit: 100, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));
    watch.feed(0, Input::from(NewCall { session, call, cids, options }));
    watch.checker.before_input(
        &watch.engine,
        at(0),
        &Input::RttMeasured { peer: peer(1), round_trip: Duration::from_millis(1) },
    );
    for n in 0..100 {
        watch.checker.on_action(&Action::Connect { peer: peer(n) });
    }

    assert_eq!(watch.verdict(), 14);
}

#[test]
fn what_had_nothing_to_check_is_not_counted() {
    let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
    let measured = |n| Input::RttMeasured { peer: peer(n), round_trip: Duration::from_millis(1) };
    watch.feed(1, measured(1));
    watch.feed(2, measured(2));

    let counts: Vec<u64> = watch.checker.check_counts().iter().map(|(.., count)| count).collect();
    assert_eq!([counts[0], counts[6], counts[9], counts[12], counts[13]], [0; 5], "{counts:?}");
}

/// An engine sends a peer two blocks of 3,000 bytes at once, and its checker thinks that its
/// limits are other ones.
fn outstanding(change: impl FnOnce(&mut EngineConfig)) -> Result<(), u8> {
    let mut real = EngineConfig::seeded(7);
    real.limits.message_bytes = 1;
    let mut seen = real.clone();
    change(&mut seen);
    let mut watch = Watch::of(&seen, real, plain::strategies());
    watch.meet(ProtocolVersion::V1_2);
    let blocks = vec![watch.one.clone(), watch.other.clone()];
    watch.feed(0, Input::BlocksAdded { blocks: blocks.clone() });
    watch.feed(0, says(1, vec![want_block(&blocks[0].0), want_block(&blocks[1].0)]));
    (1..9).find_map(|ms| watch.serve(ms, &blocks)).map_or(Ok(()), |it| Err(it.invariant))
}

fn blocks(count: usize) -> Vec<Cid> {
    let mut chance = Chance::named(1, "many");
    let blocks = content::blocks(&mut chance, count, 100).expect("small enough");
    blocks.into_iter().map(|(cid, _)| cid).collect()
}

impl Watch {
    /// Two peers are there, and the checker thinks that the limits are other ones.
    fn stricter(change: impl FnOnce(&mut EngineConfig), strategies: StrategySet) -> Self {
        let real = EngineConfig::seeded(7);
        let mut seen = real.clone();
        change(&mut seen);
        let mut watch = Self::of(&seen, real, strategies);
        watch.meet(ProtocolVersion::V1_2);
        watch
    }

    /// The peers pass wants on.
    fn of_relays(mut self) -> Self {
        for n in [1, 2] {
            let capabilities = PeerCapabilities { protocol: ProtocolVersion::Relay, ..SPEAKS };
            self.feed(0, Input::PeerChanged { peer: peer(n), capabilities });
        }
        self
    }

    fn want_nothing_here(&mut self, cids: &[Cid]) {
        self.feed(0, call(1, cids));
        self.nothing_here(0);
        for action in std::mem::take(&mut self.actions) {
            if let Action::Send { peer, send, .. } = action {
                self.feed(0, Input::Sent { peer, send });
            }
        }
    }

    /// Both peers say HAVE.
    fn hears_haves(&mut self, cid: &Cid) -> Result<(), u8> {
        let has = |n| {
            let presences = vec![(*cid, BlockPresence::Have)];
            received(n, Message { presences, ..Message::default() })
        };
        self.try_all(vec![has(1), has(2)])
    }

    fn try_all(&mut self, inputs: Vec<Input>) -> Result<(), u8> {
        inputs.into_iter().try_for_each(|input| self.try_feed(0, input)).map_err(|it| it.invariant)
    }

    /// A message that the engine does not know of leaves for the peer 1, and is there.
    fn told_at(&mut self, ms: u64, send: u64, message: Message) -> Result<(), u8> {
        let (lane, send) = (Lane::Control, SendId(send));
        self.checker.before_input(&self.engine, at(ms), &Input::DeadlineReached);
        self.checker.on_action(&Action::Send { peer: peer(1), lane, send, message });
        let told = self.checker.after_input(&self.engine);
        self.checker.before_input(&self.engine, at(ms), &Input::Sent { peer: peer(1), send });
        told.and_then(|()| self.checker.after_input(&self.engine)).map_err(|it| it.invariant)
    }
}

/// Asks everybody for everything.
struct HedgeAll;

impl PeerSelector for HedgeAll {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for peer in session.peers.iter().filter(|_| session.peers.len() == 2) {
            asks.push(Ask::block(session.wants[0].want, peer.peer, "all").hedged());
        }
    }
}

/// Asks for one block at a time.
struct OneAtATime;

impl PeerSelector for OneAtATime {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if session.block_asks_in_flight == 0 {
            asks.push(Ask::block(session.wants[0].want, session.peers[0].peer, "one"));
        }
    }
}

/// Asks the first member after two seconds.
struct Later;

impl PeerSelector for Later {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for want in session.wants {
            let ask = Ask::block(want.want, session.peers[0].peer, "later");
            asks.push(ask.delayed(Duration::from_secs(2)));
        }
    }
}
