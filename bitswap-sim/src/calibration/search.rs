//! A9 and A10: nobody who is connected has it.

use std::time::Duration;

use bitswap_core::{CallOptions, Input, SessionId};

use super::messages::{blocks, time_of, want_blocks};
use super::stage::{EVENTS, Scene, cids_of};
use super::{Case, Finding, Trouble};
use crate::network::Link;
use crate::routing::{Dialling, Routing};
use crate::world::{NodeId, World};

pub(super) const A9: Case = Case {
    name: "A9",
    question: "a search among n peers, none of whom has it, until its caller gives up",
    answer: "n want-haves, n cancels; 50 DONT_HAVEs if n > 50",
    note: "Peers of the standard protocol, which a search does not ask to say no, but for the 50 \
           that others wait for. The registry is `forgetful`; the default one has an only peer \
           asked for the block at once.",
    run: nobody_has_it,
};

pub(super) const A10: Case = Case {
    name: "A10",
    question: "a block that only a provider has whom routing finds",
    answer: "2 k L + 4 L + 2 L + want-block/B + s/B",
    note: "Nobody is connected, so providers are looked up at once. k: the hops of the walk, each \
           a round trip. A dial takes two round trips.",
    run: routing_finds,
};

const RATE: u64 = 100_000_000;
const LATENCY: Duration = Duration::from_millis(25);

fn nobody_has_it() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for peers in [1, 10, 200] {
        let scene = Scene { holders: peers, ..Scene::pair(LATENCY, RATE) };
        let mut stage = scene.forgetful().open()?;
        let nowhere = stage.world.make_blocks(1, 5_000)?;
        let options = CallOptions::default();
        let (cids, fetcher) = (cids_of(&nowhere), stage.fetcher);
        let call = stage.world.fetch(fetcher, SessionId(1), cids, options);
        let asked_at = stage.world.now();
        stage.world.run_until(asked_at.after(Duration::from_secs(20)))?;
        stage.world.happen(fetcher, Input::CallCancelled { call });
        stage.world.run_until_idle(EVENTS)?;

        let heard = |count: fn(&World, NodeId) -> u64| {
            stage.holders.iter().map(|holder| count(&stage.world, *holder)).sum::<u64>()
        };
        let haves = heard(|world, node| world.engine(node).stats().server.have_requests);
        let cancels = heard(|world, node| world.engine(node).stats().server.cancels);
        let answers = heard(|world, node| world.engine(node).stats().server.dont_haves_sent);
        let n = peers as u64;
        let noes = if n > 50 { 50 } else { 0 };
        findings.push(Finding::count(format!("n = {n}: want-haves"), n, haves));
        findings.push(Finding::count(format!("n = {n}: cancels"), n, cancels));
        findings.push(Finding::count(format!("n = {n}: DONT_HAVEs"), noes, answers));
    }
    Ok(findings)
}

fn routing_finds() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for hops in [1, 3, 5] {
        let scene = Scene { holders: 0, ..Scene::pair(LATENCY, RATE) };
        let mut stage = scene.open()?;
        let provider = stage.world.add_node(scene.node(RATE)?)?;
        let dialling = Dialling { link: Link::with_latency(LATENCY), ..Dialling::default() };
        let routing = Routing::kademlia(hops..=hops, 2 * LATENCY);
        stage.world.set_routing(Routing { dialling, ..routing });
        let block = stage.world.make_blocks(1, 100_000)?;
        stage.world.store(provider, &block);
        stage.world.provide(provider, &cids_of(&block));
        stage.world.run_until_idle(EVENTS)?;

        let messages = [want_blocks(&cids_of(&block)), blocks(&block)];
        let on_wire: Duration = messages.into_iter().map(|bytes| time_of(bytes, RATE)).sum();
        let exact = (2 * hops + 6) * LATENCY + on_wire;
        findings.push(Finding::time(format!("k = {hops}"), exact, stage.time(&block, 1)?));
    }
    Ok(findings)
}
