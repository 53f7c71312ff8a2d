//! One way of a connection over a transport with a ramp: what its socket holds, its congestion
//! window, and what its receiver has of each message. It knows no line and no other flow.

use std::collections::VecDeque;
use std::time::Duration;

use bitswap_core::{Lane, Limits, Timestamp};

use super::{Frame, InFlightFrame};

/// The bytes of one way of a connection.
#[derive(Debug)]
pub(super) struct Flow {
    /// The number of the first message it was given: what it is told from another by that the same
    /// way had before.
    pub(super) born: u64,
    /// Whether it waits for a turn of its uplink.
    pub(super) has_turn: bool,
    /// How much its socket holds beyond what was sent.
    socket_bytes: u64,
    /// Whether the socket took no more when it was last written to.
    is_full: bool,
    /// What was not written to the socket, by lane, and the lane that is written next.
    unwritten: [VecDeque<Part>; 2],
    next_lane: usize,
    /// What the socket holds and was not sent.
    unsent: VecDeque<Part>,
    unsent_bytes: u64,
    /// Bytes that may be on their way, and those that are.
    window: u64,
    in_flight: u64,
    is_slow_start: bool,
    /// No loss before this moment makes the window smaller again.
    shrinks_from: Timestamp,
    /// Messages of which not all bytes came, as they were given.
    coming: VecDeque<Coming>,
    /// When what came last was there: bytes do not overtake one another.
    last_at: Timestamp,
    /// While a message is not whole: since when nobody was told of these bytes.
    untold: Option<(Timestamp, u64)>,
}

/// Bytes of a message that are in one place.
#[derive(Debug)]
struct Part {
    number: u64,
    bytes: u64,
}

/// A message of which not all bytes came.
#[derive(Debug)]
struct Coming {
    number: u64,
    lane: Lane,
    missing: u64,
    /// `None` if it was given up.
    frame: Option<Box<Frame>>,
}

/// What congestion control goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// The round trip where nothing waits.
    pub(super) round_trip: Duration,
    /// How long bytes may wait in queues before the window shrinks.
    pub(super) may_wait: Duration,
}

impl Flow {
    /// What a packet carries.
    pub(super) const SEGMENT: u64 = 1_448;
    const LEAST_WINDOW: u64 = 4 * Self::SEGMENT;
    /// What Linux's largest send buffer of 4 MiB holds, less its own records.
    const MOST_WINDOW: u64 = 2_400_000;
    /// What a muxer writes of one stream before another has its turn.
    const PART: u64 = 16 * 1_024;

    /// A flow with this window, whose socket holds so much.
    pub(super) fn new(born: u64, window: u64, socket_bytes: u64) -> Self {
        Self {
            born,
            has_turn: false,
            socket_bytes,
            is_full: false,
            unwritten: [VecDeque::new(), VecDeque::new()],
            next_lane: 0,
            unsent: VecDeque::new(),
            unsent_bytes: 0,
            window,
            in_flight: 0,
            is_slow_start: true,
            shrinks_from: Timestamp::ZERO,
            coming: VecDeque::new(),
            last_at: Timestamp::ZERO,
            untold: None,
        }
    }

    /// Whether not all that it was given has come.
    pub(super) fn is_carrying(&self) -> bool {
        !self.coming.is_empty()
    }

    /// It is given a message.
    pub(super) fn take(&mut self, frame: Box<Frame>) {
        let (number, lane, bytes) = (frame.trip.number, frame.lane, frame.bytes_on_wire());
        self.unwritten[lane as usize].push_back(Part { number, bytes });
        self.coming.push_back(Coming { number, lane, missing: bytes, frame: Some(frame) });
    }

    /// What was not written of a message never is, and the message never is whole.
    pub(super) fn give_up(&mut self, number: u64) {
        let mut unwritten = 0;
        for lane in &mut self.unwritten {
            let given_up = lane.iter().filter(|part| part.number == number);
            unwritten += given_up.map(|part| part.bytes).sum::<u64>();
            lane.retain(|part| part.number != number);
        }
        if let Some(coming) = self.coming.iter_mut().find(|coming| coming.number == number) {
            coming.missing -= unwritten;
            coming.frame = None;
        }
        self.coming.retain(|coming| coming.missing > 0 || coming.frame.is_some());
    }

