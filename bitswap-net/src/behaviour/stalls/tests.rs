//! Who is asked for a sign of life, and who is dialled beside.

use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn who_falls_silent_is_asked_for_a_sign_of_life_and_without_one_dialled_beside() {
    let (mut stalls, peer) = heard();
    advance(LOOK).await;
    assert!(stalls.look(|_| true).is_empty());
    advance(SILENCE).await;
    assert!(matches!(stalls.look(|_| true)[..], [(_, Step::Probe(id))] if id == old()));
    advance(SILENCE).await;
    assert!(matches!(stalls.look(|_| true)[..], [(who, Step::Dial)] if who == peer));
}

#[tokio::test(start_paused = true)]
async fn who_gives_a_sign_of_life_is_let_alone_for_a_while_and_a_dial_is_surplus() {
    let (mut stalls, peer) = dialled().await;
    stalls.lives(peer, old());
    assert_eq!(stalls.connected(peer, new()), Some(Beside::Surplus));
    assert_eq!(stalls.connected(peer, new()), None, "it was dialled by others");
    advance(AGAIN / 2).await;
    assert!(stalls.look(|_| true).is_empty());
    advance(AGAIN / 2).await;
    assert!(matches!(stalls.look(|_| true)[..], [(_, Step::Probe(id))] if id == old()), "again");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_shows_its_pieces_seldom_is_not_replaced_for_ever() {
    let (mut stalls, peer) = heard();
    let (mut waited, mut replaced) = (Duration::ZERO, 0);
    while waited < 12 * SILENCE && replaced < 9 {
        advance(SILENCE).await;
        waited += SILENCE;
        if matches!(stalls.look(|_| true)[..], [(_, Step::Dial)]) {
            stalls.watched.get_mut(&peer).unwrap().dial = Some(new());
            assert!(matches!(stalls.connected(peer, new()), Some(Beside::Replaces(_))));
            (waited, replaced) = (Duration::ZERO, replaced + 1);
        }
    }
    assert_eq!(replaced, 1, "then a piece has come");
}

#[tokio::test(start_paused = true)]
async fn who_owes_nothing_is_not_looked_at() {
    let (mut stalls, _) = heard();
    advance(AGAIN).await;
    assert!(stalls.look(|_| false).is_empty());
    assert!(!stalls.timer.is_set());
}

fn old() -> ConnectionId {
    ConnectionId::new_unchecked(1)
}

fn new() -> ConnectionId {
    ConnectionId::new_unchecked(2)
}

fn heard() -> (Stalls, PeerId) {
    let (mut stalls, peer) = (Stalls::default(), PeerId::random());
    stalls.heard((peer, old()), true);
    (stalls, peer)
}

/// A peer that was silent, gave no sign of life, and is being dialled beside.
async fn dialled() -> (Stalls, PeerId) {
    let (mut stalls, peer) = heard();
    advance(SILENCE).await;
    assert_eq!(stalls.look(|_| true).len(), 1);
    stalls.watched.get_mut(&peer).unwrap().dial = Some(new());
    (stalls, peer)
}
