//! Worlds of `interop/lines`, in which real nodes fetch over real lines: what their files say, and
//! the same fetches by nodes of the simulator.

mod read;
mod run;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use bitswap_core::MAX_NEW_BLOCK_BYTES;
use bitswap_strategies::catalog::StrategyChoice;
use serde::Deserialize;

use crate::network::Rate;

pub use read::{Mistake, Wrong, read};
pub use run::{Ended, Told, Unplayable, play};

/// One run of a world: what a file has in common, and what this run has besides. Each server is at
/// the end of a line of its own. What is not there is 0 or the first of its kind, if nothing else
/// is said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "fields of a file, each for itself")]
pub struct Lines {
    /// Of its file.
    #[serde(skip)]
    pub name: String,
    /// Of our nodes; no file says it.
    #[serde(skip)]
    pub strategies: StrategyChoice,
    /// What the file is about.
    pub about: String,
    /// Bytes of the file that is fetched.
    pub file_bytes: u64,
    /// Bytes of its blocks.
    #[serde(default = "chunk_bytes")]
    pub chunk_bytes: usize,
    /// Who serves.
    pub server: Program,
    /// Who fetches.
    pub client: Program,
    /// How many serve; 0 is as many as `up_kb_per_s_of` has lines, or one.
    pub servers: usize,
    /// How many fetch.
    #[serde(default = "one")]
    pub clients: usize,
    /// What carries it.
    pub transport: Transport,
    /// Whether it has a ramp in the simulator.
    pub ramp: bool,
    /// Whether nothing was fetched over the connections before.
    pub fresh: bool,
    /// The uplink of each server; 0 is no limit, as for all rates.
    pub up_kb_per_s: u64,
    /// The uplinks of the servers, if they differ.
    pub up_kb_per_s_of: Vec<u64>,
    /// The downlink of each server; 0 is as its uplink.
    pub down_kb_per_s: u64,
    /// One way.
    pub delay_ms: u64,
    /// The delays of the servers, if they differ.
    pub delay_ms_of: Vec<u64>,
    /// What a line lets wait. The simulator's lose something only with a ramp.
    #[serde(default = "queue_ms")]
    pub queue_ms: u64,
    /// The uplink of each client; 0 is as its downlink.
    pub client_up_kb_per_s: u64,
    /// The downlink of each client; 0 is as its uplink.
    pub client_down_kb_per_s: u64,
    /// One way, in addition.
    pub client_delay_ms: u64,
    /// Whether the clients have one line together.
    pub clients_share: bool,
    /// Whether clients are connected to one another, too; each has its own line.
    pub crowd: bool,
    /// Over whose relay the clients reach the server, if over any.
    pub relay: Option<Program>,
    /// The line of the relay, both ways.
    pub relay_kb_per_s: u64,
    /// One way, in addition.
    pub relay_delay_ms: u64,
    /// `limits.upload` of each server.
    pub upload_limit_kib_per_s: u64,
    /// What happens meanwhile.
    pub events: Vec<Event>,
    /// Peers that ask for other blocks and do not read.
    pub readers: usize,
    /// Or read so much.
    pub readers_bytes_per_s: u64,
    /// Bytes of the blocks that they ask for.
    #[serde(default = "chunk_bytes")]
    pub readers_chunk_bytes: usize,
    /// Unless it is 0, each asks for blocks of its own and cancels half of them after so long; then
    /// nobody else fetches.
    pub readers_cancel_after_ms: u64,
    /// How many files are fetched, one after the other. The simulator fetches one: all are alike.
    #[serde(default = "one")]
    pub fetches: usize,
    /// What is so today.
    pub expect: Expect,
    /// Why it is, if it does not succeed.
    pub because: String,
    /// Bound on the time, in times of the bare stream's; 0 is none.
    pub at_most: f64,
    /// Bound on the bytes of blocks that come, in times of those needed; 0 is none.
    pub received_at_most: f64,
    /// Bound on the cancelled blocks that come all the same, by those cancelled; 0 is none.
    pub cancelled_at_most: f64,
    /// Whether the gate runs it.
    pub gate: bool,
}

/// Whose program a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// This project's.
    #[default]
    Ours,
    /// Kubo's.
    Kubo,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Transport {
    /// TCP.
    #[default]
    #[serde(rename = "tcp")]
    Tcp,
    /// QUIC.
    #[serde(rename = "quic-v1")]
    Quic,
}

/// What real nodes do today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// All fetches end with all blocks, within the bounds.
    #[default]
    Succeeds,
    /// They do not.
    Fails,
    /// Now this, now that.
    Varies,
}

