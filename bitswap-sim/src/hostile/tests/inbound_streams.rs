//! What a connection makes of bytes.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::wire::ProtocolVersion;

use crate::hostile::InboundStreams;

/// A frame of one empty wantlist.
const FRAME: [u8; 3] = [2, 0x0a, 0];

#[test]
fn frames_are_heard_however_they_are_cut() {
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    let both = [FRAME, FRAME].concat();
    let heard: usize = both.iter().map(|byte| streams.receive(at(0), 1, &[*byte]).len()).sum();
    assert_eq!(heard, 2);
    assert_eq!(streams.receive(at(0), 1, &both).len(), 2);
    assert_eq!((streams.streams(), streams.held_bytes()), (1, 0));
}

#[test]
fn what_is_no_frame_costs_its_stream_and_no_other() {
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    assert_eq!(streams.receive(at(0), 1, &FRAME[..2]).len(), 0);
    let heard = streams.receive(at(0), 2, &[0xff; 9]);
    assert!(matches!(heard[..], [Err(_)]), "{heard:?}");
    assert_eq!(streams.receive(at(0), 2, &FRAME).len(), 0, "the stream is gone");
    assert_eq!(streams.receive(at(0), 1, &FRAME[2..]).len(), 1);
}

#[test]
fn a_frame_that_takes_too_long_costs_its_stream() {
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    assert!(streams.receive(at(0), 1, &FRAME).iter().all(Result::is_ok));
    streams.receive(at(20), 1, &FRAME[..1]);
    streams.receive(at(39), 1, &FRAME[1..2]);
    assert_eq!(streams.receive(at(41), 1, &FRAME[2..]).len(), 0);
    assert_eq!(streams.streams(), 0);
}

#[test]
fn of_too_many_streams_the_longest_idle_makes_room_and_a_busy_one_never() {
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    for stream in 0..16 {
        streams.receive(at(u64::from(stream)), stream, &[]);
    }
    streams.receive(at(16), 0, &FRAME[..1]);
    streams.receive(at(17), 16, &FRAME[..1]);
    assert_eq!(streams.streams(), 16);
    assert_eq!(streams.receive(at(17), 1, &FRAME).len(), 0, "it made room");
    assert_eq!(streams.receive(at(17), 0, &FRAME[1..]).len(), 1);

    for stream in (0..100).filter(|stream| *stream != 16) {
        streams.receive(at(18), stream, &FRAME[..1]);
    }
    assert_eq!((streams.streams(), streams.held_bytes()), (16, 16), "all are busy");
}

#[test]
fn a_closed_stream_holds_nothing() {
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    streams.receive(at(0), 1, &FRAME[..2]);
    streams.close(1);
    assert_eq!((streams.streams(), streams.held_bytes()), (0, 0));
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_secs(seconds))
}
