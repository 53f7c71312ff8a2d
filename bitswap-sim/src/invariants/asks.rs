//! Our asks of one peer over time: none too often (I6), none waited for without end (I1).

use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, Table, Timestamp};
use cid::Cid;

use super::{CheckResult, InvariantChecker, name, violation};

/// Notes on what one peer was asked, by the names of CIDs.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// When it was last asked whether it has something.
    probes: Table<u64, Probe>,
    /// Block asks that were open when we last looked.
    waits: Table<u64, Wait>,
}

/// A peer was asked whether it has something.
#[derive(Clone, Copy, Debug)]
struct Probe {
    told_at: Timestamp,
    /// How far it was to go on, in hops: one that goes further is another question.
    ttl: u8,
    /// Since when that may have waited to be told.
    made_after: Timestamp,
    /// Whether it was taken back: what is said once more without that is a list made good.
    is_cancelled: bool,
    /// How often it was taken back before it was answered: then it is said once more.
    evictions: u32,
}

/// A block ask that is waited for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    /// How old it was then.
    age: Duration,
}

impl Asks {
    /// A peer is asked again after 30 s. An ask that had to wait for its message counts from when
    /// it may have been made.
    const OFTEN: Duration = Duration::from_secs(29);
    /// What was evicted before its answer is said again when there is room, but not for ever.
    const EVICTIONS: u32 = 8;
    /// An answer is waited for for two minutes at most.
    const LONGEST: Duration = Duration::from_secs(150);

    /// A want is taken back, after its answer or before it.
    pub(super) fn cancelled(&mut self, of_cid: u64, is_answered: bool) {
        if let Some(probe) = self.probes.get_mut(&of_cid) {
            probe.evictions += u32::from(!is_answered);
            probe.is_cancelled = is_answered || probe.evictions > Self::EVICTIONS;
        }
    }

    /// A want-have goes out for a want that is open since `since`; it was made after `made`.
    fn told(
        &mut self,
        [now, made]: [Timestamp; 2],
        (cid, ttl): (&Cid, u8),
        since: Timestamp,
    ) -> CheckResult {
        let (is_cancelled, evictions) = (false, 0);
        let fresh = Probe { told_at: now, ttl, made_after: made, is_cancelled, evictions };
        let probe = self.probes.or_insert_with(name::of_cid(cid), || fresh);
        let before = *probe;
        if before.told_at <= since {
            *probe = fresh;
        }
        if before.told_at <= since || !before.is_cancelled {
            return Ok(());
        }
        *probe = fresh;
        let made = before.made_after.max(since);
        if now < made.after(Self::OFTEN) && ttl <= before.ttl {
            let within = now.since(made);
            return violation(6, || format!("{cid} was asked for again within {within:?}"));
        }
        Ok(())
    }

    /// A block ask of this age is open. While `is_busy` its message may still be on its way.
    fn waits(&mut self, now: Timestamp, cid: &Cid, age: Duration, is_busy: bool) -> CheckResult {
        let of_cid = name::of_cid(cid);
        let known = self.waits.get(&of_cid).copied();
        let same = known.filter(|wait| wait.age + now.since(wait.since) == age);
        match same {
            None if is_busy => {
                self.waits.remove(&of_cid);
                Ok(())
            }
            None => {
                self.waits.insert(of_cid, Wait { since: now, age });
                Ok(())
            }
            Some(wait) if now > wait.since.after(Self::LONGEST) => {
                violation(1, || format!("{cid} was asked for {age:?} ago, and is still waited for"))
            }
            Some(_) => Ok(()),
        }
    }
}

impl InvariantChecker {
    /// How often we look at all open asks: more than once in the longest wait.
    const SWEEP: Duration = Duration::from_secs(30);

    /// I6: nobody is asked again before there was time for an answer.
    pub(super) fn look_at_repeats(&mut self, engine: &Engine) -> CheckResult {
        for (of_peer, cid, ttl) in std::mem::take(&mut self.current.probes) {
            let since = engine.wanted_since(&cid);
            if let Some((since, known)) = since.zip(self.peers.get_mut(&of_peer)) {
                let made = known.waited_since(since);
                known.asks.told([self.now, made], (&cid, ttl), since)?;
            }
        }
        Ok(())
    }

    /// I1: whoever is asked for a block brings it, or is given up in time.
    pub(super) fn look_at_waits(&mut self, engine: &Engine) -> CheckResult {
        if self.now < self.swept_at.after(Self::SWEEP) {
            return Ok(());
        }
        self.swept_at = self.now;
        for want in engine.open_wants(self.shown, 0, usize::MAX) {
            let open =
                want.asked.iter().filter(|asked| asked.open && asked.kind == WantKind::Block);
            for asked in open {
                let Some(known) = self.peers.get_mut(&name::of_peer(&asked.peer)) else {
                    continue;
                };
                self.check_counts.note(1);
                let is_busy = known.flights() > 0;
                known.asks.waits(self.now, &want.cid, asked.age, is_busy)?;
            }
        }
        Ok(())
    }
}
