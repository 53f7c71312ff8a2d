//! A plan is drawn: from its seed come not only the faults but how frequent each kind of them is.

use bitswap_core::Chance;

use super::{Call, Content, Fault, FaultKind, Plan, PlannedLink, Player, limits};

/// The plan of a seed.
pub(super) fn plan(seed: u64) -> Plan {
    let mut draw = Draw { chance: Chance::named(seed, "plan") };
    let players = draw.players();
    let links = draw.links(players.len() as u64);
    let contents = draw.contents(&players);
    let calls = draw.calls(&players, contents.len() as u64);
    let faults = draw.faults(players.len() as u64, calls.len() as u64);
    Plan { seed, players, links, contents, calls, bulks: Vec::new(), routes: None, faults }
}

/// Replaces most resets by a disconnect and a connect soon after, since a connection that breaks is
/// seldom one of several between the same peers. Uses a random stream of its own.
pub(super) fn mix_breaks(plan: &mut Plan) {
    let mut draw = Draw { chance: Chance::named(plan.seed, "breaks of plans") };
    let mut again = Vec::new();
    for fault in plan.faults.iter_mut().filter(|fault| fault.what == FaultKind::Reset) {
        if !draw.chance.one_in(1, 8) {
            fault.what = FaultKind::Disconnect;
            let at = fault.at + draw.much(3_000);
            again.push(Fault { at, what: FaultKind::Connect, ..*fault });
        }
    }
    plan.faults.extend(again);
    plan.faults.sort_by_key(|fault| fault.at);
}

/// The connection that a number stands for.
pub(in crate::campaign) fn link_of(number: u32, one: u8, other: u8) -> PlannedLink {
    Draw { chance: Chance::named(number.into(), "knot") }.link(one, other)
}

struct Draw {
    chance: Chance,
}

impl Draw {
    /// Things go wrong for so long, in ms.
    const LONGEST: u64 = 30_000;

    fn players(&mut self) -> Vec<Player> {
        let count = 2 + self.larger(7).max(self.chance.below(7));
        let odd_limits = self.chance.one_in(1, 2);
        let chaos = self.chance.one_in(1, 4);
        let hostile = self.pick(&[0, 0, 1, 3]);
        (0..count).map(|place| self.player(place, odd_limits, chaos, hostile)).collect()
    }

    fn player(&mut self, place: u64, odd_limits: bool, chaos: bool, hostile: u64) -> Player {
        let is_hostile = place >= 2 && self.chance.one_in(hostile, 8);
        let limits = if odd_limits && self.chance.one_in(2, 3) { self.limits() } else { 0 };
        let odd_store = self.chance.one_in(1, 10);
        Player {
            hostile: if is_hostile { 1 + self.chance.below(limits::ACTIVE) as u8 } else { 0 },
            leaves: u8::from(place >= 2 && self.chance.one_in(1, 10)),
            strategies: self.strategies(chaos),
            limits,
            settings: self.settings(),
            up: self.rate(),
            down: self.rate(),
            store: self.pick(&[0, 0, 100, 5_000, if odd_store { 800_000 } else { 200 }]),
            store_faults: if odd_store { self.pick(&[1_000, 20_000, 200_000]) } else { 0 },
        }
    }

    fn strategies(&mut self, chaos: bool) -> u32 {
        let mut numbers = 0;
        for (place, choices) in limits::choices().into_iter().enumerate() {
            let drawn = match self.chance.below(8) {
                0 if chaos => 15,
                // The finder that never searches ends everything at once: seldom.
                _ if place == 3 => self.finder(choices),
                1..=4 => 0,
                _ => self.chance.below(choices.into()),
            };
            numbers |= (drawn as u32) << (4 * place);
        }
        numbers
    }

    fn finder(&mut self, choices: u32) -> u64 {
        if self.chance.one_in(1, 20) {
            return 1;
        }
        let others = u64::from(choices).saturating_sub(2);
        if others > 0 && self.chance.one_in(1, 3) { 2 + self.chance.below(others) } else { 0 }
    }

    fn limits(&mut self) -> u64 {
        let often = self.pick(&[1, 2, 4]);
        (0..32).fold(0, |bits, place| {
            let odd = self.chance.one_in(often, 16);
            bits | if odd { self.chance.below(4) << (2 * place) } else { 0 }
        })
    }

