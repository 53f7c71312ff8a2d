//! THE list of routes: what can be asked, what is said of it, and which function answers.

use super::blocks::{Getting, Putting, RAW_TYPE};
use super::bulk::Writing;
use super::collecting::{self, Collecting};
use super::described::{Method, Operation, Routes};
use super::{
    announcing, blocks, bulk, events, explaining, finding, looking, pinning, sessions, strategies,
    version,
};
use crate::bounds::CAR_TYPE;
use crate::forms::{
    BlockForm, Cids, Connect, Disconnect, EventRow, Explain, Explanation, FindProviders, FoundPeer,
    GcReport, Identity, LedgerRow, LookPage, Opened, Opening, Page, PeerRow, PeerWantRow, PinRow,
    Pinning, Refused, RouterSaid, SessionRow, Sizes, Stat, StrategyRow, StrategyUsed, Unannounced,
    UseStrategy, Version, Want, WantRow,
};

/// All that can be asked, and what is said of it.
pub(super) fn all() -> Routes {
    keeping(finding(changing(blocks(bulk(looking(Routes::default()))))))
}

/// What the node shows of itself.
fn looking(routes: Routes) -> Routes {
    let looks = Operation::looks;
    routes
        .add(looks("/version", "Says which program answers.").answers::<Version>(), version)
        .add(looks("/id", "Says who the node is.").answers::<Identity>(), looking::id)
        .add(
            looks("/stat", "Counts since the start, and sizes and limits now.").answers::<Stat>(),
            looking::stat,
        )
        .add(
            looks("/peers", "Lists who is connected.")
                .asks::<LookPage>()
                .answers::<Page<PeerRow>>(),
            looking::peers,
        )
        .add(
            looks("/wantlist", "Lists what the node wants, the oldest first.")
                .asks::<LookPage>()
                .answers::<Page<WantRow>>(),
            looking::wantlist,
        )
        .add(
            looks("/sessions", "Lists the sessions of the node's engine, the oldest first.")
                .asks::<LookPage>()
                .answers::<Page<SessionRow>>(),
            looking::sessions,
        )
        .add(
            looks("/events", "Tells what happens, as it happens, until it is not read any more.")
                .tells::<EventRow>(),
            events::events,
        )
        .add(
            looks("/peers/{peer}/wantlist", "Lists what a peer wants of the node.")
                .asks::<LookPage>()
                .answers::<Page<PeerWantRow>>(),
            looking::wants_of,
        )
        .add(
            looks("/explain/{subject}", "Tells why a want, or a peer, is as it is.")
                .asks::<Explain>()
                .tells::<Explanation>(),
            explaining::explain,
        )
        .add(
            looks("/ledger", "Lists what passed between the node and its peers.")
                .asks::<LookPage>()
                .answers::<Page<LedgerRow>>(),
            looking::ledger,
        )
        .add(
            looks("/ledger/{peer}", "Tells what passed between the node and one peer.")
                .answers::<LedgerRow>(),
            looking::account,
        )
}

/// Many blocks at once, and those of the store one after the other.
fn bulk(routes: Routes) -> Routes {
    let post = |path, does| Operation::new(Method::Post, path, does);
    routes
        .add(
            Operation::new(Method::Get, "/blocks", "Lists what is in the store.")
                .asks::<LookPage>()
                .answers::<Page<BlockForm>>(),
            bulk::list,
        )
        .add(
            post("/blocks/read", "Reads many blocks from the store.")
                .takes::<Cids>()
                .answers_bytes(CAR_TYPE),
            bulk::read,
        )
        .add(
            post("/blocks/sizes", "Says how large many blocks of the store are.")
                .takes::<Cids>()
                .answers::<Sizes>(),
            bulk::sizes,
        )
        .add(
            post("/blocks/delete", "Removes many blocks.").takes::<Cids>().with_status(204),
            bulk::delete,
        )
        .add(
            post("/blocks/sync", "Waits until all that was accepted is durable.").with_status(204),
            bulk::sync,
        )
        .add_unlimited(
            post("/blocks/write", "Takes in many blocks.")
                .asks::<Writing>()
                .takes_bytes(CAR_TYPE)
                .with_status(204),
            bulk::write,
        )
}

