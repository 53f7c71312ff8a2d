//! When a connection asks for its first stream again, and what it tells when it closes.

use std::future::poll_fn;
use std::time::Duration;

use libp2p::core::UpgradeInfo as _;
use libp2p::swarm::StreamProtocol;
use tokio::time::{Instant, timeout};

use super::*;
use crate::download::Downloads;
use crate::handler::hashing::tests::frame;
use crate::throttle::Throttles;

type Error = StreamUpgradeError<Infallible>;

/// Ends the negotiation that is under way like this, and tells what is reported.
async fn fail(handler: &mut Handler, error: Error) -> HandlerEvent {
    let failure = DialUpgradeError { info: Some(Lane::Control), error };
    handler.on_connection_event(ConnectionEvent::DialUpgradeError(failure));
    let event = poll_fn(|cx| handler.poll(cx)).await;
    let ConnectionHandlerEvent::NotifyBehaviour(event) = event else { panic!("{event:?}") };
    event
}

/// After how many seconds a stream is asked for, if one is within ten seconds.
async fn asks_after(handler: &mut Handler) -> Option<u64> {
    let start = Instant::now();
    let event = timeout(Duration::from_secs(10), poll_fn(|cx| handler.poll(cx))).await.ok()?;
    assert!(matches!(event, ConnectionHandlerEvent::OutboundSubstreamRequest { .. }), "{event:?}");
    Some(start.elapsed().as_secs())
}

fn handler() -> Handler {
    let budget = FrameBudget::of(1024 * 1024).for_connection();
    let peer = libp2p::PeerId::random();
    let (throttle, download) = (Throttles::default().of(peer), Downloads::default().of(peer));
    Handler::new(OpenHashes::default(), throttle, download, budget)
}

async fn started() -> Handler {
    let mut handler = handler();
    assert_eq!(asks_after(&mut handler).await, Some(0));
    handler
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_gives_no_answer_is_asked_again_after_ever_longer_pauses() {
    let mut handler = started().await;
    for pause in [1, 2, 4] {
        let event = fail(&mut handler, Error::Timeout).await;
        assert!(matches!(event, HandlerEvent::NoStream), "{event:?}");
        assert_eq!(asks_after(&mut handler).await, Some(pause));
    }
    fail(&mut handler, Error::Io(std::io::ErrorKind::UnexpectedEof.into())).await;
    handler.on_behaviour_event(HandlerCommand::Open);
    assert_eq!(asks_after(&mut handler).await, Some(0), "it is needed");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_refuses_bitswap_is_asked_again_when_it_lists_it() {
    let mut handler = started().await;
    let event = fail(&mut handler, Error::NegotiationFailed).await;
    assert!(matches!(event, HandlerEvent::Unsupported), "{event:?}");
    assert_eq!(asks_after(&mut handler).await, None);
    let ping = StreamProtocol::new("/ipfs/ping/1.0.0");
    handler.list([ping.clone()].into_iter());
    assert_eq!(asks_after(&mut handler).await, None);
    let bitswap = StreamProtocol::new("/ipfs/bitswap/1.2.0");
    handler.list([ping, bitswap].into_iter());
    assert_eq!(asks_after(&mut handler).await, Some(0));
    let event = fail(&mut handler, Error::NegotiationFailed).await;
    assert!(matches!(event, HandlerEvent::NoStream), "it was cut off, not refused: {event:?}");
    assert_eq!(asks_after(&mut handler).await, Some(2));
}

/// How many dialects the next stream for blocks offers.
async fn offers_for_a_block(handler: &mut Handler) -> usize {
    let message = Message::default();
    handler.on_behaviour_event(HandlerCommand::Send {
        lane: Lane::Blocks,
        send: SendId(1),
        message,
    });
    let event = poll_fn(|cx| handler.poll(cx)).await;
    let ConnectionHandlerEvent::OutboundSubstreamRequest { protocol } = event else {
        panic!("{event:?}")
    };
    protocol.upgrade().protocol_info().count()
}

#[tokio::test(start_paused = true)]
async fn a_block_is_sent_along_to_a_peer_of_our_dialect_until_a_stream_fails() {
    let mut handler = started().await;
    handler.capabilities = Some(ProtocolVersion::Relay);
    assert_eq!(offers_for_a_block(&mut handler).await, 1);

    let failure = DialUpgradeError { info: Some(Lane::Blocks), error: Error::Timeout };
    handler.on_connection_event(ConnectionEvent::DialUpgradeError(failure));
    let event = poll_fn(|cx| handler.poll(cx)).await;
    assert!(matches!(event, ConnectionHandlerEvent::NotifyBehaviour(HandlerEvent::NotSent(_))));
    assert_eq!(offers_for_a_block(&mut handler).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_block_for_a_peer_of_another_dialect_waits_until_its_stream_is_accepted() {
    let mut handler = started().await;
    handler.capabilities = Some(ProtocolVersion::V1_2);
    assert_eq!(offers_for_a_block(&mut handler).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_used_offers_nothing_asks_for_nothing_and_may_go() {
    let mut handler = handler().refusing();
    handler.list([StreamProtocol::new("/ipfs/bitswap/1.2.0")].into_iter());
    assert_eq!(asks_after(&mut handler).await, None);
    assert_eq!(handler.listen_protocol().upgrade().protocol_info().count(), 0);
    assert!(!handler.connection_keep_alive());
}

/// The first frame is hashed in a task of its own.
#[tokio::test]
async fn what_was_read_before_a_connection_closes_is_told() {
    let mut handler = handler();
    for bytes in [300_000, 2] {
        handler.heard(ProtocolVersion::V1_2, Ok(frame(bytes)));
    }
    let mut told = 0;
    while let Some(event) = poll_fn(|cx| handler.poll_close(cx)).await {
        told += usize::from(matches!(event, HandlerEvent::Received { .. }));
    }
    assert_eq!(told, 2);
}
