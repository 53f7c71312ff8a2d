//! The explanation of a want.

use bitswap_net::{
    AskOutcome, CidDetail, CidExplanation, Happening, Reached, Story, WantDetail, WantOutcome,
    WantStep,
};
use bitswap_service::units::size;
use cid::Cid;

use super::text::{count, ended, of_want, peers_of, short};
use super::{advice, next, rows};
use crate::forms::Explanation;

/// What there is to say of a CID; `None` = this node does not want it, and did not lately.
pub(super) fn explanation(cid: &Cid, known: &CidExplanation) -> Option<Explanation> {
    let (detail, story) = (&known.detail, known.story.as_ref());
    let want = detail.want.as_ref();
    if want.is_none() && story.is_none() && detail.requesters.is_empty() {
        return None;
    }
    let since = story.map(|story| story.since).or_else(|| want.map(|want| want.since));
    let since = since.unwrap_or(detail.now);
    let over = story.and_then(|story| story.ended).filter(|_| want.is_none());
    let until = over.map_or(detail.now, |(at, _)| at);
    let session = story.and_then(|story| story.session).or_else(|| want.map(|want| want.session));
    Some(Explanation {
        kind: "want".to_owned(),
        id: cid.to_string(),
        session: session.map(|session| session.0.to_string()),
        age_seconds: Some(until.since(since).as_secs_f64()),
        now_seconds: detail.now.since(since).as_secs_f64(),
        state: want.map_or_else(|| end_of(story), state),
        ended: want.is_none() && detail.relayed_to == 0,
        ended_seconds_ago: over.map(|(at, _)| detail.now.since(at).as_secs_f64()),
        facts: others(detail).into_iter().collect(),
        account: None,
        lines: rows(story, of_want),
        left_out: story.map_or(0, |story| story.left_out),
        next: want.map(|want| next::of_want(since, detail.now, want)).unwrap_or_default(),
        advice: advice::of_want(known),
        why_not_here: why_not_here(known),
    })
}

/// The peers that want it of this node, and what is done for them.
fn others(detail: &CidDetail) -> Option<String> {
    let peers = match detail.requesters.as_slice() {
        [] => return None,
        [one] => format!("{} wants it of this node", short(one)),
        more => format!("{} want it of this node", count(more.len() as u64, "peer")),
    };
    Some(match detail.relayed_to {
        0 => peers,
        to => format!("{peers}, forwarded to {}", count(to as u64, "peer")),
    })
}

fn end_of(story: Option<&Story>) -> String {
    if story.is_none_or(|story| story.session.is_none()) {
        return "not wanted by this node".to_owned();
    }
    let outcome = story.and_then(|story| story.ended).map(|(_, outcome)| outcome);
    // What stands after a colon explains it, and has its place in the story.
    let state = outcome.map_or("over", ended).split(':').next();
    state.unwrap_or_default().to_owned()
}

fn state(want: &WantDetail) -> String {
    let open = want.asked.iter().filter(|asked| asked.open);
    let blocks: Vec<_> = open.clone().filter(|asked| asked.is_for_block()).collect();
    match want.step {
        WantStep::Asked => match blocks.as_slice() {
            [] => "about to be asked for".to_owned(),
            [one] if one.ahead_bytes > 0 => {
                format!("queued at {} behind {}", short(&one.peer), size(one.ahead_bytes))
            }
            [one] => format!("waiting for {}", short(&one.peer)),
            more => format!("waiting for {}", count(more.len() as u64, "peer")),
        },
        WantStep::HeldBack { .. } => "held back while others of its session are asked for".into(),
        WantStep::OwnStore => "looked for in the store".to_owned(),
        WantStep::Searching => match open.count() {
            0 => "searched for".to_owned(),
            silent => format!("searched for, {} silent", count(silent as u64, "peer")),
        },
        WantStep::Undecided => "about to be decided".to_owned(),
    }
}

/// Why nobody has a CID, from what happened; `None` = nothing is known.
fn why_not_here(known: &CidExplanation) -> Option<String> {
    let story = known.story.as_ref().filter(|story| story.session.is_some())?;
    let has_come = |(_, outcome)| matches!(outcome, WantOutcome::Local | WantOutcome::Received);
    if story.ended.is_some_and(has_come) {
        return None;
    }
    let sum = |is: fn(&Happening) -> bool| -> u64 {
        story.lines.iter().filter(|line| is(&line.what)).map(|line| line.count).sum()
    };
    let asked =
        peers_of(story, |what| matches!(what, Happening::Broadcast(_) | Happening::Asked(_)));
    let answered =
        |how| peers_of(story, move |what| matches!(what, Happening::Answered(_, it) if *it == how));
    let answers = [AskOutcome::DontHave, AskOutcome::Have, AskOutcome::Disconnected];
    let [no, have, left] = answers.map(answered);
    let found = sum(|what| matches!(what, Happening::Provider(_)));
    let dialled = sum(|what| matches!(what, Happening::Provider(Reached::Dialled)));
    let mut parts = vec![match (asked, no) {
        (0, _) => "no peer is connected that could be asked".to_owned(),
        _ if have > 0 => format!("{} said HAVE and sent no block", count(have, "connected peer")),
        (asked, no) if no >= asked => format!("{} said no", count(no, "connected peer")),
        (asked, 0) if left >= asked => format!("{} left", count(asked, "peer that was asked")),
        (asked, 0) => format!("{} did not answer", count(asked, "connected peer")),
        (asked, no) => format!("{no} of {} said no", count(asked, "connected peer")),
    }];
    let refused = story.lines.iter().rev().find_map(|line| {
        let Happening::DialFailed(cause) = &line.what else { return None };
        Some(cause)
    });
    let looked = sum(|what| matches!(what, Happening::LookUpEnded(_)));
    match (found, refused) {
        (0, _) if looked > 0 => parts.push("routing knows no provider".to_owned()),
        (0, _) => {}
        (found, Some(cause)) if dialled > 0 => {
            parts.push(format!(
                "of {} found, the last dial failed: {cause}",
                count(found, "provider")
            ));
        }
        (found, _) => parts.push(format!("{} did not have it", count(found, "provider"))),
    }
    Some(parts.join(", "))
}
