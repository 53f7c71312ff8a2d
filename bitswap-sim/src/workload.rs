//! When which node asks for which file: timetables of calls, drawn from a seed's own streams before
//! anything runs.

use std::time::Duration;

use bitswap_core::Chance;

use crate::draw::exponential;
use crate::network::Rate;
use crate::popularity::Popularity;

/// What people do. Two of them together are the one's timetable and then the other's, from
/// different seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// When calls begin, and on which nodes.
    pub arrivals: Arrivals,
    /// Which files they are for.
    pub choice: Choice,
    /// How a file is asked for.
    pub pace: Pace,
    /// Which calls are given up.
    pub cancels: Cancels,
}

/// When calls begin, and whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// One of each fetcher, anywhere within this time.
    AllAtOnce {
        /// How far the first and the last are apart at most.
        skew: Duration,
    },
    /// So many calls, each of a fetcher drawn for it, at moments that have nothing to do with one
    /// another.
    Poisson {
        /// From one to the next, in the mean.
        every: Duration,
        /// Number of calls.
        calls: usize,
    },
    /// One of each fetcher, so many at a time, in order.
    Waves {
        /// Fetchers in a wave.
        size: usize,
        /// From one wave to the next.
        every: Duration,
    },
}

/// The file that a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One drawn for it: the first files rather than the last ones, as their popularity has it.
    Drawn(Popularity),
    /// The first call for the first one, and so on; after the last file the first again.
    InTurn,
    /// All for this one.
    Only(usize),
}

/// How what lies below a file's root is asked for: as the program does, or a level when all of the
/// one above has come, and its blocks like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As `bitswap get` does.
    Program,
    /// Each when the one before it has come.
    OneAtATime,
    /// Nodes above the leaves all at once, then the leaves as if they were played at this rate:
    /// each when those before it have been, whether they have come or not.
    Stream(Rate),
    /// So many at a time.
    Window(u32),
}

/// The calls that are given up before their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cancels {
    /// Percentage of calls that are given up.
    pub percent: u32,
    /// The time after which they are given up.
    pub after: Duration,
}

/// One call to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it begins.
    pub at: Duration,
    /// The node of the call.
    pub node: usize,
    /// The file that is fetched.
    pub file: usize,
    /// How it is asked for.
    pub pace: Pace,
    /// After how long it is given up, if it is.
    pub gives_up_after: Option<Duration>,
}

impl Workload {
    /// Every fetcher wants the first file, within `skew` from the beginning.
    pub const fn all_at_once(skew: Duration) -> Self {
        Self::of(Arrivals::AllAtOnce { skew }, Choice::Only(0))
    }

    /// Every fetcher wants the first file, `size` of them at a time.
    pub const fn waves(size: usize, every: Duration) -> Self {
        Self::of(Arrivals::Waves { size, every }, Choice::Only(0))
    }

    /// So many calls for one file after another, one `every` so often in the mean.
    pub const fn poisson(every: Duration, calls: usize) -> Self {
        Self::of(Arrivals::Poisson { every, calls }, Choice::InTurn)
    }

    /// So many sessions of one file each, one `every` so often in the mean, for files as popular
    /// as Zipf's law with this exponent has it.
    pub const fn zipf_random_access(sessions: usize, every: Duration, hundredths: u32) -> Self {
        let choice = Choice::Drawn(Popularity::Zipf { hundredths });
        Self::of(Arrivals::Poisson { every, calls: sessions }, choice)
    }

    /// This workload with another choice of files.
    #[must_use]
    pub const fn choosing(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// This workload with another pace.
    #[must_use]
    pub const fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// This workload, in which `percent` of the calls are given up after this time, if they last.
    #[must_use]
    pub const fn cancelling(self, percent: u32, after: Duration) -> Self {
        Self { cancels: Cancels { percent, after }, ..self }
    }

    /// The calls of these nodes for so many files, in order. A change of one part of the workload
    /// does not change what was drawn for the others.
    pub fn timetable(&self, fetchers: &[usize], files: usize, seed: u64) -> Vec<Call> {
        let mut chooses = Chance::named(seed, "workload choices");
        let mut gives_up = Chance::named(seed, "workload cancels");
        let arrivals = self.arrivals.draw(fetchers, &mut Chance::named(seed, "workload"));
        let shares = match self.choice {
            Choice::Drawn(popularity) => popularity.of(files),
            Choice::InTurn | Choice::Only(_) => Popularity::Even.of(0),
        };
        let call = |(place, (at, node)): (usize, (Duration, usize))| {
            let file = match self.choice {
                Choice::Drawn(_) => shares.draw(&mut chooses),
                Choice::InTurn => place % files.max(1),
                Choice::Only(file) => file,
            };
            let ends = gives_up.one_in(self.cancels.percent.into(), 100);
            let gives_up_after = ends.then_some(self.cancels.after);
            Call { at, node, file, pace: self.pace, gives_up_after }
        };
        arrivals.into_iter().enumerate().map(call).collect()
    }

    const fn of(arrivals: Arrivals, choice: Choice) -> Self {
        let cancels = Cancels { percent: 0, after: Duration::ZERO };
        Self { arrivals, choice, pace: Pace::Program, cancels }
    }
}

impl Arrivals {
    /// When, and who, in order of time.
    fn draw(&self, fetchers: &[usize], chance: &mut Chance) -> Vec<(Duration, usize)> {
        let mut arrivals: Vec<(Duration, usize)> = match *self {
            Self::AllAtOnce { skew } => {
                let skew = u64::try_from(skew.as_nanos()).unwrap_or(u64::MAX - 1);
                let mut at = || Duration::from_nanos(chance.below(skew + 1));
                fetchers.iter().map(|node| (at(), *node)).collect()
            }
            Self::Poisson { every, calls } => {
                let mut at = Duration::ZERO;
                let mut arrive = || {
                    at += exponential(chance, every);
                    let node = fetchers.get(chance.below(fetchers.len() as u64) as usize)?;
                    Some((at, *node))
                };
                (0..calls).map_while(|_| arrive()).collect()
            }
            Self::Waves { size, every } => {
                let waves = (0_u32..).zip(fetchers.chunks(size.max(1)));
                waves
                    .flat_map(|(wave, of_it)| of_it.iter().map(move |node| (every * wave, *node)))
                    .collect()
            }
        };
        arrivals.sort_by_key(|(at, _)| *at);
        arrivals
    }
}
