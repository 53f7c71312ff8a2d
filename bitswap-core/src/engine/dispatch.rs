//! Passes each input to the part that it is for.

use super::Engine;
use crate::input::Input;

impl Engine {
    pub(super) fn dispatch(&mut self, input: Input) {
        match input {
            Input::BlocksAdded { blocks } => self.client().blocks_added(blocks),
            Input::BytesReceived { peer, bytes } => self.bytes_received(&peer, bytes),
            Input::CallCancelled { call } => self.client().cancel_call(call),
            Input::CallDemand { call, blocks } => self.client().demand(call, blocks),
            Input::CallsOpened { calls } => {
                for call in &calls {
                    self.client().open_call(call);
                }
            }
            Input::CidsDenied { cids } => self.client().cids_denied(cids),
            Input::DeadlineReached => {}
            Input::DialFailed { peer } => self.client().dial_failed(&peer),
            Input::LookupEnded { lookup } => self.client().lookup_ended(lookup),
            Input::MessageReceived { peer, message, skipped } => {
                self.receive(&peer, message, skipped);
            }
            Input::MessageRefused { peer: _ } => self.out.stats.wire.refused += 1,
            Input::PeerChanged { peer, capabilities } => self.peer_changed(&peer, capabilities),
            Input::PeerClassified { peer, class, is_local } => {
                self.peer_classified(&peer, class, is_local);
            }
            Input::PeerConnected { peer, capabilities } => self.peer_connected(peer, capabilities),
            Input::PeerDisconnected { peer } => self.peer_disconnected(&peer),
            Input::PeersExpected { expected } => self.client().expect_peers(expected),
            Input::RttMeasured { peer, round_trip } => self.peer_measured(&peer, round_trip),
            Input::PeerReset { peer } => self.peer_reset(&peer),
            Input::ProvidersFound { lookup, peers } => self.client().providers_found(lookup, peers),
            Input::ReadDone { read, answers } => self.read_done(read, answers),
            Input::SendFailed { peer, send } => self.send_finished(&peer, send, false),
            Input::SendWaits { peer, send } => self.send_waits(&peer, send),
            Input::Sent { peer, send } => self.send_finished(&peer, send, true),
            Input::SessionClosed { session } => self.client().close_session(session),
            Input::SessionOpened { session, options, has_router } => {
                self.client().open_session(session, options, has_router);
            }
            Input::StrategiesReplaced { strategies } => self.replace(strategies),
            Input::UploadLimited { node, per_peer } => {
                self.server().limit_upload([node, per_peer]);
            }
            Input::WriteDone { write, outcome } => self.client().write_done(write, &outcome),
        }
    }
}
