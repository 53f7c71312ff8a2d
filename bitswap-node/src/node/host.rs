//! The libp2p host of a node: TCP, Noise and Yamux on loopback; identify and ping beside Bitswap.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError, NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::error::CliError;

/// A host that does not run by itself yet.
pub(super) struct Host {
    /// Boxed: it is large, and moved.
    swarm: Box<Swarm<Behaviour>>,
}

/// A peer that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Where it was tried.
    pub(crate) address: Multiaddr,
    /// What the network said.
    pub(crate) why: String,
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    bitswap: bitswap_net::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

impl Host {
    /// A slow machine on the same continent connects sooner.
    const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
    /// Longer than any pause in a transfer, so that a peer keeps its address known to us.
    const IDLE: Duration = Duration::from_secs(60);
    /// How the agents begin that forget one of our streams when we open another.
    const READS_ONE_STREAM: &'static str = "litep2p/";
    /// What peers call us in their lists.
    const AGENT: &'static str = concat!("bitswap/", env!("CARGO_PKG_VERSION"));

    /// A host that neither listens nor is connected.
    pub(super) fn new(
        keys: Keypair,
        bitswap: bitswap_net::Behaviour,
    ) -> Result<Self, noise::Error> {
        let identify = identify::Config::new("ipfs/0.1.0".to_owned(), keys.public())
            .with_agent_version(Self::AGENT.to_owned());
        let swarm = SwarmBuilder::with_existing_identity(keys)
            .with_tokio()
            .with_tcp(
                tcp::Config::default().nodelay(true),
                noise::Config::new,
                yamux::Config::default,
            )?
            .with_behaviour(|_| Behaviour {
                bitswap,
                identify: identify::Behaviour::new(identify),
                ping: ping::Behaviour::default(),
            })
            .unwrap_or_else(|never| match never {})
            .with_swarm_config(|config| config.with_idle_connection_timeout(Self::IDLE))
            .build();
        Ok(Self { swarm: Box::new(swarm) })
    }

    /// Listens on a free port of 127.0.0.1, and returns the address with the peer id.
    pub(super) async fn listen(&mut self) -> Result<Multiaddr, CliError> {
        let any = Multiaddr::empty()
            .with(Protocol::Ip4(std::net::Ipv4Addr::LOCALHOST))
            .with(Protocol::Tcp(0));
        let listener =
            self.swarm.listen_on(any).map_err(|why| CliError::cannot_listen(&root_cause(&why)))?;
        loop {
            let event = self.swarm.select_next_some().await;
            if let SwarmEvent::NewListenAddr { listener_id, address } = &event
                && *listener_id == listener
            {
                let peer_id = *self.swarm.local_peer_id();
                return Ok(address.clone().with(Protocol::P2p(peer_id)));
            }
            if let SwarmEvent::ListenerClosed { listener_id, reason: Err(why), .. } = &event
                && *listener_id == listener
            {
                return Err(CliError::cannot_listen(&why.to_string()));
            }
        }
    }

    /// Dials all of these at once, and waits until each is connected or has failed.
    pub(super) async fn connect(&mut self, peers: Vec<Multiaddr>) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut dialling = HashMap::new();
        for address in peers {
            let dial = DialOpts::from(address.clone());
            let id = dial.connection_id();
            match self.swarm.dial(dial) {
                Ok(()) => drop(dialling.insert(id, address)),
                Err(why) => refusals.push(Refusal { address, why: dial_cause(&why) }),
            }
        }
        let deadline = Instant::now() + Self::CONNECT_PATIENCE;
        while !dialling.is_empty() {
            match timeout_at(deadline, self.swarm.select_next_some()).await {
                Ok(event) => refusals.extend(dialled(&event, &mut dialling)),
                Err(_) => break,
            }
        }
        let mut silent: Vec<_> = dialling.into_values().collect();
        silent.sort();
        let why = || format!("no answer in {} s", Self::CONNECT_PATIENCE.as_secs());
        refusals.extend(silent.into_iter().map(|address| Refusal { address, why: why() }));
        refusals
    }

    /// Runs until it is told to stop, or nobody can tell it any more.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                _ = &mut stop => return,
                event = self.swarm.select_next_some() => self.notice(event),
            }
        }
    }

    /// Tells the engine what the other protocols learned of a peer.
    fn notice(&mut self, event: SwarmEvent<BehaviourEvent>) {
        tracing::debug!(?event, "host");
        let SwarmEvent::Behaviour(event) = event else { return };
        let bitswap = &mut self.swarm.behaviour_mut().bitswap;
        match event {
            BehaviourEvent::Ping(ping::Event { peer, result: Ok(round_trip), .. }) => {
                bitswap.measured(peer, round_trip);
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info: said, .. })
                if said.agent_version.starts_with(Self::READS_ONE_STREAM) =>
            {
                bitswap.use_one_lane(peer_id);
            }
            BehaviourEvent::Bitswap(_) | BehaviourEvent::Identify(_) | BehaviourEvent::Ping(_) => {}
        }
    }
}

/// What an event says of the peers that are being dialled.
fn dialled<T>(
    event: &SwarmEvent<T>,
    dialling: &mut HashMap<ConnectionId, Multiaddr>,
) -> Option<Refusal> {
    if let SwarmEvent::ConnectionEstablished { connection_id, .. } = event {
        dialling.remove(connection_id);
    }
    if let SwarmEvent::OutgoingConnectionError { connection_id, error, .. } = event {
        let address = dialling.remove(connection_id)?;
        return Some(Refusal { address, why: dial_cause(error) });
    }
    None
}

fn dial_cause(error: &DialError) -> String {
    if let DialError::Transport(tried) = error {
        let causes: Vec<_> = tried.iter().map(|(_, why)| root_cause(why)).collect();
        causes.join(", ")
    } else if let DialError::WrongPeerId { obtained, .. } = error {
        format!("another peer is there: {obtained}")
    } else {
        error.to_string()
    }
}

/// The innermost of an error's causes: what the network said, without the layers it passed.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
