//! What becomes of reasons.

use std::ptr;

use super::*;

#[test]
fn a_reason_said_twice_is_kept_once() {
    let mut reasons = Reasons::default();
    let (first, again) = (reasons.lasting("is fast"), reasons.lasting("is fast"));

    assert_eq!(first, Ok("is fast"));
    assert!(ptr::eq(first.unwrap(), again.unwrap()));
}

#[test]
fn beyond_the_bound_all_reasons_are_one() {
    let mut reasons = Reasons::default();
    for number in 0..MOST {
        assert_eq!(
            reasons.lasting(&format!("reason {number}")).unwrap(),
            format!("reason {number}")
        );
    }

    assert_eq!(reasons.lasting("one more"), Ok(TOO_MANY));
    assert_eq!(reasons.lasting("reason 7"), Ok("reason 7"));
}

#[test]
fn sentences_and_silence_are_no_reasons() {
    let long = "x".repeat(LONGEST + 1);
    for text in ["", "  ", "because it is so fast", Ctx::UNSAID, &long] {
        assert!(Reasons::default().lasting(text).is_err(), "{text:?}");
    }
}
