//! A swarm with a task of its own.

use std::time::Duration;

use futures::StreamExt as _;
use libp2p::core::Transport as _;
use libp2p::core::transport::MemoryTransport;
use libp2p::core::upgrade::Version;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, yamux};
use tokio::sync::mpsc;

type Order<B> = Box<dyn FnOnce(&mut Swarm<B>) + Send>;

/// A swarm that listens in memory and runs until this is dropped.
pub(crate) struct Host<B: NetworkBehaviour> {
    pub(crate) peer: PeerId,
    pub(crate) address: Multiaddr,
    events: mpsc::Receiver<B::ToSwarm>,
    orders: mpsc::Sender<Order<B>>,
}

impl<B: NetworkBehaviour + Send> Host<B> {
    /// Connections that nobody needs are closed after `idle`, by the wall's clock.
    pub(crate) async fn start(behaviour: B, idle: Duration) -> Self {
        let mut swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_other_transport(|key| {
                let transport = MemoryTransport::default().upgrade(Version::V1);
                let transport = transport.authenticate(noise::Config::new(key).unwrap());
                transport.multiplex(yamux::Config::default())
            })
            .unwrap()
            .with_behaviour(|_| behaviour)
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(idle))
            .build();
        swarm.listen_on("/memory/0".parse().unwrap()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address;
            }
        };
        let (orders, todo) = mpsc::channel(16);
        let (tell, events) = mpsc::channel(4_096);
        let peer = *swarm.local_peer_id();
        tokio::spawn(run(swarm, todo, tell));
        Self { peer, address, events, orders }
    }

    /// Does something to the swarm, and gives back what that gave.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        order: impl FnOnce(&mut Swarm<B>) -> T + Send + 'static,
    ) -> T {
        let (sender, answer) = tokio::sync::oneshot::channel();
        let order = Box::new(move |swarm: &mut Swarm<B>| drop(sender.send(order(swarm))));
        assert!(self.orders.send(order).await.is_ok(), "the swarm runs");
        answer.await.unwrap()
    }

    pub(crate) async fn dial(&self, address: &Multiaddr) {
        let address = address.clone();
        self.with(|swarm| swarm.dial(address).unwrap()).await;
    }

    pub(crate) async fn disconnect(&self, peer: PeerId) {
        self.with(move |swarm| swarm.disconnect_peer_id(peer).unwrap()).await;
    }

    /// The behaviour's next event.
    pub(crate) async fn event(&mut self) -> B::ToSwarm {
        self.events.recv().await.unwrap()
    }
}

async fn run<B: NetworkBehaviour + Send>(
    mut swarm: Swarm<B>,
    mut todo: mpsc::Receiver<Order<B>>,
    events: mpsc::Sender<B::ToSwarm>,
) {
    loop {
        tokio::select! {
            order = todo.recv() => match order {
                Some(order) => order(&mut swarm),
                None => return,
            },
            event = swarm.select_next_some() => {
                if let SwarmEvent::Behaviour(event) = event {
                    drop(events.send(event).await);
                }
            }
        }
    }
}
