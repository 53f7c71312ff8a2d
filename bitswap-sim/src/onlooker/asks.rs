//! Our asks of one peer over time: none too often (I6), none waited for without end (I1).

use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, Table, Timestamp};
use cid::Cid;

use super::{Onlooker, Verdict, breach, name};

/// Notes on what one peer was asked, by the names of CIDs.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// When it was last told that we want to know whether it has something, and when before that.
    told: Table<u64, [Timestamp; 2]>,
    /// Block asks that were open when we last looked.
    waits: Table<u64, Wait>,
}

/// A block ask that is waited for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    /// How old it was then.
    age: Duration,
}

impl Asks {
    /// A peer is asked again after 30 s; an ask that had to wait for its message may make that
    /// look like less, but not twice.
    const OFTEN: Duration = Duration::from_secs(29);
    /// An answer is waited for for two minutes at most.
    const LONGEST: Duration = Duration::from_secs(150);

    /// The list is sent anew, which is no new ask.
    pub(super) fn repeat(&mut self) {
        self.told = Table::default();
    }

    /// A want-have goes out for a want that is open since then.
    fn told(&mut self, now: Timestamp, cid: &Cid, since: Timestamp) -> Verdict {
        let [last, before] = self.told.or_default(name::of_cid(cid));
        let third = std::mem::replace(before, std::mem::replace(last, now));
        if third >= since && third > Timestamp::ZERO && now < third.after(Self::OFTEN) {
            let within = now.since(third);
            return breach(6, || format!("{cid} was asked for three times within {within:?}"));
        }
        Ok(())
    }

    /// A block ask of this age is open. While `is_busy` its message may still be on its way.
    fn waits(&mut self, now: Timestamp, cid: &Cid, age: Duration, is_busy: bool) -> Verdict {
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
                breach(1, || format!("{cid} was asked for {age:?} ago, and is still waited for"))
            }
            Some(_) => Ok(()),
        }
    }
}

impl Onlooker {
    /// How often we look at all open asks: more than once in the longest wait.
    const SWEEP: Duration = Duration::from_secs(30);

    /// I6: nobody is asked again before there was time for an answer.
    pub(super) fn look_at_repeats(&mut self, engine: &Engine) -> Verdict {
        for (of_peer, cid) in std::mem::take(&mut self.happening.probes) {
            let since = engine.wanted_since(&cid);
            if let Some((since, known)) = since.zip(self.peers.get_mut(&of_peer)) {
                known.asks.told(self.now, &cid, since)?;
            }
        }
        Ok(())
    }

    /// I1: whoever is asked for a block brings it, or is given up in time.
    pub(super) fn look_at_waits(&mut self, engine: &Engine) -> Verdict {
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
                self.census.note(1);
                let is_busy = known.flights() > 0;
                known.asks.waits(self.now, &want.cid, asked.age, is_busy)?;
            }
        }
        Ok(())
    }
}
