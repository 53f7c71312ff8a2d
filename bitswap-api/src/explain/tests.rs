//! Advice and next moments, each from one state.

use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId};
use bitswap_net::{
    AskDetail, AskOutcome, CidDetail, CidExplanation, Happening, PeerDetail, Reached, SearchDetail,
    Story, StoryLine, Timestamp, WantDetail, WantOutcome, WantStep,
};
use cid::Cid;
use libp2p::PeerId;

use super::{advice, next, text, want};
use crate::forms::Explanation;

const CID: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

fn ms(ms: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(ms))
}

fn cid() -> Cid {
    Cid::try_from(CID).unwrap()
}

/// A want that is ten seconds old and searched for, with one connected peer.
fn searched() -> CidExplanation {
    let search = SearchDetail {
        started_at: ms(1_000),
        broadcasts: 2,
        lookups: 1,
        lookup_running: false,
        providers_found: 0,
        next_step_at: Some(ms(14_000)),
        finder: "broadcast-then-dht".into(),
        reason: "listening",
    };
    let want = WantDetail {
        session: SessionId(17),
        since: ms(1_000),
        callers: 1,
        priority: 0,
        step: WantStep::Searching,
        asked: Vec::new(),
        scheduled: Vec::new(),
        search: Some(search),
        members: 0,
        session_asks: 0,
        providers: 0,
        times_out_at: None,
    };
    let detail = CidDetail {
        now: ms(11_000),
        key: CidKey(1),
        want: Some(want),
        peers_connected: 1,
        requesters: Vec::new(),
        relayed_to: 0,
    };
    let story = Story {
        since: ms(1_000),
        session: Some(SessionId(17)),
        ended: None,
        lines: vec![line(Happening::Wanted, 1)],
        left_out: 0,
    };
    CidExplanation { detail, story: Some(story) }
}

fn line(what: Happening, count: u64) -> StoryLine {
    StoryLine {
        number: 0,
        at: ms(1_000),
        last_at: ms(1_000),
        grows_until: ms(1_500),
        what,
        count,
        bytes: 0,
        peers: Vec::new(),
        strategy: None,
        reason: "",
    }
}

fn with(lines: impl IntoIterator<Item = (Happening, u64)>) -> CidExplanation {
    let mut known = searched();
    let lines = lines.into_iter().map(|(what, count)| line(what, count));
    known.story.as_mut().unwrap().lines.extend(lines);
    known
}

fn change(known: &mut CidExplanation, change: impl FnOnce(&mut WantDetail)) {
    change(known.detail.want.as_mut().unwrap());
}

fn ask(peer: PeerId, open: bool, queued_for_us: u32) -> AskDetail {
    AskDetail {
        peer,
        kind: WantKind::Block,
        at: ms(2_000),
        open,
        has: None,
        hops: 0,
        times_out_at: open.then(|| ms(15_204)),
        queued_for_us,
        asks_in_flight: 1,
        bytes: 1 << 20,
        ahead_bytes: 0,
        delivery_rate: None,
    }
}

#[test]
fn what_waits_in_a_queue_is_told_apart_from_what_is_searched_for() {
    let peer = PeerId::random();
    let mut known = searched();
    let state = |known: &CidExplanation| want::explanation(&cid(), known).unwrap().state;
    assert_eq!(state(&known), "searched for");
    let queued =
        AskDetail { ahead_bytes: 3 << 20, delivery_rate: Some(1 << 20), ..ask(peer, true, 0) };
    change(&mut known, |want| (want.step, want.asked) = (WantStep::Asked, vec![queued]));
    assert_eq!(state(&known), format!("queued at {} behind 3.00 MiB", text::short(&peer)));
    let next = want::explanation(&cid(), &known).unwrap().next;
    assert!(next.iter().any(|row| row.text == format!("the block, from {}", text::short(&peer))));
}

