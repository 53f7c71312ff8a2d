//! An explanation as people read it.

use super::*;

fn row(number: u64, after_seconds: f64, text: &str) -> StoryRow {
    StoryRow {
        number,
        after_seconds,
        last_after_seconds: after_seconds,
        grows_until_seconds: after_seconds + 0.5,
        text: text.to_owned(),
        count: 1,
        peers: Vec::new(),
        strategy: Some("probabilistic".to_owned()),
        reason: Some("may have it".to_owned()),
    }
}

fn told() -> Explanation {
    Explanation {
        kind: "want".to_owned(),
        id: "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4".to_owned(),
        session: Some("17".to_owned()),
        age_seconds: Some(12.4),
        now_seconds: 12.4,
        state: "searched for".to_owned(),
        ended: false,
        ended_seconds_ago: None,
        facts: Vec::new(),
        account: None,
        lines: vec![row(0, 0.0, "wanted"), row(9, 12.2, "asked 12D3Koo…XyAb for the block")],
        left_out: 8,
        next: vec![NextRow {
            after_seconds: 14.204,
            in_seconds: 1.804,
            text: "give up on 12D3Koo…XyAb, ask another".to_owned(),
            why: "its timeout".to_owned(),
        }],
        advice: vec!["it is slow, not gone".to_owned()],
        why_not_here: None,
    }
}

#[test]
fn it_stands_in_columns_and_says_how_much_is_left_out() {
    let shown = "\
want bafkrei…vei4   age 12.4 s   session 17   state: searched for
       0.000  wanted                                        probabilistic: may have it
              … 8 lines are left out …
      12.200  asked 12D3Koo…XyAb for the block              probabilistic: may have it
next  14.204  give up on 12D3Koo…XyAb, ask another          its timeout
advice        it is slow, not gone";
    assert_eq!(whole(&told()), shown);
}

#[test]
fn a_line_that_may_still_grow_waits_and_holds_up_those_after_it() {
    let numbers = |news: Vec<&StoryRow>| news.iter().map(|row| row.number).collect::<Vec<_>>();
    let (mut printed, mut told) = (Printed::default(), told());
    assert!(printed.is_empty());
    assert_eq!(numbers(printed.news(&told)), [0]);
    assert!(!printed.is_empty());
    told.now_seconds = 12.8;
    assert_eq!(numbers(printed.news(&told)), [9]);
    assert_eq!(numbers(printed.news(&told)), [] as [u64; 0]);
    told.lines.push(row(10, 12.8, "received"));
    told.ended = true;
    assert_eq!(numbers(printed.news(&told)), [10], "there is no more to come");
}
