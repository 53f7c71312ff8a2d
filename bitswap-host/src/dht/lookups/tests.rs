//! Look-ups have bounds, and end when nobody waits for them.

use std::sync::Arc;

use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use super::Lookups;
use crate::addresses::Withheld;
use crate::dht::{DhtConfig, DhtMode, Dhts};
use crate::handle::{DhtError, FindProviders, Sought, TAKEN};

type End = oneshot::Receiver<Result<(), DhtError>>;

/// A look-up, and its other end.
fn look_up(lookups: &mut Lookups, dhts: &mut Dhts, number: usize) -> End {
    let (found, _) = mpsc::channel(TAKEN);
    let (ended, end) = oneshot::channel();
    let what = Sought::Providers(RecordKey::from(number.to_be_bytes().to_vec()));
    lookups.start(dhts, FindProviders { what, most: 10, found, ended });
    end
}

/// DHTs that know a peer, which nobody dials.
fn dhts(us: PeerId) -> Dhts {
    let peer: Multiaddr = format!("/ip4/127.0.0.1/tcp/1/p2p/{}", PeerId::random()).parse().unwrap();
    let (mode, bootstrap) = (DhtMode::Lan, vec![peer]);
    Dhts::new(
        us,
        Some(&DhtConfig {
            mode,
            listens: false,
            bootstrap,
            known: Vec::new(),
            router: Arc::default(),
        }),
        &Withheld::default(),
    )
}

#[tokio::test]
async fn look_ups_at_once_are_bounded_and_one_that_nobody_waits_for_makes_room() {
    let us = PeerId::random();
    let (mut dhts, mut lookups) = (dhts(us), Lookups::new(us));
    let mut open: Vec<_> =
        (0..Lookups::AT_ONCE).map(|number| look_up(&mut lookups, &mut dhts, number)).collect();
    assert!(open.iter_mut().all(|end| end.try_recv().is_err()));
    let refused = look_up(&mut lookups, &mut dhts, 99).await.unwrap();
    assert_eq!(refused, Err(DhtError::Busy(Lookups::AT_ONCE)));

    drop(open.swap_remove(5));
    let abandoned = lookups.abandoned().await;
    assert_eq!(abandoned, 5);
    lookups.stop(&mut dhts, abandoned);

    look_up(&mut lookups, &mut dhts, 100).try_recv().unwrap_err();
}
