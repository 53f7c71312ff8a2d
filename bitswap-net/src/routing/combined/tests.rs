//! Routers that are honest, slow, dead and lying, together.

use std::future::{pending, ready};

use bitswap_core::Block;
use libp2p::{Multiaddr, PeerId};
use tokio::time::{Instant, sleep};

use super::super::{FixedRouter, Provider};
use super::*;

/// Names strangers for ever.
struct Liar;

#[async_trait]
impl ContentRouter for Liar {
    async fn find(&self, _: &Cid, found: Found) {
        while found.push(provider(&[])).await {}
    }
}

/// Never ends.
struct Dead;

#[async_trait]
impl ContentRouter for Dead {
    async fn find(&self, _: &Cid, _: Found) {
        pending::<()>().await;
    }

    async fn locate(&self, _: &PeerId) -> Vec<Multiaddr> {
        pending().await
    }
}

/// Fails at once.
struct Failing;

#[async_trait]
impl ContentRouter for Failing {
    async fn find(&self, _: &Cid, found: Found) {
        found.fail(&"no such host");
    }
}

/// Names a provider after a while.
struct Slow(Provider, Duration);

#[async_trait]
impl ContentRouter for Slow {
    async fn find(&self, _: &Cid, found: Found) {
        sleep(self.1).await;
        found.push(self.0.clone()).await;
    }
}

fn provider(addresses: &[&str]) -> Provider {
    let addresses = addresses.iter().map(|text| text.parse::<Multiaddr>().unwrap());
    Provider { peer: PeerId::random(), addresses: addresses.collect() }
}

fn fixed(providers: &[&Provider]) -> Arc<dyn ContentRouter> {
    Arc::new(FixedRouter::new(providers.iter().map(|one| (*one).clone()).collect()))
}

fn cid() -> Cid {
    Cid::new_v1(0x55, *Block::sha2_256(vec![1].into()).unwrap().multihash())
}

/// All that is said, with the seconds since the start.
async fn said(router: &CombinedRouter) -> Vec<(u64, String, RouterFinding)> {
    let start = Instant::now();
    let events = router.ask(cid(), 10).map(|event| {
        let seconds = start.elapsed().as_secs();
        (seconds, event.router.to_string(), event.finding)
    });
    events.collect().await
}

