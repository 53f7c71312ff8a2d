//! Who is asked for a sign of life, and who is dialled beside.

use tokio::time::advance;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn who_falls_silent_is_asked_for_a_sign_of_life_and_without_one_dialled_beside() {
    let (mut stalls, peer, id) = heard();
    advance(SILENCE - Duration::from_millis(1)).await;
    assert!(stalls.look(|_| true).is_empty());
    advance(Duration::from_millis(1)).await;
    assert!(matches!(stalls.look(|_| true)[..], [(_, Step::Probe(old))] if old == id));
    advance(SILENCE).await;
    assert!(matches!(stalls.look(|_| true)[..], [(who, Step::Dial)] if who == peer));
}

#[tokio::test(start_paused = true)]
async fn who_gives_a_sign_of_life_is_let_alone_for_a_while() {
    let (mut stalls, peer, id) = heard();
    advance(SILENCE).await;
    assert_eq!(stalls.look(|_| true).len(), 1);
    stalls.lives(peer, id);
    advance(AGAIN - SECOND).await;
    assert!(stalls.look(|_| true).is_empty());
    advance(SECOND).await;
    assert!(matches!(stalls.look(|_| true)[..], [(_, Step::Probe(_))]), "again");
}

#[tokio::test(start_paused = true)]
async fn whose_pieces_come_seldom_is_given_longer_and_who_owes_nothing_is_forgotten() {
    let (mut stalls, peer, id) = heard();
    advance(3 * SECOND).await;
    stalls.heard(peer, id);
    advance(5 * SECOND).await;
    assert!(stalls.look(|_| true).is_empty());
    advance(SECOND).await;
    assert!(stalls.look(|_| false).is_empty());
    assert!(stalls.look(|_| true).is_empty());
}

fn heard() -> (Stalls, PeerId, ConnectionId) {
    let (mut stalls, peer) = (Stalls::default(), PeerId::random());
    let id = ConnectionId::new_unchecked(1);
    stalls.heard(peer, id);
    (stalls, peer, id)
}
