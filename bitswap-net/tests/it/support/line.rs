//! A line to a host, whose connections may stop carrying anything.

use futures::io::{AsyncReadExt as _, copy};
use futures::{StreamExt as _, future};
use libp2p::Multiaddr;
use libp2p::core::Endpoint;
use libp2p::core::transport::{
    DialOpts, ListenerId, MemoryTransport, PortUse, Transport as _, TransportEvent,
};
use tokio::sync::watch;

pub(crate) struct Line {
    pub(crate) address: Multiaddr,
    stranded: watch::Sender<()>,
}

impl Line {
    pub(crate) async fn to(target: &Multiaddr) -> Self {
        let mut transport = MemoryTransport::default().boxed();
        transport.listen_on(ListenerId::next(), "/memory/0".parse().unwrap()).unwrap();
        let TransportEvent::NewAddress { listen_addr: address, .. } =
            transport.select_next_some().await
        else {
            panic!("it listens")
        };
        let (stranded, _) = watch::channel(());
        let (target, strands) = (target.clone(), stranded.clone());
        tokio::spawn(async move {
            let role = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
            while let Some(event) = transport.next().await {
                let TransportEvent::Incoming { upgrade, .. } = event else { continue };
                let far = transport.dial(target.clone(), role).unwrap();
                let mut stranded = strands.subscribe();
                tokio::spawn(async move {
                    let (near, far) = future::try_join(upgrade, far).await.unwrap();
                    let (ours, mut to_us) = near.split();
                    let (theirs, mut to_them) = far.split();
                    let both = future::select(copy(ours, &mut to_them), copy(theirs, &mut to_us));
                    tokio::select! {
                        _ = both => {}
                        _ = stranded.changed() => future::pending().await,
                    }
                });
            }
        });
        Self { address, stranded }
    }

    /// What is connected over it carries nothing any more, and neither end is told.
    pub(crate) fn strand(&self) {
        self.stranded.send(()).unwrap();
    }
}
