//! Logs of ended runs, of which the newest are kept within limits.

use crate::{
    domain::{OwnerId, RunId},
    runs::OWNER_ENDED_MAX_BYTES,
};
use std::collections::{BTreeMap, HashMap, VecDeque};

#[derive(Default)]
pub(super) struct EndedLogs {
    next: u64,
    bytes: usize,
    /// Oldest first.
    logs: BTreeMap<u64, EndedLog>,
    numbers: HashMap<RunId, u64>,
    owners: HashMap<OwnerId, OwnerLogs>,
}

struct EndedLog {
    run: RunId,
    owner: OwnerId,
    bytes: usize,
}

#[derive(Default)]
struct OwnerLogs {
    bytes: usize,
    /// Oldest first.
    numbers: VecDeque<u64>,
}

impl EndedLogs {
    pub(super) fn add(&mut self, run: RunId, owner: OwnerId, bytes: usize) {
        let number = self.next;
        self.next += 1;
        self.bytes += bytes;
        let logs = self.owners.entry(owner.clone()).or_default();
        logs.bytes += bytes;
        logs.numbers.push_back(number);
        self.numbers.insert(run.clone(), number);
        self.logs.insert(number, EndedLog { run, owner, bytes });
    }

    /// Removes a log and returns its size.
    pub(super) fn remove(&mut self, run: &RunId) -> Option<usize> {
        let number = self.numbers.remove(run)?;
        let log = self.logs.remove(&number)?;
        self.bytes -= log.bytes;
        if let Some(owner) = self.owners.get_mut(&log.owner) {
            owner.bytes -= log.bytes;
            owner.numbers.retain(|other| *other != number);
            if owner.numbers.is_empty() {
                self.owners.remove(&log.owner);
            }
        }
        Some(log.bytes)
    }

    /// Removes the owner's oldest logs beyond [`OWNER_ENDED_MAX_BYTES`], except the newest one and
    /// those being read.
    pub(super) fn trim_owner(
        &mut self,
        owner: &OwnerId,
        is_read: impl Fn(&RunId) -> bool,
    ) -> Vec<RunId> {
        let Some(logs) = self.owners.get(owner) else {
            return Vec::new();
        };
        let mut excess = logs.bytes.saturating_sub(OWNER_ENDED_MAX_BYTES);
        let mut victims = Vec::new();
        for number in logs.numbers.iter().take(logs.numbers.len() - 1) {
            if excess == 0 {
                break;
            }
            if let Some(log) = self.logs.get(number).filter(|log| !is_read(&log.run)) {
                excess = excess.saturating_sub(log.bytes);
                victims.push(log.run.clone());
            }
        }
        for run in &victims {
            self.remove(run);
        }
        victims
    }

    /// Removes the oldest logs until the rest hold at most `max` bytes.
    pub(super) fn trim(&mut self, max: usize) -> Vec<RunId> {
        let mut victims = Vec::new();
        while self.bytes > max {
            let Some(run) = self.logs.values().next().map(|log| log.run.clone()) else {
                break;
            };
            self.remove(&run);
            victims.push(run);
        }
        victims
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn keeps_the_newest_of_an_owner_and_what_is_being_read() {
        let mut ended = EndedLogs::default();
        let (owner, other) = (OwnerId::generate(), OwnerId::generate());
        let runs: Vec<RunId> = (0..6).map(|_| RunId::generate()).collect();
        ended.add(runs[5].clone(), other, 7 * MIB);
        for run in &runs[..4] {
            ended.add(run.clone(), owner.clone(), 3 * MIB);
        }
        let gone = ended.trim_owner(&owner, |run| *run == runs[0]);
        assert_eq!(gone, runs[1..3]);
        assert_eq!(ended.bytes(), 13 * MIB);
        ended.add(runs[4].clone(), owner.clone(), 20 * MIB);
        assert_eq!(
            ended.trim_owner(&owner, |_| false),
            [runs[0].clone(), runs[3].clone()]
        );
        assert_eq!(ended.bytes(), 27 * MIB);
    }

    #[test]
    fn drops_the_oldest_logs_overall() {
        let mut ended = EndedLogs::default();
        let runs: Vec<RunId> = (0..4).map(|_| RunId::generate()).collect();
        for run in &runs {
            ended.add(run.clone(), OwnerId::generate(), MIB);
        }
        assert_eq!(ended.remove(&runs[1]), Some(MIB));
        assert_eq!(ended.remove(&runs[1]), None);
        assert_eq!(ended.trim(MIB), [runs[0].clone(), runs[2].clone()]);
        assert_eq!((ended.bytes(), ended.owners.len()), (MIB, 1));
    }
}
