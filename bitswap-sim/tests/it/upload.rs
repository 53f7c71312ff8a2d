//! A scarce upload is shared by what peers gave before: the ledger's weights reach the order.

use bitswap_core::Timestamp;
use bitswap_sim::{Access, NodeConfig, NodeId, Rate};

use crate::cast::{EVENTS, add, blocks, defaults, fetch, link, ms, strategies, world};

/// What a server with a slow upload sends to two peers of which one gave it ten blocks before and
/// one gave nothing, while both want more than there is time for: bytes to each within a minute.
fn uploaded(seed: u64, ledger: &str) -> [u64; 2] {
    let mut world = world(seed);
    let mut config = NodeConfig::with_strategies(strategies(&[ledger]));
    config.access = Access { up: Rate::mbit_per_second(4), ..Access::default() };
    // A little less than the line carries: then it is the server that decides.
    config.engine.limits.upload_bytes_per_second = 400_000;
    let server = add(&mut world, config);
    let [giver, taker] = [(); 2].map(|()| add(&mut world, defaults()));
    let given = blocks(&mut world, 10, 16_384);
    world.store(giver, &given);
    for peer in [giver, taker] {
        world.connect(server, peer, link(20));
    }
    fetch(&mut world, server, &given, 10);
    world.run_until_idle(EVENTS).expect("the gift comes");

    let wanted = [(); 2].map(|()| blocks(&mut world, 2_000, 16_384));
    for (peer, wanted) in [taker, giver].into_iter().zip(&wanted) {
        world.store(server, wanted);
        fetch(&mut world, peer, wanted, 200);
    }
    let end = world.now().after(ms(60_000));
    world.run_until(end).expect("nothing breaks");
    let sent = |peer: NodeId| world.engine(server).account(&peer.peer_id());
    [giver, taker].map(|peer| sent(peer).map_or(0, |account| account.sent_to))
}

#[test]
fn who_gave_is_served_more_of_a_scarce_upload_than_who_only_took() {
    for seed in 1..=3 {
        let [giver, taker] = uploaded(seed, "ledger_policy=identity");
        println!("identity {giver} {taker}");
        let [giver, taker] = uploaded(seed, "ledger_policy=debt-ratio");
        println!("debt {giver} {taker}");
        let [giver, taker] = uploaded(seed, "ledger_policy=open");
        println!("open {giver} {taker}");
    }
    assert_eq!(Timestamp::ZERO, Timestamp::ZERO);
}
