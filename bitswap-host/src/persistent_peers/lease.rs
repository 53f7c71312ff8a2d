//! For how long a peer is kept that a command named.

use std::sync::{Arc, Weak};

/// Peers are kept for whoever has it, or a clone of it.
#[derive(Clone, Debug, Default)]
pub struct Lease(Arc<()>);

/// Those for whom one peer is kept.
#[derive(Debug)]
pub(super) struct Leases(Vec<Weak<()>>);

impl Leases {
    pub(super) fn of(lease: &Lease) -> Self {
        Self(vec![Arc::downgrade(&lease.0)])
    }

    pub(super) fn add(&mut self, lease: &Lease) {
        self.0.retain(|other| other.strong_count() > 0);
        self.0.push(Arc::downgrade(&lease.0));
    }

    pub(super) fn are_over(&self) -> bool {
        self.0.iter().all(|lease| lease.strong_count() == 0)
    }
}
