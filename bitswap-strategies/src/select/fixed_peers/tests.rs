//! Who is asked, in the order of the list.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, Presence, StrategyEvent};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey};
use libp2p_identity::PeerId;

use super::{FixedPeers, Params};
use crate::catalog::{Configured, PeerList};
use crate::fixture::{SessionRows, at, dice};

const WANT: CidKey = CidKey(7);
const IDS: [&str; 3] = [
    "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj",
    "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
    "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
];
const OTHER: PeerKey = PeerKey(99);

#[test]
fn the_first_that_is_connected_and_does_not_lack_it_is_asked() {
    let mut run = Run::new(true, true);
    assert_eq!(run.asks(&run.rows()), []);
    run.connect(1);
    run.connect(2);
    assert_eq!(
        run.asks(&run.rows()),
        [(run.keys[1], WantKind::Block), (run.keys[2], WantKind::Have)]
    );
    run.connect(0);
    let lacks = run.rows().said(run.keys[0], WANT, Presence::DontHave);
    assert_eq!(run.asks(&lacks)[0], (run.keys[1], WantKind::Block));
}

#[test]
fn a_member_that_is_not_listed_is_asked_only_if_that_is_allowed() {
    let mut run = Run::new(false, true);
    let has = run.rows().said(OTHER, WANT, Presence::Have);
    assert_eq!(run.asks(&has), []);
    let mut run = Run::new(false, false);
    assert_eq!(run.asks(&has), [(OTHER, WantKind::Block)]);
    run.connect(0);
    assert_eq!(run.asks(&has), [(run.keys[0], WantKind::Block)]);
}

struct Run {
    selector: FixedPeers,
    keys: Vec<PeerKey>,
}

impl Run {
    fn new(probe: bool, strict: bool) -> Self {
        let ids: Vec<PeerId> = IDS.iter().map(|id| id.parse().unwrap()).collect();
        let mut dice = dice(1);
        let ctx = Ctx::new(at(0), &mut dice);
        let keys = ids.iter().map(|id| ctx.key_of(id)).collect();
        let params = Params { peers: PeerList::These(ids), probe, strict };
        Self { selector: FixedPeers::new(params), keys }
    }

    fn connect(&mut self, place: usize) {
        let peer = self.keys[place];
        let mut dice = dice(1);
        let mut ctx = Ctx::new(at(0), &mut dice);
        self.selector.observe(&mut ctx, &StrategyEvent::PeerConnected { peer });
    }

    /// A session with the listed peers and another one, of which nothing is known.
    fn rows(&self) -> SessionRows {
        let members = [&self.keys[..], &[OTHER]].concat();
        SessionRows::new(&[WANT], &members)
    }

    fn asks(&mut self, rows: &SessionRows) -> Vec<(PeerKey, WantKind)> {
        let (mut dice, mut asks) = (dice(1), Asks::default());
        self.selector.select(&mut Ctx::new(at(0), &mut dice), &rows.view(), &mut asks);
        asks.as_slice().iter().map(|ask| (ask.peer, ask.kind)).collect()
    }
}