#[test]
fn a_slow_peer_is_told_apart_from_one_that_is_gone_also_after_its_timeout() {
    let peer = PeerId::random();
    for open in [true, false] {
        let mut known = searched();
        change(&mut known, |want| want.asked = vec![ask(peer, open, 3 << 20)]);
        let slow = format!(
            "{} has 3.00 MiB of answers queued for us: it is slow, not gone",
            text::short(&peer)
        );
        assert_eq!(advice::of_want(&known), [slow]);
    }
}

#[test]
fn each_reason_for_a_long_search_has_its_advice() {
    let no = |kind, count| (Happening::Answered(kind, AskOutcome::DontHave), count);
    let mut said_no = with([no(WantKind::Have, 7), no(WantKind::Block, 1)]);
    let told = "8 connected peers said no, and no provider is known: name one with  --peer ADDRESS";
    assert_eq!(advice::of_want(&said_no), [told]);

    said_no.detail.peers_connected = 0;
    let told = "no peer is connected: name one that has it with  --peer ADDRESS";
    assert_eq!(advice::of_want(&said_no), [told]);

    let silent = with([(Happening::Answered(WantKind::Block, AskOutcome::TimedOut), 1)]);
    let told = "1 peer did not answer in time; it is asked again later";
    assert_eq!(advice::of_want(&silent), [told]);

    let refused = Happening::DialFailed("connection refused".into());
    let mut gone = with([(Happening::Provider(Reached::Dialled), 1), (refused, 1)]);
    change(&mut gone, |want| want.providers = 1);
    let told = "the providers that are known cannot be reached: they may be gone";
    assert_eq!(advice::of_want(&gone), [told]);

    assert_eq!(advice::of_want(&searched()), [] as [&str; 0]);
}

#[test]
fn a_want_that_waits_its_turn_and_one_without_a_story_are_told() {
    let mut held = searched();
    change(&mut held, |want| {
        (want.step, want.session_asks) = (WantStep::HeldBack { until: Some(ms(16_000)) }, 64);
    });
    let told = "it waits its turn: 64 other blocks of its session are asked for";
    assert_eq!(advice::of_want(&held), [told]);
    let (since, now) = (ms(1_000), held.detail.now);
    let rows = next::of_want(since, now, held.detail.want.as_ref().unwrap());
    assert_eq!(rows[1].text, "ask somebody, whatever the selector says");

    held.story = None;
    assert!(advice::of_want(&held)[0].starts_with("too many wants were open"));
}

#[test]
fn others_who_want_it_are_told() {
    let mut known = searched();
    known.detail.requesters = vec![PeerId::random(), PeerId::random()];
    known.detail.relayed_to = 3;
    assert_eq!(told_of(&known).facts, ["2 peers want it of this node, forwarded to 3 peers"]);
    (known.detail.want, known.story) = (None, None);
    assert_eq!(told_of(&known).state, "not wanted by this node");
    known.detail.requesters.clear();
    assert!(want::explanation(&cid(), &known).is_none());
}

#[test]
fn next_are_the_engines_own_deadlines_in_their_order() {
    let peer = PeerId::random();
    let mut known = searched();
    change(&mut known, |want| {
        want.asked = vec![ask(peer, true, 0)];
        want.scheduled = vec![(PeerId::random(), ms(12_000))];
        want.times_out_at = Some(ms(61_000));
    });
    let rows = next::of_want(ms(1_000), ms(11_000), known.detail.want.as_ref().unwrap());
    let shown: Vec<_> = rows.iter().map(|row| (row.after_seconds, row.in_seconds)).collect();
    assert_eq!(shown, [(11.0, 1.0), (13.0, 3.0), (14.204, 4.204)]);
    assert_eq!(rows[1].why, "broadcast-then-dht: listening");
    assert_eq!(rows[2].text, format!("give up on {}, ask another", text::short(&peer)));
}