/// Something that happens to a server during the fetch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What.
    pub what: What,
    /// When it begins.
    #[serde(default)]
    pub at_s: u64,
    /// How long it lasts.
    #[serde(default)]
    pub for_s: u64,
    /// To which server, from 0.
    #[serde(default)]
    pub server: usize,
    /// After how many bytes, again and again.
    #[serde(default)]
    pub bytes: u64,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Its line drops everything, and nobody is told.
    HalfOpen,
    /// Its process ends, and is started again.
    Kill,
    /// Its process stands still.
    Pause,
    /// All connections end, whenever so many bytes came.
    ResetEvery,
    /// The connections it has are dead for good.
    Strand,
}

const fn chunk_bytes() -> usize {
    262_144
}

const fn one() -> usize {
    1
}

const fn queue_ms() -> u64 {
    200
}

impl Lines {
    /// What a run may take that only waits for its line: so many times as long, and so many seconds
    /// besides.
    const PATIENCE: (u32, Duration) = (2, Duration::from_secs(60));
    /// Bounds on what a file may say: more than any line has, and too little to overflow.
    const KB_PER_S: RangeInclusive<u64> = 0..=100_000_000;
    const SECONDS: RangeInclusive<u64> = 0..=86_400;
    const MS: RangeInclusive<u64> = 0..=60_000;
    const NODES: RangeInclusive<u64> = 1..=1_000;
    const READERS: RangeInclusive<u64> = 0..=10_000;
    const CHUNK: RangeInclusive<u64> = 1..=MAX_NEW_BLOCK_BYTES as u64;
    /// And more bytes than anybody simulates.
    const BYTES: RangeInclusive<u64> = 1..=1 << 36;

    /// The first field with a value that cannot be, the value, and what could be.
    fn out_of_range(&self) -> Option<(&'static str, u64, RangeInclusive<u64>)> {
        let lines = self.ups().len() as u64;
        let servers = if self.servers == 0 { lines } else { self.servers as u64 };
        let events = self.events.iter().flat_map(|event| {
            let server = ("server", event.server as u64, 0..=lines - 1);
            [("at_s", event.at_s, Self::SECONDS), ("for_s", event.for_s, Self::SECONDS), server]
        });
        let kb = [
            ("up_kb_per_s", self.up_kb_per_s),
            ("down_kb_per_s", self.down_kb_per_s),
            ("client_up_kb_per_s", self.client_up_kb_per_s),
            ("client_down_kb_per_s", self.client_down_kb_per_s),
            ("relay_kb_per_s", self.relay_kb_per_s),
            ("upload_limit_kib_per_s", self.upload_limit_kib_per_s),
        ];
        let ups = self.up_kb_per_s_of.iter().map(|up| ("up_kb_per_s_of", *up));
        let delays = self.delays();
        [
            ("file_bytes", self.file_bytes, Self::BYTES),
            ("chunk_bytes", self.chunk_bytes as u64, Self::CHUNK),
            ("readers_chunk_bytes", self.readers_chunk_bytes as u64, Self::CHUNK),
            ("servers", servers, Self::NODES),
            ("servers", servers, lines..=lines),
            ("clients", self.clients as u64, 0..=*Self::NODES.end()),
            ("fetches", self.fetches as u64, Self::NODES),
            ("readers", self.readers as u64, Self::READERS),
            ("delay_ms", delays.iter().copied().max().unwrap_or(0), Self::MS),
            ("delay_ms_of", delays.len() as u64, lines..=lines),
            ("client_delay_ms", self.client_delay_ms, Self::MS),
            ("relay_delay_ms", self.relay_delay_ms, Self::MS),
            ("readers_cancel_after_ms", self.readers_cancel_after_ms, Self::MS),
        ]
        .into_iter()
        .chain(kb.into_iter().chain(ups).map(|(field, kb)| (field, kb, Self::KB_PER_S)))
        .chain(events)
        .find(|(_, value, allowed)| !allowed.contains(value))
    }

    /// The uplink of each server in kB/s.
    pub fn ups(&self) -> Vec<u64> {
        if self.up_kb_per_s_of.is_empty() {
            return vec![self.up_kb_per_s; self.servers.clamp(1, *Self::NODES.end() as usize)];
        }
        self.up_kb_per_s_of.clone()
    }

    /// The delay of each server in ms.
    pub fn delays(&self) -> Vec<u64> {
        if self.delay_ms_of.is_empty() {
            return vec![self.delay_ms; self.ups().len()];
        }
        self.delay_ms_of.clone()
    }

    /// The uplink of each client, in kB/s.
    fn client_up(&self) -> u64 {
        Some(self.client_up_kb_per_s).filter(|up| *up > 0).unwrap_or(self.client_down_kb_per_s)
    }

    fn client_down(&self) -> u64 {
        Some(self.client_down_kb_per_s).filter(|down| *down > 0).unwrap_or(self.client_up_kb_per_s)
    }

