//! To whom a broadcast goes.

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{CidKey, SessionId};

use super::{LimitedBroadcast, Params};
use crate::catalog::{Configured, UpTo};
use crate::fixture::{at, dice};

#[test]
fn useful_local_and_peered_peers_and_two_others_are_asked() {
    let peers =
        PeerSet::Union(vec![PeerSet::Useful, PeerSet::Local, PeerSet::Peered, PeerSet::Random(2)]);
    assert_eq!(first_step(Params::default()), Step::broadcast(WantSet::New, peers, "first look"));
}

#[test]
fn it_may_be_kept_to_those_that_were_useful_and_to_a_number() {
    let params =
        Params { local: false, peered: false, random: 0, max_peers: UpTo(7), ..Params::default() };
    let peers = PeerSet::AtMost(7, Box::new(PeerSet::Union(vec![PeerSet::Useful])));
    assert_eq!(first_step(params), Step::broadcast(WantSet::New, peers, "first look"));
}

fn first_step(params: Params) -> Step {
    let search = SearchView::new(SessionId(1), at(0)).with_want(CidKey(1));
    let search = SearchView { candidates_asked: true, peers_connected: 1, ..search };
    LimitedBroadcast::new(params).next_step(&mut Ctx::new(at(0), &mut dice(1)), &search)
}