    fn settings(&mut self) -> u32 {
        let usual = self.chance.one_in(1, 2);
        if usual { 0 } else { self.chance.below(1 << 10) as u32 }
    }

    fn rate(&mut self) -> u32 {
        self.pick(&[1_000, 10_000, 10_000, 100_000, 100_000, 1_000_000])
    }

    fn links(&mut self, count: u64) -> Vec<PlannedLink> {
        let shape = self.chance.below(10);
        let mut links = Vec::new();
        for one in 0..count {
            for other in one + 1..count {
                let there = match shape {
                    0 => other == one + 1,
                    1 => one == 0,
                    2 => self.chance.one_in(1, 2),
                    _ => true,
                };
                if there {
                    links.push(self.link(one as u8, other as u8));
                }
            }
        }
        links
    }

    fn link(&mut self, one: u8, other: u8) -> PlannedLink {
        let latency: u32 = self.pick(&[100, 5_000, 20_000, 50_000, 100_000, 400_000]);
        PlannedLink {
            one,
            other,
            latency,
            jitter: self.pick(&[0, 0, 30, 100, 101]),
            resets: self.pick(&[0, 0, 0, 5_000, 50_000, 200_000]),
            protocol: self.pick(&[0, 0, 0, 1, 1, 1, 1, 2, 3, 4]),
            lanes: self.pick(&[2, 2, 2, 1]),
            negotiates: self.pick(&[0, 1]),
        }
    }

    fn contents(&mut self, players: &[Player]) -> Vec<Content> {
        let few = self.chance.one_in(1, 16);
        let count = 1 + if few { self.chance.below(8) } else { 40 + self.larger(24) };
        let many = self.chance.one_in(1, 4);
        let late = self.pick(&[0, 1, 3]);
        (0..count).map(|_| self.content(players, many, late)).collect()
    }

    fn content(&mut self, players: &[Player], many: bool, late: u64) -> Content {
        let bytes = self.pick(&[
            0, 1, 1_023, 1_024, 1_025, 2_000, 2_001, 2_002, 2_003, 4_095, 4_096, 4_097, 4_098,
            30_000, 30_001, 65_535, 65_536, 65_537, 262_144,
        ]);
        let count = players.len() as u64;
        let mut holders = 1 << self.chance.below(count);
        for place in 0..count {
            holders |= u32::from(many && self.chance.one_in(1, 2)) << place;
        }
        let at = if self.chance.one_in(late, 8) { self.moment() } else { 0 };
        let (name, form) = (self.chance.below(8) as u8, self.pick(&[0, 0, 0, 0, 0, 1, 2]));
        Content { bytes, name, form, holders, at }
    }

    fn calls(&mut self, players: &[Player], contents: u64) -> Vec<Call> {
        let mut calls = Vec::new();
        let hurry = self.chance.one_in(1, 3);
        for (place, player) in players.iter().enumerate() {
            if !player.is_honest() {
                continue;
            }
            let sessions = 1 + self.chance.below(4);
            for _ in 0..6 + self.chance.below(8) {
                calls.push(self.call(place as u8, (sessions, contents), hurry));
            }
        }
        calls
    }

    fn call(&mut self, player: u8, (sessions, contents): (u64, u64), hurry: bool) -> Call {
        let all = u64::MAX >> (64 - contents.clamp(1, 64));
        let contents = match self.chance.below(5) {
            0 => 1 << self.chance.below(contents),
            1 => all & self.chance.bits(),
            _ => all,
        };
        Call {
            at: if self.chance.one_in(1, 2) {
                self.chance.below(300) as u32
            } else {
                self.moment()
            },
            player,
            session: self.chance.below(sessions) as u8,
            contents,
            credit: self.pick(&[1, 1, 2, 4, 16, 64]),
            timeout: if hurry && self.chance.one_in(1, 2) { 1 + self.moment() } else { 0 },
            priority: self.pick(&[0, 0, 1, -1]),
        }
    }

