//! A seeded simulation of crashing replicas, failing and slow stores, and disconnecting clients,
//! with a clock that only the simulation moves.
//!
//! `SIMULATION_SEED=<n>` repeats one seed, `SIMULATION_SEEDS=<n>` runs that many.
#![allow(clippy::unwrap_used, clippy::panic)]

mod client;
mod model;
mod random;
mod stores;
mod world;

use crate::domain::RunStatus;
use client::Client;
use random::Random;
use std::{
    env,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use world::World;

const SEEDS: u64 = 1000;
const CLIENTS: u64 = 2;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn nothing_acknowledged_is_lost_whatever_fails() {
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    let mut failed = Vec::new();
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let result = std::panic::catch_unwind(|| runtime.block_on(simulate(seed)));
        if result.is_err() {
            failed.push(seed);
        }
    }
    assert!(
        failed.is_empty(),
        "repeat with SIMULATION_SEED=<n>: {failed:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reader_gives_up_on_its_store_after_30_s_in_all() {
    let client = Client::new(World::new(1), 0);
    let (lasted, comments) = client.read_without_stores().await;
    let seconds = lasted.as_secs_f64();
    assert!((28.0..=31.0).contains(&seconds), "{seconds} s");
    assert!(comments >= 2, "the client is told that the stream lives");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_refused_deletes_nothing() {
    Client::new(World::new(1), 0).delete_without_stores().await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_forgets_its_owners_once_stores_are_back() {
    Client::new(World::new(1), 0).expire_without_stores().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_stored_is_never_called_complete() {
    let mut statuses = Vec::new();
    for seed in 0..20 {
        let client = Client::new(World::new(seed), 0);
        statuses.push(client.converse_without_stores().await);
    }
    assert!(statuses.contains(&RunStatus::Failed), "{statuses:?}");
}

async fn simulate(seed: u64) {
    let world = World::new(seed);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let client = Client::new(Arc::clone(&world), n);
            tokio::spawn(client.run())
        })
        .collect();
    let chaos = tokio::spawn(async move {
        tokio::join!(crash_now_and_then(&world), lose_stores_now_and_then(&world))
    });
    for client in clients {
        client.await.unwrap();
    }
    chaos.abort();
}

/// Replaces a replica with a new one, now and then.
async fn crash_now_and_then(world: &Arc<World>) {
    let mut random = Random::new(world.seed ^ 0xc4a5);
    loop {
        // pause: until the next crash; the clock is paused
        tokio::time::sleep(Duration::from_millis(random.below(20_000))).await;
        world.crash(random.below(world::REPLICAS as u64) as usize);
    }
}

/// Takes all stores away, now and then for longer than a request waits for them.
async fn lose_stores_now_and_then(world: &World) {
    let mut random = Random::new(world.seed ^ 0x0a7a);
    loop {
        // pause: until the next outage; the clock is paused
        tokio::time::sleep(Duration::from_millis(random.below(120_000))).await;
        world.away.store(true, Ordering::Relaxed);
        // pause: an outage; the clock is paused
        tokio::time::sleep(Duration::from_millis(random.below(15_000))).await;
        world.away.store(false, Ordering::Relaxed);
    }
}
