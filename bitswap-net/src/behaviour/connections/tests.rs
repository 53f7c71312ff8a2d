//! When a peer is there, changed, and gone.

use super::*;

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;

struct World {
    connections: Connections,
    peer: PeerId,
}

impl World {
    fn new() -> Self {
        Self { connections: Connections::default(), peer: PeerId::random() }
    }

    fn open(&mut self, id: usize) -> ConnectionId {
        let id = ConnectionId::new_unchecked(id);
        self.connections.opened(self.peer, id, None);
        id
    }

    fn open_speaking(&mut self, id: usize) -> ConnectionId {
        let id = self.open(id);
        self.connections.capabilities(self.peer, id, PROTOCOL);
        id
    }

    fn hear(&mut self, id: usize, protocol: ProtocolVersion) -> Option<Input> {
        self.connections.heard(self.peer, ConnectionId::new_unchecked(id), protocol)
    }

    fn connected(&self, protocol: ProtocolVersion) -> Input {
        Input::PeerConnected {
            peer: self.peer,
            capabilities: PeerCapabilities { protocol, lanes: Lanes::Two },
        }
    }
}

#[test]
fn a_peer_is_known_when_it_turns_out_to_listen_and_not_before() {
    let mut world = World::new();
    let id = world.open(1);
    assert!(!world.connections.knows(world.peer));
    let news = world.connections.capabilities(world.peer, id, PROTOCOL);
    assert_eq!(news, Some(world.connected(PROTOCOL)));
    assert!(world.connections.knows(world.peer));
}

#[test]
fn a_message_makes_its_sender_known_and_its_stream_corrects_the_dialect() {
    let mut world = World::new();
    let id = world.open(1);
    let news = world.hear(1, ProtocolVersion::V1_1);
    assert_eq!(news, Some(world.connected(ProtocolVersion::V1_1)));
    assert_eq!(world.hear(1, ProtocolVersion::V1_0), None);
    let news = world.connections.capabilities(world.peer, id, PROTOCOL);
    let capabilities = PeerCapabilities { protocol: PROTOCOL, lanes: Lanes::Two };
    assert_eq!(news, Some(Input::PeerChanged { peer: world.peer, capabilities }));
}

#[test]
fn the_oldest_connection_carries_and_its_end_is_a_reset() {
    let mut world = World::new();
    let (first, second) = (world.open_speaking(1), world.open_speaking(2));
    assert_eq!(world.connections.preferred_connection(world.peer), Some(first));
    world.connections.writing(world.peer, SendId(7), first);
    let news = world.connections.closed(world.peer, first);
    let peer = world.peer;
    let expected = [Input::SendFailed { peer, send: SendId(7) }, Input::PeerReset { peer }];
    assert_eq!(news, expected);
    assert_eq!(world.connections.preferred_connection(world.peer), Some(second));
    assert!(!world.connections.settled(world.peer, SendId(7)));
}

#[test]
fn no_message_overtakes_another_when_an_older_connection_is_negotiated_later() {
    let mut world = World::new();
    let (older, newer) = (world.open(1), world.open_speaking(2));
    world.connections.writing(world.peer, SendId(7), newer);
    world.connections.capabilities(world.peer, older, PROTOCOL);
    assert_eq!(world.connections.preferred_connection(world.peer), Some(newer));
}

#[test]
fn no_message_overtakes_one_that_waits_for_its_connection_to_be_negotiated() {
    let mut world = World::new();
    let (older, newer) = (world.open(1), world.open(2));
    world.hear(1, PROTOCOL);
    world.connections.writing(world.peer, SendId(7), older);
    world.connections.capabilities(world.peer, newer, PROTOCOL);
    assert_eq!(world.connections.preferred_connection(world.peer), Some(older));
}

#[test]
fn a_refusal_of_the_preferred_connection_is_a_reset_and_the_next_one_tells_its_dialect() {
    let mut world = World::new();
    let (peer, first, second) = (world.peer, world.open_speaking(1), world.open(2));
    world.connections.capabilities(peer, second, ProtocolVersion::V1_1);
    let capabilities = PeerCapabilities { protocol: ProtocolVersion::V1_1, lanes: Lanes::Two };
    let changed = Input::PeerChanged { peer, capabilities };
    let news = world.connections.unsupported(peer, first);
    assert_eq!(news, [Some(changed), Some(Input::PeerReset { peer })]);
    assert_eq!(world.connections.preferred_connection(peer), Some(second));
}

#[test]
fn a_connection_that_never_carried_is_left_without_a_reset() {
    let mut world = World::new();
    let (peer, first, second) = (world.peer, world.open(1), world.open(2));
    world.hear(1, PROTOCOL);
    world.connections.writing(peer, SendId(7), first);
    world.connections.capabilities(peer, second, PROTOCOL);
    assert_eq!(world.connections.no_stream(peer, first), [None, None]);
    assert_eq!(world.connections.preferred_connection(peer), Some(second));
}

#[test]
fn the_end_of_a_connection_that_does_not_carry_is_no_news() {
    let mut world = World::new();
    world.open_speaking(1);
    let second = world.open_speaking(2);
    assert_eq!(world.connections.closed(world.peer, second), []);
}

