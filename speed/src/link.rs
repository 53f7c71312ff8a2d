//! A way between two addresses of this machine: what comes goes on after a delay, at a rate, out
//! of a queue that is bounded. TCP streams wait where the queue is full; datagrams are dropped.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until};

const CHUNK_BYTES: usize = 64 * 1024;

/// What the way is like, each way alike.
#[derive(Args, Clone, Copy, Debug)]
pub struct Options {
    /// Where it leads: the same port of TCP and of UDP.
    #[arg(long)]
    to: SocketAddr,
    /// Milliseconds one way.
    #[arg(long)]
    delay_ms: u64,
    /// Millions of bits a second.
    #[arg(long)]
    mbit: u64,
}

impl Options {
    const fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    /// What is on its way at full rate, and as much again in the queue, at least 256 KiB.
    const fn queue_bytes(&self) -> usize {
        (self.mbit * 125 * self.delay_ms * 2 + 256 * 1024) as usize
    }

    const fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_nanos(bytes as u64 * 8_000 / self.mbit)
    }
}

/// Hands on until it is killed.
pub async fn run(options: Options) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let near = UdpSocket::bind(address).await?;
    println!("{{\"port\": {}}}", address.port());
    tokio::spawn(datagrams(options, near));
    loop {
        let (near, _) = listener.accept().await?;
        let far = TcpStream::connect(options.to).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::spawn(stream(options, near_in, far_out));
        tokio::spawn(stream(options, far_in, near_out));
    }
}

/// When a queue lets go what was put into it.
struct Pace {
    options: Options,
    free_at: Instant,
}

impl Pace {
    fn new(options: Options) -> Self {
        Self { options, free_at: Instant::now() }
    }

    /// When so many bytes arrive that come now.
    fn arrival(&mut self, bytes: usize) -> Instant {
        self.free_at = self.free_at.max(Instant::now()) + self.options.time_of(bytes);
        self.free_at + self.options.delay()
    }
}

async fn stream(options: Options, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (sender, mut queue) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let room = Arc::new(Semaphore::new(options.queue_bytes()));
    let freed = Arc::clone(&room);
    tokio::spawn(async move {
        while let Some((due, chunk)) = queue.recv().await {
            sleep_until(due).await;
            if to.write_all(&chunk).await.is_err() {
                break;
            }
            freed.add_permits(chunk.len());
        }
    });
    let mut pace = Pace::new(options);
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Ok(bytes) = from.read(&mut buffer).await {
        let Ok(permits) = room.acquire_many(bytes as u32).await else { return };
        permits.forget();
        let chunk = buffer[..bytes].to_vec();
        if bytes == 0 || sender.send((pace.arrival(bytes), chunk)).is_err() {
            return;
        }
    }
}

/// One client at a time: the last that sent something is answered.
async fn datagrams(options: Options, near: UdpSocket) -> Result<(), io::Error> {
    let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
    far.connect(options.to).await?;
    let near = Arc::new(near);
    let (client, last) = watch::channel(None);
    let mut there = Datagrams::new(options, Arc::clone(&far), None);
    let mut back = Datagrams::new(options, Arc::clone(&near), Some(last));
    tokio::spawn(async move {
        let mut buffer = vec![0; CHUNK_BYTES];
        while let Ok(bytes) = far.recv(&mut buffer).await {
            back.queue(&buffer[..bytes]);
        }
    });
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let (bytes, from) = near.recv_from(&mut buffer).await?;
        client.send_replace(Some(from));
        there.queue(&buffer[..bytes]);
    }
}

/// One way of datagrams.
struct Datagrams {
    pace: Pace,
    room: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<(Instant, Vec<u8>)>,
}

impl Datagrams {
    /// Out of `socket`, to where it is connected to or to the `last` that sent something.
    fn new(
        options: Options,
        socket: Arc<UdpSocket>,
        last: Option<watch::Receiver<Option<SocketAddr>>>,
    ) -> Self {
        let (sender, mut queue) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let room = Arc::new(Semaphore::new(options.queue_bytes()));
        let freed = Arc::clone(&room);
        tokio::spawn(async move {
            while let Some((due, data)) = queue.recv().await {
                sleep_until(due).await;
                freed.add_permits(data.len());
                let to = last.as_ref().and_then(|last| *last.borrow());
                // A datagram that cannot be sent is lost, as on any way.
                let _ = match to {
                    Some(to) => socket.send_to(&data, to).await,
                    None => socket.send(&data).await,
                };
            }
        });
        Self { pace: Pace::new(options), room, sender }
    }

    fn queue(&mut self, data: &[u8]) {
        if let Ok(permits) = self.room.try_acquire_many(data.len() as u32) {
            permits.forget();
            let _ = self.sender.send((self.pace.arrival(data.len()), data.to_vec()));
        }
    }
}
