//! `evict(ctx, session)`.

use bitswap_core::PeerKey;
use bitswap_core::strategy::FullSessionView;
use rhai::{Dynamic, Engine};

use super::list::List;
use super::selector::PeerRow;
use super::view::{self, view};
use crate::script::convert::{key, number};

/// A [`FullSessionView`] that owns its rows.
#[derive(Clone)]
pub(in crate::script) struct FullSession {
    session: u64,
    want: u64,
    newcomer: PeerRow,
    peers: List<PeerRow>,
}

impl FullSession {
    pub(in crate::script) fn new(view: &FullSessionView<'_>) -> Self {
        let rows = view.peers.iter().enumerate();
        let newcomer = PeerRow { view: view.newcomer.clone(), column: view.peers.len() };
        Self {
            session: view.session.0,
            want: view.want.0,
            newcomer,
            peers: rows.map(|(column, view)| PeerRow { view: view.clone(), column }).collect(),
        }
    }
}

/// The member that an answer names, if it names one.
///
/// # Errors
/// It is no peer, or no member.
pub(super) fn evicted(
    value: &Dynamic,
    view: &FullSessionView<'_>,
) -> Result<Option<PeerKey>, String> {
    if value.is_unit() {
        return Ok(None);
    }
    let peer = PeerKey(number("the member that leaves", value)?.cast_unsigned());
    if view.peers.iter().any(|member| member.peer == peer) {
        return Ok(Some(peer));
    }
    Err(format!("peer {} is no member of the session", key(peer.0)))
}

view! {
    /// A session that has as many members as it may have, none of which has a want, and a peer that
    /// has it: `evict(ctx, session)`.
    FullSession as "FullSession" {
        /// Id of the session.
        "session" => |session| key(session.session),
        /// The want that no member has.
        "want" => |session| key(session.want),
        /// The peer that joins, a `Peer`. What is of the session is 0.
        "newcomer" => |session| session.newcomer.clone(),
        /// The members, one of which leaves; at most 256.
        "peers" => |session| session.peers.clone(),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<FullSession>(engine);
}
