//! What plans are made of. All times are in ms, all sets of numbers are bits.

use std::fmt;
use std::str::FromStr;

/// Declares an item of plain numbers, which is written as its numbers with commas between them.
macro_rules! item {
    ($(#[$doc:meta])+ $name:ident { $($(#[$of:meta])+ $field:ident: $type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$of])+ pub $field: $type,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let words = [$(self.$field.to_string(),)+];
                f.write_str(&words.join(","))
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                let mut words = text.split(',');
                let mut next = || words.next().ok_or(());
                let item = Self { $($field: next()?.parse().map_err(|_| ())?,)+ };
                words.next().is_none().then_some(item).ok_or(())
            }
        }
    };
}

item! {
    /// A node.
    Player {
        /// 0 keeps to the rules; the others are kinds of hostile peers, from 1, and 128 more if
        /// they are eager.
        hostile: u8,
        /// Whether it is gone for good after the faults.
        leaves: u8,
        /// The choice of each role's strategy, four bits each; 15 is chaos.
        strategies: u32,
        /// The choice of each limit, two bits each.
        limits: u64,
        /// The choice of other settings.
        settings: u32,
        /// Of its uplink, in kbit/s.
        up: u32,
        /// Of its downlink, in kbit/s.
        down: u32,
        /// What its store takes for a read or a write, in µs.
        store: u32,
        /// Of a million reads and writes, how many fail.
        store_faults: u32,
    }
}

item! {
    /// A connection.
    PlannedLink {
        /// Its one end.
        one: u8,
        /// Its other end.
        other: u8,
        /// One way, in µs.
        latency: u32,
        /// How it spreads: 0 not at all, up to 100 evenly by so many hundredths, above that without
        /// bound.
        jitter: u8,
        /// Of a million messages, how many end in a reset.
        resets: u32,
        /// How both speak: the place of the dialect among the newest first.
        dialect: u8,
        /// Lanes, 1 or 2.
        lanes: u8,
        /// Whether streams are agreed on.
        negotiates: u8,
    }
}

item! {
    /// A block.
    Content {
        /// Its size in bytes.
        bytes: u32,
        /// Tells blocks of one size apart.
        name: u8,
        /// How its CID is written: 0 raw, 1 as in version 0, 2 as version 1 of the same.
        form: u8,
        /// Who has it.
        holders: u32,
        /// Since when.
        at: u32,
    }
}

item! {
    /// A caller's wish.
    Call {
        /// When.
        at: u32,
        /// On which node.
        player: u8,
        /// In which of its sessions.
        session: u8,
        /// Which contents.
        contents: u64,
        /// Blocks that it takes at once.
        credit: u16,
        /// When it gives up, after its beginning; 0 never.
        timeout: u32,
        /// Its priority.
        priority: i8,
    }
}

item! {
    /// Many small blocks that one player has and another one wants.
    Bulk {
        /// When.
        at: u32,
        /// Who has them.
        holder: u8,
        /// Who wants them.
        player: u8,
        /// How: 0 in one call, 1 in a call each of one session, 2 in a session each.
        how: u8,
        /// How many.
        blocks: u16,
        /// The bytes of the largest.
        bytes: u16,
    }
}

item! {
    /// Content routing.
    Routes {
        /// What answers: 0 a server, 1 a walk.
        router: u8,
        /// To it, or to each node of the walk, and back, in ms.
        round_trip: u32,
        /// How long after a player has a block others can find that it has.
        visible_after: u32,
        /// Of 100 records, how many a look-up misses.
        missed: u8,
        /// Of 100 records, how many name somebody who is gone first.
        outdated: u8,
        /// Of 100 blocks, how many are provided by somebody who does not have them, too.
        wrong: u8,
        /// Of 100 nodes, how many nobody can dial.
        unreachable: u8,
        /// Look-ups of one player at once.
        at_once: u8,
    }
}

item! {
    /// Something that goes wrong, or ends.
    Fault {
        /// When.
        at: u32,
        /// What.
        what: FaultKind,
        /// Whom it strikes.
        one: u8,
        /// Towards whom.
        other: u8,
        /// How long, or how much.
        much: u32,
    }
}

macro_rules! whats {
    ($($(#[$doc:meta])+ $name:ident = $word:literal,)+) => {
        /// What goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind {
            $($(#[$doc])+ $name,)+
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its word.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

whats! {
    /// A caller gives up: the call of this number.
    Cancel = "cancel",
    /// A session of a node is closed: the one of this number.
    Close = "close",
    /// A node stops without a word; bit 0 keeps its store, the rest is for how long.
    Crash = "crash",
    /// Nothing gets through one way.
    Cut = "cut",
    /// Nothing gets through either way.
    CutBoth = "cut-both",
    /// Two nodes disconnect.
    Disconnect = "disconnect",
    /// A node's clock jumps ahead by so many s, or back.
    JumpAhead = "jump",
    /// The same, back.
    JumpBack = "jump-back",
    /// Two nodes connect; how is in the number.
    Connect = "knot",
    /// Cuts between two nodes are undone.
    Mend = "mend",
    /// A node stands still.
    Pause = "pause",
    /// Other strategies are in charge of a node.
    Replace = "replace",
    /// A connection is replaced by another.
    Reset = "reset",
    /// One end drops a connection, and the other learns it later.
    Silence = "silence",
    /// A node's store is slow, in µs, or fails, if the lowest bit is set.
    Store = "store",
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|what| what.name() == text).ok_or(())
    }
}
