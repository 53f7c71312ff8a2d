//! What callers hear of a CID: its block, or why there is none; and the end of their calls.

use super::ClientRoom;
use crate::action::{Action, Failure};
use crate::block::Block;
use crate::ids::{CallId, CidKey};

impl ClientRoom<'_> {
    /// Fails one CID of a call.
    pub(crate) fn fail_cid(&mut self, call: CallId, key: CidKey, why: Failure) {
        if let Some(cid) = self.calls.settle(call, key) {
            self.out.act(Action::Fail { call, cid, why });
            self.finish_if_done(call);
        }
    }

    pub(super) fn deliver(&mut self, call: CallId, key: CidKey, block: Block) {
        if let Some(cid) = self.calls.settle(call, key) {
            self.out.act(Action::Deliver { call, cid, block });
            self.finish_if_done(call);
        }
    }

    pub(crate) fn finish_if_done(&mut self, call: CallId) {
        if self.calls.is_done(call) {
            self.calls.close(call);
            self.out.act(Action::Finish { call });
        }
    }
}
