//! Strategies are replaced: the new ones hear who is there, and decide again what the old ones did.

use std::sync::Arc;

use super::Engine;
use crate::event::Event;
use crate::strategy::{NamedStrategy, Role, StrategyEvent};

impl Engine {
    pub(super) fn replace(&mut self, strategies: Vec<NamedStrategy>) {
        if strategies.is_empty() {
            self.out.stats.stray_inputs += 1;
            return;
        }
        let generation = self.strategies.next_generation();
        for strategy in strategies {
            let (role, name) = (strategy.role(), Arc::clone(strategy.name()));
            self.strategies.replace(self.clock.now(), strategy);
            self.introduce(role);
            self.decide_again(role);
            self.out.report(Event::StrategyReplaced { role, name, generation });
        }
    }

    /// Tells the new strategy in `role` who is connected and which sessions are open.
    fn introduce(&mut self, role: Role) {
        let connected = self.peers.iter();
        let connected = connected.map(|(peer, _)| StrategyEvent::PeerConnected { peer });
        let opened = self.client.sessions.ids();
        let opened = opened.map(|session| StrategyEvent::SessionOpened { session });
        self.strategies.catch_up(self.clock.now(), role, connected.chain(opened));
    }

    /// Undoes what the old strategy in `role` decided, as far as that still has an effect.
    fn decide_again(&mut self, role: Role) {
        match role {
            Role::PeerSelector => self.client().selector_replaced(),
            Role::TaskPrioritizer => self.server.rank_all(&self.peers),
            Role::LedgerPolicy => {
                self.peers.ledger.forget_weights();
                self.server.policy_replaced(self.clock.now(), &self.peers);
            }
            Role::ProviderFinder => self.client.searches.wake_all(),
            // Relayed wants that were forwarded stay forwarded, and those that were kept stay kept:
            // they live for seconds, and taking back what other peers were told would cost more
            // messages than it could save.
            Role::Registry => self.client().registry_replaced(),
        }
    }
}