/// Single blocks, and sessions.
fn blocks(routes: Routes) -> Routes {
    let new = Operation::new;
    routes
        .add(
            new(Method::Get, "/blocks/{cid}", "Reads a block, of peers too if it is told to.")
                .asks::<Getting>()
                .answers_bytes(RAW_TYPE),
            blocks::get,
        )
        .add(
            new(Method::Head, "/blocks/{cid}", "Says whether a block is in the store."),
            blocks::head,
        )
        .add(
            new(Method::Put, "/blocks", "Takes in a block.")
                .asks::<Putting>()
                .takes_bytes(RAW_TYPE)
                .with_status(201)
                .answers::<BlockForm>(),
            blocks::put,
        )
        .add(
            new(Method::Delete, "/blocks/{cid}", "Removes a block.").with_status(204),
            blocks::delete,
        )
        .add(
            new(Method::Post, "/sessions", "Opens a session; it lives as long as this is read.")
                .asks::<Opening>()
                .with_status(201)
                .tells::<Opened>(),
            sessions::open,
        )
        .add(
            new(Method::Post, "/sessions/{id}/want", "Wants blocks, and sends them as they come.")
                .takes::<Want>()
                .answers_bytes(CAR_TYPE),
            sessions::want,
        )
        .add(
            new(Method::Delete, "/sessions/{id}", "Ends a session.").with_status(204),
            sessions::close,
        )
}

/// What changes the node.
fn changing(routes: Routes) -> Routes {
    let new = Operation::new;
    routes
        .add(
            new(Method::Post, "/peers/connect", "Connects to peers; answers with the unreached.")
                .takes::<Connect>()
                .answers::<Vec<Refused>>(),
            looking::connect,
        )
        .add(
            new(Method::Post, "/peers/disconnect", "Disconnects peers; answers with strangers.")
                .takes::<Disconnect>()
                .answers::<Vec<String>>(),
            looking::disconnect,
        )
        .add(
            new(Method::Post, "/announce", "Announces blocks; answers with the unannounced.")
                .takes::<Cids>()
                .answers::<Vec<Unannounced>>(),
            announcing::announce,
        )
        .add(
            Operation::looks("/strategies", "Lists the strategies that can take over a role.")
                .answers::<Vec<StrategyRow>>(),
            strategies::list,
        )
        .add(
            new(Method::Put, "/strategies/{role}", "Lets a strategy take over a role.")
                .takes::<UseStrategy>()
                .answers::<StrategyUsed>(),
            strategies::choose,
        )
}

/// What routers and the DHTs are asked.
fn finding(routes: Routes) -> Routes {
    let get = |path, does| Operation::new(Method::Get, path, does);
    routes
        .add(
            get("/routing/providers/{cid}", "Looks for providers; tells what each router says.")
                .asks::<FindProviders>()
                .tells::<RouterSaid>(),
            finding::providers,
        )
        .add(
            get("/routing/peers/{peer}", "Looks for the addresses of a peer.")
                .answers::<FoundPeer>(),
            finding::peer,
        )
}

/// What the store keeps.
fn keeping(routes: Routes) -> Routes {
    let post = |path, does| Operation::new(Method::Post, path, does);
    routes
        .add(
            Operation::looks("/pins", "Lists the pins.")
                .asks::<LookPage>()
                .answers::<Page<PinRow>>(),
            pinning::list,
        )
        .add(
            post("/pins", "Pins all of these, or none.")
                .takes::<Pinning>()
                .answers::<Vec<PinRow>>(),
            pinning::add,
        )
        .add(
            post("/pins/remove", "Takes back all of these pins, or none.")
                .takes::<Cids>()
                .answers::<Vec<PinRow>>(),
            pinning::remove,
        )
        .add(
            post("/gc", "Frees the blocks that no pin keeps, until whoever asks goes away.")
                .asks::<Collecting>()
                .answers::<GcReport>(),
            collecting::collect,
        )
        .add(
            post("/leases", "Keeps what comes or is found, as long as this is read.")
                .with_status(201)
                .tells::<Opened>(),
            collecting::lease,
        )
}