#[test]
fn why_a_block_is_not_here_is_one_sentence() {
    let no = |count| (Happening::Answered(WantKind::Have, AskOutcome::DontHave), count);
    let asked = |count| (Happening::Broadcast(8), count);
    let have = |count| (Happening::Answered(WantKind::Have, AskOutcome::Have), count);
    let left = |count| (Happening::Answered(WantKind::Block, AskOutcome::Disconnected), count);
    let looked = (Happening::LookUpEnded(0), 1);
    let refused = (Happening::DialFailed("connection refused".into()), 1);
    let found = (Happening::Provider(Reached::Dialled), 1);
    for (lines, told) in [
        (vec![asked(8), no(8), looked], "8 connected peers said no, routing knows no provider"),
        (vec![asked(8), no(3)], "3 of 8 connected peers said no"),
        (vec![asked(2), left(1)], "2 connected peers did not answer"),
        (vec![asked(1), left(1)], "1 peer that was asked left"),
        (vec![asked(8), no(3), have(1)], "1 connected peer said HAVE and sent no block"),
        (vec![], "no peer is connected that could be asked"),
        (
            vec![asked(8), no(8), found, refused],
            "8 connected peers said no, \
             of 1 provider found, the last dial failed: connection refused",
        ),
    ] {
        assert_eq!(told_of(&with(lines)).why_not_here.as_deref(), Some(told));
    }
    let block = (Happening::Answered(WantKind::Block, AskOutcome::DontHave), 1);
    let (mut twice, peer) = (with([asked(1), no(1), block]), PeerId::random());
    twice.story.as_mut().unwrap().lines.iter_mut().for_each(|line| line.peers = vec![peer]);
    assert_eq!(told_of(&twice).why_not_here.as_deref(), Some("1 connected peer said no"));
    let mut here = with([asked(1)]);
    here.detail.want = None;
    here.story.as_mut().unwrap().ended = Some((ms(5_000), WantOutcome::Received));
    assert_eq!(told_of(&here).why_not_here, None);
}

#[test]
fn a_peer_that_waits_is_told_what_for_and_until_when() {
    let mut peer = PeerDetail {
        now: ms(2_000),
        key: PeerKey(1),
        connected: None,
        account: None,
        class: bitswap_core::strategy::PeerClass::Other,
        connected_since: Some(ms(0)),
        answer_time: None,
        queued_for_us: 0,
        asked_wants: 0,
        next_timeout_at: None,
        absent: 2,
        queued: 1,
        deferred: 3,
        next_deferral: Some((cid(), ms(4_000))),
        weight: None,
        rank: None,
        rank_reason: "in debt",
        ranked_again_at: Some(ms(9_000)),
        upload_free_at: Some((ms(2_500), true)),
    };
    let mut deferred = line(Happening::Deferred(ms(4_000)), 3);
    deferred.strategy = Some("tit-for-tat".into());
    let story =
        Story { since: ms(0), session: None, ended: None, lines: vec![deferred], left_out: 0 };
    assert_eq!(
        advice::of_peer(&peer, Some(&story)),
        [
            "it waits because of tit-for-tat; see  bitswap ledger",
            "the upload limit is reached: everybody waits",
            "it wants 2 blocks that are not here; it is sent them if they come",
        ]
    );
    let rows = next::of_peer(ms(0), &peer);
    let shown: Vec<_> = rows.iter().map(|row| (row.in_seconds, row.text.as_str())).collect();
    assert_eq!(
        shown,
        [
            (0.5, "the next turn of anybody"),
            (2.0, "decide again about bafkrei…vei4, then 2 others"),
            (7.0, "it is served again"),
        ]
    );
    peer.queued_for_us = 1 << 20;
    assert!(
        advice::of_peer(&peer, None)
            .contains(&"it has 1.00 MiB of answers queued for us".to_owned())
    );
}

fn told_of(known: &CidExplanation) -> Explanation {
    want::explanation(&cid(), known).unwrap()
}