    /// Writes to the socket what it takes, a part of each lane by turns. As with Linux's
    /// `TCP_NOTSENT_LOWAT`, one that is full takes more when it is half empty. Returns the messages
    /// that are written whole.
    pub(super) fn write(&mut self) -> Vec<u64> {
        let mut whole = Vec::new();
        if self.is_full && self.unsent_bytes > self.socket_bytes / 2 {
            return whole;
        }
        self.is_full = false;
        loop {
            if self.unwritten[self.next_lane].is_empty() {
                self.next_lane = 1 - self.next_lane;
            }
            let lane = &mut self.unwritten[self.next_lane];
            let Some(part) = lane.front_mut() else { return whole };
            if self.unsent_bytes >= self.socket_bytes {
                self.is_full = true;
                return whole;
            }
            let (number, bytes) = (part.number, part.bytes.min(Self::PART));
            part.bytes -= bytes;
            if part.bytes == 0 {
                whole.push(number);
                lane.pop_front();
            }
            self.next_lane = 1 - self.next_lane;
            self.unsent_bytes += bytes;
            match self.unsent.back_mut() {
                Some(last) if last.number == number => last.bytes += bytes,
                _ => self.unsent.push_back(Part { number, bytes }),
            }
        }
    }

    /// How much may leave in one piece: of a small window a part, so that acknowledgements come
    /// one after another.
    pub(super) fn piece(&self, most: u64) -> u64 {
        most.min(self.window / 4).max(Self::SEGMENT)
    }

    /// Whether anything may leave.
    pub(super) fn can_send(&self) -> bool {
        let packet = self.unsent.front().map(|part| part.bytes.min(Self::SEGMENT));
        packet.is_some_and(|packet| self.in_flight + packet <= self.window)
    }

    /// Lets bytes of one message leave, at most so many: its number, and how many.
    pub(super) fn cut(&mut self, most: u64) -> Option<(u64, u64)> {
        if !self.can_send() {
            return None;
        }
        let part = self.unsent.front_mut()?;
        let bytes = part.bytes.min(most).min(self.window - self.in_flight);
        let number = part.number;
        part.bytes -= bytes;
        if part.bytes == 0 {
            self.unsent.pop_front();
        }
        self.unsent_bytes -= bytes;
        self.in_flight += bytes;
        (bytes > 0).then_some((number, bytes))
    }

    /// Nothing that leaves later is there before this moment. Returns when what is there at `at`,
    /// were it alone, is.
    pub(super) fn in_order(&mut self, at: Timestamp) -> Timestamp {
        self.last_at = self.last_at.max(at);
        self.last_at
    }

    /// Bytes of a message came. Returns the messages that are whole: those of a lane one after
    /// another, also if bytes of the first are sent again.
    pub(super) fn came(&mut self, number: u64, bytes: u64) -> Vec<InFlightFrame> {
        let mut whole = Vec::new();
        let coming = self.coming.iter_mut().find(|coming| coming.number == number);
        let Some(coming) = coming else { return whole };
        coming.missing -= bytes;
        let lane = coming.lane;
        while let Some(place) = self.coming.iter().position(|coming| coming.lane == lane)
            && self.coming[place].missing == 0
        {
            let frame = self.coming.remove(place).and_then(|coming| coming.frame);
            whole.extend(frame.map(InFlightFrame));
            self.untold = None;
        }
        whole
    }

    /// Bytes came at this moment of a message that is not whole. Returns how many its receiver is
    /// told of now.
    pub(super) fn tell(&mut self, at: Timestamp, bytes: u64) -> Option<u64> {
        let (since, untold) = self.untold.get_or_insert((at, 0));
        *untold += bytes;
        if at.since(*since) < Limits::BYTES_TOLD {
            return None;
        }
        *since = at;
        Some(std::mem::take(untold))
    }

    /// Its sender hears that bytes came, which had waited so long in queues. In slow start the
    /// window doubles with each round trip; later it comes to what fills the line and lets bytes
    /// wait as long as they may. It does not grow where nobody needs it.
    pub(super) fn acknowledged(&mut self, bytes: u64, waited: Duration, path: Path) {
        let micros = |time: Duration| time.as_micros() as u64;
        let Path { round_trip, may_wait } = path;
        let is_used = 2 * self.in_flight > self.window;
        self.in_flight -= bytes;
        if waited > may_wait {
            self.is_slow_start = false;
            let over = waited.saturating_sub(may_wait);
            let less = bytes * micros(over) / (2 * micros(round_trip + waited)).max(1);
            self.window = self.window.saturating_sub(less).max(Self::LEAST_WINDOW);
        } else if is_used {
            let room = bytes * micros(may_wait.saturating_sub(waited));
            let more = room / (4 * micros(round_trip + may_wait)).max(1);
            let more = if self.is_slow_start { bytes } else { more };
            self.window = (self.window + more).min(Self::MOST_WINDOW);
        }
    }

    /// A queue had no room for what was sent: the window shrinks, once in a round trip.
    pub(super) fn overflowed(&mut self, now: Timestamp, round_trip: Duration) {
        if now < self.shrinks_from {
            return;
        }
        self.shrinks_from = now.after(round_trip);
        self.is_slow_start = false;
        self.window = (self.window * 7 / 10).max(Self::LEAST_WINDOW);
    }
}
