//! What to make of it: a few rules, each from the real state.

use bitswap_core::StrategyStats;
use bitswap_core::strategy::PartReport;
use bitswap_net::{AskOutcome, CidExplanation, Happening, PeerDetail, Story, WantDetail, WantStep};
use bitswap_service::units::size;

use super::text::{count, peers_of, short};

/// Of a want.
pub(super) fn of_want(known: &CidExplanation) -> Vec<String> {
    let detail = &known.detail;
    let Some(want) = &detail.want else { return Vec::new() };
    let mut advice = Vec::new();
    if known.story.is_none() {
        advice.push("too many wants were open when it began: its story was not kept".to_owned());
    }
    let slow = want.asked.iter().filter(|asked| asked.is_for_block() && asked.queued_for_us > 0);
    for asked in slow.take(2) {
        let (peer, queued) = (short(&asked.peer), size(asked.queued_for_us.into()));
        advice.push(format!("{peer} has {queued} of answers queued for us: it is slow, not gone"));
    }
    let open = want.asked.iter().filter(|asked| asked.open && asked.is_for_block());
    for asked in open.take(2) {
        let peer = short(&asked.peer);
        if asked.asks_in_flight > 1 && asked.queued_for_us == 0 {
            let asks = count(asked.asks_in_flight.into(), "block");
            advice.push(format!("{peer} is asked for {asks} at once"));
        }
        if asked.hops > 0 {
            let hops = count(asked.hops.into(), "hop");
            advice.push(format!("{peer} gets it from others, {hops} away"));
        }
    }
    if let WantStep::HeldBack { .. } = want.step {
        let asks = count(want.session_asks.into(), "other block");
        advice.push(format!("it waits its turn: {asks} of its session are asked for"));
    }
    if want.step == WantStep::Searching && advice.is_empty() {
        advice.extend(of_search(want, detail.peers_connected, known.story.as_ref()));
    }
    advice
}

fn of_search(want: &WantDetail, connected: usize, story: Option<&Story>) -> Option<String> {
    let lines = || story.iter().flat_map(|story| &story.lines);
    let failed = lines().any(|line| matches!(line.what, Happening::DialFailed(_)));
    let reached = lines().any(|line| line.what == Happening::Connected);
    let ended = |outcome: AskOutcome| {
        let is_it =
            |what: &Happening| matches!(what, Happening::Answered(_, how) if *how == outcome);
        story.map_or(0, |story| peers_of(story, is_it))
    };
    let (said_no, silent) = (ended(AskOutcome::DontHave), ended(AskOutcome::TimedOut));
    if want.providers > 0 && failed && !reached {
        return Some("the providers that are known cannot be reached: they may be gone".to_owned());
    }
    if connected == 0 {
        return Some("no peer is connected: name one that has it with  --peer ADDRESS".to_owned());
    }
    if silent > 0 {
        let silent = count(silent, "peer");
        return Some(format!("{silent} did not answer in time; it is asked again later"));
    }
    let is_looked_for = want.search.as_ref().is_some_and(|search| search.lookups > 0);
    (said_no > 0 && want.providers == 0 && is_looked_for).then(|| {
        let said_no = count(said_no, "connected peer");
        format!("{said_no} said no, and no provider is known: name one with  --peer ADDRESS")
    })
}

/// Of a peer.
pub(super) fn of_peer(peer: &PeerDetail, story: Option<&Story>) -> Vec<String> {
    let mut advice = Vec::new();
    if peer.deferred > 0 {
        let lines = story.iter().flat_map(|story| story.lines.iter().rev());
        let policy = lines
            .filter(|line| matches!(line.what, Happening::Deferred(_)))
            .find_map(|line| line.strategy.as_deref());
        let policy = policy.unwrap_or("the ledger policy");
        advice.push(format!("it waits because of {policy}; see  bitswap ledger"));
    }
    if let Some((_, of_node)) = peer.upload_free_at.filter(|_| peer.queued > 0) {
        let who = if of_node { "everybody waits" } else { "this peer waits for its own" };
        advice.push(format!("the upload limit is reached: {who}"));
    }
    if peer.queued_for_us > 0 {
        let queued = size(peer.queued_for_us.into());
        advice.push(format!("it has {queued} of answers queued for us"));
    }
    if peer.absent > 0 {
        let blocks = count(peer.absent as u64, "block");
        advice.push(format!("it wants {blocks} that are not here; it is sent them if they come"));
    }
    advice
}

/// Of scripts that failed so often that they are not asked any more: which, why, and what to do.
pub(super) fn of_scripts(strategies: &[StrategyStats]) -> Vec<String> {
    let mut advice = Vec::new();
    for stats in strategies.iter().filter(|stats| stats.in_use) {
        let tripped = |part: &&PartReport| part.count("breaker_open") == Some(1);
        for part in stats.report.parts().iter().filter(tripped) {
            let (script, role) = (&part.strategy, stats.role);
            advice.push(format!("the script {script} ({role}) fails and is not asked any more"));
            advice.extend(part.examples.last().cloned());
            advice.push(format!("save {script} corrected, or  bitswap strategy use {role} NAME"));
        }
    }
    advice
}