    /// What the lines need at least; `None` if they have no limit.
    pub fn bound(&self) -> Option<Duration> {
        let (ups, all) = (self.ups(), self.clients as u64 * self.file_bytes);
        let up = if ups.contains(&0) { 0 } else { ups.iter().sum() };
        let limit = self.upload_limit_kib_per_s * 1_024 * ups.len() as u64;
        let down = if self.clients_share { all } else { self.file_bytes };
        let up = if self.crowd {
            // Once from the servers; then whoever has something sends it.
            [(self.file_bytes, up), (all, up + self.clients as u64 * self.client_up())]
        } else {
            [(all, up); 2]
        };
        let [once, up] = up.map(|(bytes, kb)| (bytes, kb * 1_000));
        [once, up, (all, limit), (down, self.client_down() * 1_000)]
            .into_iter()
            .filter(|(_, rate)| *rate > 0)
            .map(|(bytes, rate)| Rate::bits_per_second(8 * rate).time_for(bytes))
            .max()
    }

    /// When it is given up.
    pub fn patience(&self) -> Duration {
        let waits: u64 = self.events.iter().map(|event| event.for_s).sum();
        let (times, besides) = Self::PATIENCE;
        (self.bound().unwrap_or_default() + Duration::from_secs(waits)) * times + besides
    }

    /// How what came differs from what the file says.
    pub fn differs(&self, told: &Told) -> Option<String> {
        let is_ok = told.ended == Ended::Ok;
        if self.expect == Expect::Varies {
            return None;
        }
        if is_ok != (self.expect == Expect::Succeeds) {
            return Some(format!("its file says that it {}", self.expect));
        }
        let time = (told.ratio(self.bound()), self.at_most, "its line's time");
        let bytes = (Some(told.received), self.received_at_most, "the needed bytes");
        let is_more = |came: Option<f64>, most| most > 0.0 && came.is_some_and(|it| it > most);
        let (_, most, what) =
            [time, bytes].into_iter().find(|(came, most, _)| is_ok && is_more(*came, *most))?;
        Some(format!("more than {most} of {what}"))
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ups = self.ups();
        let rates = match &ups[..] {
            [one] => one.to_string(),
            [one, others @ ..] if others.iter().all(|up| up == one) => {
                format!("{} × {one}", ups.len())
            }
            all => joined(all),
        };
        let delays = [self.delay_ms, self.client_delay_ms, self.relay_delay_ms];
        let delay = delays.into_iter().find(|delay| *delay > 0).unwrap_or(0);
        let of_each = Some(&self.delay_ms_of[..]).filter(|each| !each.is_empty());
        let delay = joined(of_each.unwrap_or(&[delay]));
        let (file, chunk) = (self.file_bytes as f64 / 1e6, self.chunk_bytes >> 10);
        let name = |program| if program == Program::Ours { "ours" } else { "kubo" };
        let (limit, down) = (self.upload_limit_kib_per_s, self.client_down_kb_per_s);
        let (readers, rate) = (self.readers, self.readers_bytes_per_s);
        let (relay, cancel) = (self.relay_kb_per_s, self.readers_cancel_after_ms);
        let server = name(self.server);
        let line = if self.crowd { "lines" } else { "shared line" };
        let stands = readers > 0 && cancel == 0;
        let wanted = self.readers_chunk_bytes >> 10;
        let told = [
            (format!("{rates} kB/s"), ups != vec![0; ups.len()]),
            (format!("limit {limit} KiB/s"), limit > 0),
            (format!("{line} of {down} kB/s"), down > 0),
            (
                format!("over a relay ({}) at {relay} kB/s", name(self.relay.unwrap_or_default())),
                self.relay.is_some(),
            ),
            (format!("{delay} ms, {file:.1} MB, blocks of {chunk} KiB"), true),
            (format!("{} from {}", name(self.client), server), self.clients > 0),
            (format!("{} clients", self.clients), self.clients > 1),
            ("QUIC".into(), self.transport == Transport::Quic),
            ("a crowd".into(), self.crowd),
            ("fresh".into(), self.fresh),
            (format!("{readers} readers of {rate} B/s"), stands),
            (format!("who want blocks of {wanted} KiB"), stands),
            (
                format!("for each of {readers} who ask {server} and cancel after {cancel} ms"),
                cancel > 0,
            ),
        ];
        let told = told.into_iter().filter(|(_, is_so)| *is_so).map(|(text, _)| text);
        let told: Vec<_> = told.chain(self.events.iter().map(Event::to_string)).collect();
        write!(f, "{}: {}", self.name, told.join(", "))
    }
}

fn joined(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("+")
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeds => "succeeds",
            Self::Fails => "fails",
            Self::Varies => "varies",
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::HalfOpen => "half open",
            What::Kill => "kill",
            What::Pause => "pause",
            What::ResetEvery => "reset every",
            What::Strand => "strand",
        })?;
        match (self.bytes, self.for_s) {
            (0, 0) => Ok(()),
            (0, seconds) => write!(f, " for {seconds} s"),
            (bytes, _) => write!(f, " {bytes} bytes"),
        }
    }
}