#[tokio::test(start_paused = true)]
async fn a_provider_of_two_routers_is_named_once_and_more_addresses_of_it_once_more() {
    let first = provider(&["/ip4/192.0.2.1/tcp/1"]);
    let mut more = first.clone();
    more.addresses.push("/ip4/192.0.2.1/tcp/2".parse().unwrap());
    let router = CombinedRouter::new()
        .with("a", fixed(&[&first]))
        .with("b", fixed(&[&first]))
        .with("c", fixed(&[&more]));

    let said = said(&router).await;

    more.addresses.remove(0);
    let named: Vec<_> = said
        .iter()
        .filter_map(|(_, name, finding)| match finding {
            RouterFinding::Provider(provider) => Some((name.as_str(), provider)),
            RouterFinding::Ended(_) => None,
        })
        .collect();
    assert_eq!(named, [("a", &first), ("c", &more)]);
    let found: Vec<_> = router.stats().iter().map(|stats| stats.providers).collect();
    assert_eq!(found, [1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_next_router_is_asked_after_a_head_start_or_when_those_before_it_ended() {
    let dead = CombinedRouter::new().with("dead", Arc::new(Dead));
    let dead = dead.with("honest", fixed(&[&provider(&[])])).head_start(Duration::from_secs(2));
    let broken = CombinedRouter::new().with("broken", Arc::new(Failing));
    let broken = broken.with("honest", fixed(&[&provider(&[])])).head_start(Duration::from_secs(2));

    let (dead, broken) = (said(&dead).await, said(&broken).await);

    let when = |said: &[(u64, String, RouterFinding)]| {
        said.iter().find(|(_, name, _)| name == "honest").map(|(seconds, ..)| *seconds)
    };
    assert_eq!((when(&dead), when(&broken)), (Some(2), Some(0)));
}

#[tokio::test(start_paused = true)]
async fn a_router_that_lies_leaves_room_for_one_that_is_slow() {
    let honest = provider(&[]);
    let slow = Slow(honest.clone(), Duration::from_secs(3));
    let router = CombinedRouter::new().with("liar", Arc::new(Liar)).with("other", Arc::new(Liar));
    let router = router.with("slow", Arc::new(slow));

    let named: Vec<_> = router
        .ask(cid(), 10)
        .filter_map(async |event| match event.finding {
            RouterFinding::Provider(provider) => Some(provider.peer),
            RouterFinding::Ended(_) => None,
        })
        .take(10)
        .collect()
        .await;

    assert_eq!(named.last(), Some(&honest.peer));
}

#[tokio::test(start_paused = true)]
async fn how_each_router_ended_is_told_and_counted() {
    let router = CombinedRouter::new()
        .with("broken", Arc::new(Failing))
        .with("dead", Arc::new(Dead))
        .with("fixed", fixed(&[]));

    let said = said(&router).await;

    assert_eq!(said.len(), 3, "{said:?}");
    let why = QueryOutcome::Failed("no such host".to_owned());
    assert_eq!(said[0], (0, "broken".to_owned(), RouterFinding::Ended(why)));
    assert_eq!(said[2], (8, "dead".to_owned(), RouterFinding::Ended(QueryOutcome::TimedOut)));
    let errors = router.stats().into_iter().map(|stats| stats.last_error);
    let errors: Vec<_> = errors.map(|error| error.unwrap_or_default().to_string()).collect();
    assert_eq!(errors, ["no such host", "no end of its answer in 8s", ""]);
    let counts = |stats: RouterStats| (stats.lookups, stats.failures, stats.timeouts);
    let counts: Vec<_> = router.stats().into_iter().map(counts).collect();
    assert_eq!(counts, [(1, 1, 0), (1, 0, 1), (1, 0, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_combination_fails_only_if_all_in_it_do() {
    let broken = CombinedRouter::new().with("x", Arc::new(Failing)).with("x", Arc::new(Failing));
    let outer = CombinedRouter::new().with("inner", Arc::new(broken.clone()));
    let names: Vec<_> = broken.stats().iter().map(|stats| stats.router.to_string()).collect();
    assert_eq!(names, ["x", "x-2"]);

    let why = QueryOutcome::Failed("x: no such host; x-2: no such host".to_owned());
    assert_eq!(said(&outer).await[0].2, RouterFinding::Ended(why));

    let mixed = CombinedRouter::new().with("inner", Arc::new(broken.with("y", fixed(&[]))));
    assert_eq!(said(&mixed).await[0].2, RouterFinding::Ended(QueryOutcome::Answered));
}

#[tokio::test(start_paused = true)]
async fn a_router_that_says_nothing_has_no_head_start_until_it_answers() {
    let (named, late) = (provider(&[]), provider(&[]));
    let first = |after| Arc::new(Slow(late.clone(), Duration::from_millis(after)));
    let heard = async |router: &CombinedRouter, peer: PeerId| {
        let start = Instant::now();
        let is_it = |event: &RouterEvent| match &event.finding {
            RouterFinding::Provider(provider) => provider.peer == peer,
            RouterFinding::Ended(_) => false,
        };
        // Whoever has what it looked for waits for nobody else.
        router.ask(cid(), 10).any(|event| ready(is_it(&event))).await;
        start.elapsed() < Duration::from_millis(500)
    };

    let dead = CombinedRouter::new().with("dead", Arc::new(Dead)).with("b", fixed(&[&named]));
    assert!(!heard(&dead, named.peer).await, "nobody knows it yet");
    assert!(heard(&dead, named.peer).await && heard(&dead, named.peer).await);
    let begun = Instant::now();
    assert!(dead.locate(&named.peer).await.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());

    let slow = CombinedRouter::new().with("slow", first(600)).with("b", fixed(&[&named]));
    assert!(!heard(&slow, late.peer).await, "it answers late");
    assert!(!heard(&slow, named.peer).await, "and has its head start again");
}