#[test]
fn the_end_of_the_last_connection_is_the_end_of_the_peer() {
    let mut world = World::new();
    let id = world.open_speaking(1);
    world.connections.writing(world.peer, SendId(7), id);
    let news = world.connections.closed(world.peer, id);
    assert_eq!(news, [Input::PeerDisconnected { peer: world.peer }]);
    assert!(!world.connections.settled(world.peer, SendId(7)));
}

#[test]
fn a_connection_that_listens_carries_rather_than_an_older_one_that_does_not() {
    let mut world = World::new();
    let first = world.open(1);
    world.connections.unsupported(world.peer, first);
    let second = world.open_speaking(2);
    assert_eq!(world.connections.preferred_connection(world.peer), Some(second));
}

#[test]
fn a_peer_that_talks_but_does_not_listen_is_gone() {
    let mut world = World::new();
    let id = world.open(1);
    world.hear(1, PROTOCOL);
    let news = world.connections.unsupported(world.peer, id);
    assert_eq!(news, [Some(Input::PeerDisconnected { peer: world.peer }), None]);
    assert_eq!(world.hear(1, PROTOCOL), None);
}

#[test]
fn a_peer_that_leaves_before_it_listened_was_never_there() {
    let mut world = World::new();
    let id = world.open(1);
    assert_eq!(world.connections.closed(world.peer, id), []);
}

#[test]
fn waiting_for_a_peer_ends_when_it_does_not_listen_or_leaves_or_cannot_be_reached() {
    let mut world = World::new();
    let peer = world.peer;
    assert_eq!(world.connections.connect(peer), (true, None));
    assert_eq!(world.connections.not_connected(peer), Some(Input::DialFailed { peer }));
    assert_eq!(world.connections.not_connected(peer), None);

    world.connections.connect(peer);
    let id = world.open(1);
    assert_eq!(world.connections.not_connected(peer), None);
    assert_eq!(world.connections.unsupported(peer, id), [Some(Input::DialFailed { peer }), None]);
    assert_eq!(world.connections.connect(peer), (false, Some(Input::DialFailed { peer })));
    world.connections.closed(peer, id);

    world.connections.connect(peer);
    let id = world.open(2);
    assert_eq!(world.connections.connect(peer), (false, None));
    assert_eq!(world.connections.closed(peer, id), [Input::DialFailed { peer }]);

    world.connections.connect(peer);
    let id = world.open_speaking(3);
    assert_eq!(world.connections.closed(peer, id), [Input::PeerDisconnected { peer }]);
}

#[test]
fn one_lane_is_remembered_as_long_as_the_peer_stays() {
    let mut world = World::new();
    let id = world.open(1);
    assert_eq!(world.connections.one_lane(world.peer), None);
    let news = world.connections.capabilities(world.peer, id, PROTOCOL);
    let capabilities = PeerCapabilities { protocol: PROTOCOL, lanes: Lanes::One };
    assert_eq!(news, Some(Input::PeerConnected { peer: world.peer, capabilities }));
    assert_eq!(world.connections.one_lane(world.peer), None);
    world.connections.closed(world.peer, id);
    let id = world.open(2);
    let news = world.connections.capabilities(world.peer, id, PROTOCOL);
    assert_eq!(news, Some(world.connected(PROTOCOL)));
}

#[test]
fn nobody_waits_for_a_peer_that_gave_no_answer_and_one_who_needs_it_has_it_asked_at_once() {
    let mut world = World::new();
    let peer = world.peer;
    world.connections.connect(peer);
    let id = world.open(1);
    assert_eq!(world.connections.no_stream(peer, id), [Some(Input::DialFailed { peer }), None]);
    assert_eq!(world.connections.take_silent(peer), [id]);
    assert_eq!(world.connections.connect(peer), (false, None));
    assert_eq!(world.connections.take_silent(peer), [], "it is being asked");
    let news = world.connections.capabilities(peer, id, PROTOCOL);
    assert_eq!(news, Some(world.connected(PROTOCOL)));
}

#[test]
fn a_peer_that_talks_stays_although_no_stream_to_it_came_about_yet() {
    let mut world = World::new();
    let id = world.open(1);
    world.hear(1, PROTOCOL);
    assert_eq!(world.connections.no_stream(world.peer, id), [None, None]);
    assert!(world.connections.knows(world.peer));
    assert_eq!(world.connections.preferred_connection(world.peer), Some(id));
}

#[tokio::test(start_paused = true)]
async fn who_says_all_its_wants_elsewhere_after_a_silence_is_written_to_there_once_it_listens() {
    let mut world = World::new();
    let (peer, old) = (world.peer, world.open_speaking(1));
    world.hear(1, PROTOCOL);
    let new = world.open(2);
    world.connections.writing(peer, SendId(7), old);
    let moved = |world: &mut World, id| {
        world.connections.moved(peer, id);
        world.connections.take_over(peer, id)
    };
    tokio::time::advance(LEFT).await;
    assert_eq!(moved(&mut world, new), None, "each end may have opened one");

    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(moved(&mut world, old), None, "it says them where it always did");
    assert_eq!(moved(&mut world, new), None, "it does not listen there yet");
    world.connections.capabilities(peer, new, PROTOCOL);
    let failed = Input::SendFailed { peer, send: SendId(7) };
    let inputs = vec![failed, Input::PeerReset { peer }];
    assert_eq!(world.connections.take_over(peer, new), Some((old, inputs)));
    assert_eq!(world.connections.preferred_connection(peer), Some(new));
    assert_eq!(moved(&mut world, old), None, "not back to an older one");
}
