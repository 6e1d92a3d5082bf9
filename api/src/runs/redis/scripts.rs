//! The keys of a run in Redis, and the scripts that use them.

use crate::domain::{OwnerId, RunId};
use redis::Script;
use std::time::Duration;

/// The first is also the name of its channel.
pub(super) struct Keys {
    pub(super) run: String,
    pub(super) log: String,
    pub(super) lease: String,
}

impl Keys {
    const PREFIX: &str = "so:run:";

    pub(super) fn of(run: &RunId) -> Self {
        let run = format!("{}{run}", Self::PREFIX);
        Self {
            log: format!("{run}:log"),
            lease: format!("{run}:lease"),
            run,
        }
    }

    pub(super) fn run_of(channel: &str) -> Option<RunId> {
        channel.strip_prefix(Self::PREFIX)?.parse().ok()
    }
}

/// By the time they began.
pub(super) fn runs_of(owner: &OwnerId) -> String {
    format!("so:runs:of:{owner}")
}

/// Redis rejects a time of 0.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The scripts for one run; each file documents itself.
pub(super) struct Scripts {
    pub(super) create: Script,
    pub(super) append: Script,
    pub(super) finish: Script,
    pub(super) discard: Script,
    pub(super) status: Script,
    pub(super) take_over: Script,
    pub(super) read: Script,
    pub(super) unread: Script,
    pub(super) cancel: Script,
    pub(super) forget: Script,
}

impl Scripts {
    /// Each is sent to Redis on first use.
    pub(super) fn load() -> Self {
        Self {
            create: Script::new(include_str!("create.lua")),
            append: Script::new(include_str!("append.lua")),
            finish: Script::new(include_str!("finish.lua")),
            discard: Script::new(include_str!("discard.lua")),
            status: Script::new(include_str!("status.lua")),
            take_over: Script::new(include_str!("take_over.lua")),
            read: Script::new(include_str!("read.lua")),
            unread: Script::new(include_str!("unread.lua")),
            cancel: Script::new(include_str!("cancel.lua")),
            forget: Script::new(include_str!("forget.lua")),
        }
    }
}
