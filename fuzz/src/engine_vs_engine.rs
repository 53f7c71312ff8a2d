//! Two engines, or three, over links that break: once these are healed, all wants end, and what
//! each knows of the other's wants is what it was told.

use bitswap_sim::campaign::{
    Call, Content, Fault, FaultKind, Plan, PlannedLink, Player, Pool, run, shrink,
};

use crate::dice::Dice;

/// All in the first half minute, as in the campaign.
const MOMENTS_MS: u32 = 30_000;
const FAULTS: usize = 40;
const SHRINKING_RUNS: usize = 1_000;

/// Who plays, what there is, who wants what, and what goes wrong.
pub fn engine_vs_engine(bytes: &[u8]) {
    let plan = plan(&mut Dice::of(bytes));
    let mut pool = Pool::default();
    if let Some(failure) = run(&plan, &mut pool).failure {
        let (small, failure) = shrink(&plan, &failure, &mut pool, SHRINKING_RUNS);
        assert_eq!(failure.to_string(), "", "bitswap-sim replay --plan {small}");
    }
}

fn plan(dice: &mut Dice<'_>) -> Plan {
    let seed = u64::from(dice.word());
    let count = 2 + u8::from(dice.one_in(3));
    let players: Vec<_> = (0..count).map(|_| player(dice)).collect();
    let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
    let links = pairs.map(|(one, other)| link(dice, one, other)).collect();
    let contents: Vec<_> = (0..=dice.below(8)).map(|_| content(dice, count)).collect();
    let calls: Vec<_> = (0..=dice.below(6)).map(|_| call(dice, count)).collect();
    let mut faults = Vec::new();
    while !dice.is_over() && faults.len() < FAULTS {
        faults.push(fault(dice, count, calls.len() as u64));
    }
    faults.sort_by_key(|fault| fault.at);
    Plan { seed, players, links, contents, calls, faults, ..Plan::default() }
}

fn player(dice: &mut Dice<'_>) -> Player {
    let limits = if dice.one_in(3) { dice.long() } else { 0 };
    let settings = if dice.one_in(2) { u32::from(dice.word()) & 0x3ff } else { 0 };
    Player {
        hostile: 0,
        leaves: 0,
        strategies: strategies(dice),
        limits,
        settings,
        up: dice.pick(&[10_000, 1_000, 100_000]),
        down: dice.pick(&[10_000, 1_000, 100_000]),
        store: dice.pick(&[0, 100, 5_000]),
        store_faults: 0,
    }
}

/// The first two of each role, but a finder that searches.
fn strategies(dice: &mut Dice<'_>) -> u32 {
    let bits = u32::from(dice.byte());
    [0, 1, 2, 4].iter().map(|place| (bits >> place & 1) << (4 * place)).sum()
}

fn link(dice: &mut Dice<'_>, one: u8, other: u8) -> PlannedLink {
    PlannedLink {
        one,
        other,
        latency: dice.pick(&[5_000, 100, 50_000, 400_000]),
        jitter: dice.pick(&[0, 30, 100, 101]),
        resets: dice.pick(&[0, 5_000, 50_000, 200_000]),
        protocol: dice.pick(&[0, 1, 2, 3, 4]),
        lanes: dice.pick(&[2, 1]),
        negotiates: dice.pick(&[0, 1]),
    }
}

fn content(dice: &mut Dice<'_>, players: u8) -> Content {
    Content {
        bytes: dice.pick(&[0, 1, 1_023, 1_024, 1_025, 4_096, 30_000, 65_537]),
        name: dice.below(8) as u8,
        form: dice.pick(&[0, 1, 2]),
        holders: u32::from(dice.byte()) & ((1 << players) - 1),
        at: moment(dice),
    }
}

fn call(dice: &mut Dice<'_>, players: u8) -> Call {
    let timeout = if dice.one_in(3) { 1 + moment(dice) } else { 0 };
    Call {
        at: moment(dice),
        player: dice.byte() % players,
        session: dice.below(3) as u8,
        contents: dice.byte().into(),
        credit: dice.pick(&[1, 4, 16]),
        timeout,
        priority: dice.pick(&[0, 1, -1]),
    }
}

fn fault(dice: &mut Dice<'_>, players: u8, calls: u64) -> Fault {
    let (at, what, one) = (moment(dice), dice.pick(FaultKind::ALL), dice.byte() % players);
    let much = match what {
        FaultKind::Cancel => dice.below(calls) as u32,
        FaultKind::Close => dice.below(4) as u32,
        FaultKind::JumpAhead => dice.pick(&[1, 3_600]),
        // A clock that goes back stands still for so long, and the campaign waits 5 minutes.
        FaultKind::JumpBack => dice.pick(&[1, 60]),
        FaultKind::Replace => strategies(dice),
        FaultKind::Store => dice.pick(&[0, 1, 5_001, 100_000]),
        // A role in three bits, then the number of a strategy.
        FaultKind::Swap => u32::from(dice.byte()),
        FaultKind::Crash
        | FaultKind::Cut
        | FaultKind::CutBoth
        | FaultKind::Disconnect
        | FaultKind::Connect
        | FaultKind::Mend
        | FaultKind::Pause
        | FaultKind::Reset
        | FaultKind::Silence => u32::from(dice.word()) % 20_000,
    };
    let other = (one + 1 + dice.byte() % (players - 1)) % players;
    Fault { at, what, one, other, much }
}

fn moment(dice: &mut Dice<'_>) -> u32 {
    u32::from(dice.word()) % MOMENTS_MS
}
