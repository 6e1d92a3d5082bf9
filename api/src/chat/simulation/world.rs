//! The replicas of a simulation and their stores.

use super::{
    model::RandomModel,
    random::Random,
    stores::{SimulatedRuns, SimulatedThreads},
};
use crate::{
    agents::Agents,
    chat::{Engine, EngineOptions, EngineParts},
    domain::{RunId, StoreError},
    notes::{memory::MemoryNotes, tools::NoteTools},
    runs::memory::MemoryRuns,
    sessions::{Sessions, memory::MemoryRecords},
    telemetry::{Build, Meter, Telemetry, Tracer},
    threads::memory::MemoryThreads,
    tools::ToolServers,
};
use dashmap::DashMap;
use std::{
    collections::HashSet,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

pub(super) const REPLICAS: usize = 2;
/// Shared by all seeds: an HTTP client is expensive to create, and none of them uses it.
static SERVERS: LazyLock<ToolServers> = LazyLock::new(|| ToolServers::new(Vec::new(), "").unwrap());
static METER: LazyLock<Meter> = LazyLock::new(|| {
    Meter::new(Build {
        version: "0",
        commit: "simulation",
    })
});

pub(super) struct World {
    pub(super) seed: u64,
    random: Mutex<Random>,
    pub(super) threads: MemoryThreads,
    pub(super) runs: MemoryRuns,
    pub(super) sessions: Sessions,
    /// The process that writes a run, and the number of its events.
    pub(super) writers: DashMap<RunId, (usize, u64)>,
    dead: Mutex<HashSet<usize>>,
    /// Whether every call that may fail does.
    pub(super) away: AtomicBool,
    processes: AtomicUsize,
    replicas: Mutex<Vec<(usize, Engine)>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Arc<Self> {
        let records = Arc::new(MemoryRecords::default());
        let day = Duration::from_secs(24 * 3600);
        let world = Arc::new(Self {
            seed,
            random: Mutex::new(Random::new(seed)),
            threads: MemoryThreads::default(),
            runs: MemoryRuns::default(),
            sessions: Sessions::new(records, &["secret".into()], day),
            writers: DashMap::new(),
            dead: Mutex::default(),
            away: AtomicBool::new(false),
            processes: AtomicUsize::new(0),
            replicas: Mutex::default(),
        });
        let replicas = (0..REPLICAS).map(|_| world.start()).collect();
        *world.replicas.lock().unwrap() = replicas;
        world
    }

    fn start(self: &Arc<Self>) -> (usize, Engine) {
        let process = self.processes.fetch_add(1, Ordering::Relaxed);
        let notes = Arc::new(MemoryNotes::default());
        let note_tools = NoteTools::new(notes.clone());
        let known: Vec<String> = note_tools
            .specs()
            .into_iter()
            .map(|spec| spec.name)
            .collect();
        let toml = Agents::builtin_toml().replace("tools = []", "tools = [\"page/*\"]");
        let agents = Agents::parse(&toml, &known, &|_| None).unwrap();
        let model = RandomModel(Mutex::new(Random::new(self.seed ^ process as u64)));
        let engine = Engine::new(
            EngineParts {
                sessions: self.sessions.clone(),
                threads: Arc::new(SimulatedThreads::new(self, process)),
                runs: Arc::new(SimulatedRuns::new(self, process)),
                notes,
                note_tools,
                servers: SERVERS.clone(),
                agents: Arc::new(agents),
                models: Arc::new(model),
                telemetry: Telemetry {
                    meter: METER.clone(),
                    tracer: Tracer::off(),
                },
            },
            EngineOptions {
                run_grace: Duration::from_secs(60),
                max_runs: 100,
                context_tokens: 100_000,
                durable: true,
            },
        );
        engine.finish_deletions();
        (process, engine)
    }

    /// Kills a replica's process wherever it is, and starts a new one.
    pub(super) fn crash(self: &Arc<Self>, replica: usize) {
        let mut replicas = self.replicas.lock().unwrap();
        self.dead.lock().unwrap().insert(replicas[replica].0);
        replicas[replica] = self.start();
    }

    pub(super) fn is_dead(&self, process: usize) -> bool {
        self.dead.lock().unwrap().contains(&process)
    }

    pub(super) fn engine(&self) -> Engine {
        let at = self.random.lock().unwrap().below(REPLICAS as u64) as usize;
        self.replicas.lock().unwrap()[at].1.clone()
    }

    /// Disturbs a call of `process` by a delay, a failure, or its death.
    pub(super) async fn disturb(&self, process: usize, may_fail: bool) -> Result<(), StoreError> {
        let (delay, fails) = {
            let mut random = self.random.lock().unwrap();
            let delay = if random.chance(20) {
                random.below(1_500)
            } else {
                0
            };
            let fails = random.chance(4) || self.away.load(Ordering::Relaxed);
            (delay, may_fail && fails)
        };
        if delay > 0 {
            // pause: a slow store; the clock is paused
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if self.is_dead(process) {
            std::future::pending::<()>().await;
        }
        if fails {
            return Err(StoreError::Unavailable {
                store: "simulated",
                reason: "as the seed says".to_owned(),
            });
        }
        Ok(())
    }
}
