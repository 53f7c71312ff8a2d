//! A scarce upload is shared by what peers gave before: the ledger's weights reach the order.

use bitswap_sim::{Access, NodeConfig, NodeId, Rate};

use crate::cast::{EVENTS, add, blocks, defaults, fetch, link, ms, strategies, world};

/// What the giver gave before: ten blocks.
const GIFT: u64 = 10 * 256 * 1_024;
const BLOCK: u64 = 16 * 1_024;
/// Blocks that an upload limit lets leave at once.
const BURST: usize = 64;

#[test]
fn who_gave_is_served_more_of_a_scarce_upload_than_who_only_took() {
    for seed in 1..=3 {
        let [giver, taker] = uploaded(seed, "ledger_policy=debt-ratio");
        let expected = by_weights(giver + taker);

        assert!(giver > taker * 13 / 10, "{giver} to the giver, {taker} to the taker");
        assert!(giver.abs_diff(expected) <= expected / 20, "{giver} to the giver, not {expected}");
    }
}

#[test]
fn a_ledger_that_weighs_all_alike_shares_a_scarce_upload_evenly() {
    for seed in 1..=3 {
        let [giver, taker] = uploaded(seed, "ledger_policy=open");

        assert!(giver.abs_diff(taker) <= 4 * BLOCK, "{giver} to the giver, {taker} to the taker");
    }
}

/// Bytes that a server with a slow upload sends within ten seconds to a peer that gave something
/// before and to one that gave nothing. Both want more than that, and the taker asks first.
fn uploaded(seed: u64, ledger: &str) -> [u64; 2] {
    let mut world = world(seed);
    let mut config = NodeConfig::with_strategies(strategies(&[ledger]));
    config.access = Access { up: Rate::mbit_per_second(40), ..Access::default() };
    // Less than the line carries: then it is the server that decides.
    config.engine.limits.upload_bytes_per_second = 400_000;
    let server = add(&mut world, config);
    let [giver, taker] = [(); 2].map(|()| add(&mut world, defaults()));
    let gift = blocks(&mut world, 10, GIFT as usize / 10);
    world.store(giver, &gift);
    for peer in [giver, taker] {
        world.connect(server, peer, link(20));
    }
    fetch(&mut world, server, &gift, 10);
    world.run_until_idle(EVENTS).expect("the gift comes");

    // What may leave at once goes to somebody else, who asks before both.
    let burst = blocks(&mut world, BURST, BLOCK as usize);
    world.store(server, &burst);
    let other = add(&mut world, defaults());
    world.connect(server, other, link(1));
    fetch(&mut world, other, &burst, BURST as u32);

    let wanted = [(); 2].map(|()| blocks(&mut world, 400, BLOCK as usize));
    for (peer, wanted) in [taker, giver].into_iter().zip(&wanted) {
        world.store(server, wanted);
        fetch(&mut world, peer, wanted, 200);
    }
    let end = world.now().after(ms(10_000));
    world.run_until(end).expect("nothing breaks");
    let account = |peer: NodeId| world.engine(server).account(&peer.peer_id());
    [giver, taker].map(|peer| account(peer).map_or(0, |account| account.sent_to))
}

/// What the giver gets of `bytes` if each block goes to whoever had least for its weight, which is
/// ¾ + ½ · given / (given + got).
fn by_weights(bytes: u64) -> u64 {
    let (mut got, mut tags) = ([0, 0], [0.0, 0.0]);
    while got[0] + got[1] < bytes {
        let weights = [0.75 + 0.5 * GIFT as f64 / (GIFT + got[0]) as f64, 0.75];
        let next = usize::from(tags[1] < tags[0]);
        got[next] += BLOCK;
        tags[next] += BLOCK as f64 / weights[next];
    }
    got[0]
}