    fn faults(&mut self, players: u64, calls: u64) -> Vec<Fault> {
        let weights: Vec<u64> = self.weights();
        let most = self.pick(&[0, 4, 12, 40, 80]);
        let mut faults = Vec::new();
        for _ in 0..self.chance.below(most + 1) {
            let Some(place) = self.chance.weighted(weights.iter().copied()) else { break };
            let fault = self.fault(FaultKind::ALL[place], players, calls);
            faults.push(fault);
            if matches!(fault.what, FaultKind::Cut | FaultKind::CutBoth) && self.chance.one_in(3, 4)
            {
                let at = fault.at + self.much(10_000);
                faults.push(Fault { at, what: FaultKind::Mend, ..fault });
            }
            if matches!(fault.what, FaultKind::Disconnect | FaultKind::Silence)
                && self.chance.one_in(3, 4)
            {
                let at = fault.at + self.much(5_000);
                faults.push(Fault {
                    at,
                    what: FaultKind::Connect,
                    much: self.much(u32::MAX),
                    ..fault
                });
            }
        }
        if self.chance.one_in(1, 8) {
            self.swizzle(players, &mut faults);
        }
        faults.sort_by_key(|fault| fault.at);
        faults
    }

    /// How frequent each kind is: some runs know only a few.
    fn weights(&mut self) -> Vec<u64> {
        let jumps = self.chance.one_in(1, 50);
        let weight = |what: &FaultKind| {
            if matches!(what, FaultKind::JumpAhead | FaultKind::JumpBack) {
                u64::from(jumps) * 4
            } else if matches!(what, FaultKind::Mend | FaultKind::Swap) {
                0
            } else {
                self.pick(&[0, 0, 1, 4])
            }
        };
        FaultKind::ALL.iter().map(weight).collect()
    }

    fn fault(&mut self, what: FaultKind, players: u64, calls: u64) -> Fault {
        let much = match what {
            FaultKind::Cancel => self.chance.below(calls.max(1)) as u32,
            FaultKind::Close => self.chance.below(4) as u32,
            FaultKind::Crash => self.much(20_000),
            FaultKind::JumpAhead | FaultKind::JumpBack => {
                self.pick(&[1, 3_600, 315_360_000, 315_360_000])
            }
            FaultKind::Pause => self.up_to(&[500, 10_000, 60_000]),
            FaultKind::Replace => {
                let chaos = self.chance.one_in(1, 8);
                self.strategies(chaos)
            }
            FaultKind::Silence => self.up_to(&[100, 5_000, 60_000]),
            FaultKind::Store => self.pick(&[0, 1, 5_001, 100_000, 3_000_000]),
            FaultKind::Cut
            | FaultKind::CutBoth
            | FaultKind::Disconnect
            | FaultKind::Connect
            | FaultKind::Mend
            | FaultKind::Reset
            | FaultKind::Swap => self.chance.bits() as u32,
        };
        let one = self.chance.below(players);
        let other = (one + 1 + self.chance.below(players - 1)) % players;
        Fault { at: self.moment(), what, one: one as u8, other: other as u8, much }
    }

    /// Connections are clogged one by one, and freed in another order.
    fn swizzle(&mut self, players: u64, faults: &mut Vec<Fault>) {
        let (mut from, mut to) = (self.moment(), self.moment());
        for _ in 0..2 + self.chance.below(6) {
            let fault = self.fault(FaultKind::CutBoth, players, 0);
            from += self.much(300);
            to += self.much(300);
            faults.push(Fault { at: from.min(to), ..fault });
            faults.push(Fault { at: from.max(to), what: FaultKind::Mend, ..fault });
        }
    }

    /// Early more often than late.
    fn moment(&mut self) -> u32 {
        let longest = self.pick(&[500, 3_000, Self::LONGEST]);
        self.chance.below(longest) as u32
    }

    /// The larger of two draws.
    fn larger(&mut self, bound: u64) -> u64 {
        let one = self.chance.below(bound);
        one.max(self.chance.below(bound))
    }

    fn up_to(&mut self, most: &[u32]) -> u32 {
        let most = self.pick(most);
        self.much(most)
    }

    fn much(&mut self, most: u32) -> u32 {
        self.chance.below(most.into()) as u32
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.chance.below(from.len() as u64) as usize]
    }
}
