//! Two replicas on one Redis and one Postgres: either of them serves any request.

use crate::{
    eventually::eventually,
    private_postgres::PrivatePostgres,
    private_redis::PrivateRedis,
    support::{
        Client, Events, Model, Reply, TestServer, client::problem, events::*, provider::delta,
    },
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// The services that the replicas share.
struct Site {
    redis: PrivateRedis,
    postgres: PrivatePostgres,
    model: Model,
}

/// A replica with its own runtime, so that it can be killed with all its tasks.
struct Replica {
    runtime: Option<Runtime>,
    server: TestServer,
}

impl Site {
    async fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            redis: PrivateRedis::start().await,
            postgres: PrivatePostgres::start().await,
            model: Model::new(replies).await,
        }
    }

    async fn replica(&self) -> Replica {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (redis, postgres) = (self.redis.url(), self.postgres.url());
        let model = self.model.clone();
        let start = runtime.spawn(async move {
            let stores = [
                ("REDIS_URL", redis.expose_secret()),
                ("DATABASE_URL", postgres.expose_secret()),
            ];
            TestServer::with(&model, &stores).await
        });
        let server = start.await.unwrap();
        Replica {
            runtime: Some(runtime),
            server,
        }
    }
}

impl Replica {
    /// The same visitor at this replica.
    fn visited_by(&self, client: &Client) -> Client {
        let mut client = client.clone();
        client.url.clone_from(&self.server.url);
        client
    }

    /// Stops all of its tasks at once, without cleaning up.
    fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn run_of(events: &[Value]) -> String {
    events[0]["run_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_replica_serves_any_request() {
    let site = Site::new([Reply::Stall(vec![delta("one "), delta("two ")])]).await;
    let (a, b) = (site.replica().await, site.replica().await);
    let at_a = a.server.signed_in().await;
    let at_b = b.visited_by(&at_a);
    assert_eq!(at_b.json("/api/session").await["has_api_key"], true);
    assert_eq!(at_b.get("/ready").await.status(), 200);

    let mut first = at_b.chat(json!({"message": "count"})).await;
    let begun = first.until("content_delta").await;
    let run = run_of(&begun);
    let mut other = Events::of(at_a.follow(&run, None).await);
    other.until("content_delta").await;
    assert_eq!(other.next().await.unwrap()["delta"], "two ");
    let body = json!({"message": "more", "thread_id": begun[0]["thread_id"]});
    problem(at_a.post("/api/chat", body).await, 409, "run_in_progress").await;

    let cancel = at_a
        .post(&format!("/api/runs/{run}/cancel"), json!({}))
        .await;
    assert_eq!(cancel.status(), 204);
    assert_eq!(done(&other.rest().await)["status"], "cancelled");
    first.rest().await;
    assert_eq!(first.raw, other.raw, "the same bytes on every replica");

    assert_eq!(at_b.post("/api/logout", json!({})).await.status(), 204);
    assert_eq!(at_a.json("/api/session").await["signed_in"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_run_of_a_dead_replica_ends_for_readers_on_another() {
    let stalled = Reply::Stall(vec![delta("What was said")]);
    let site = Site::new([stalled, Reply::text("Here I am.")]).await;
    let (a, b) = (site.replica().await, site.replica().await);
    let at_a = a.server.signed_in().await;
    let at_b = b.visited_by(&at_a);
    let begun = at_a
        .chat(json!({"message": "hello"}))
        .await
        .until("content_delta")
        .await;
    let thread = begun[0]["thread_id"].as_str().unwrap();
    let path = format!("/api/threads/{thread}");
    eventually("the answer is stored", async || {
        at_b.json(&path).await["messages"][1]["content"] == "What was said"
    })
    .await;
    let mut reader = Events::of(at_b.follow(&run_of(&begun), None).await);
    reader.until("content_delta").await;

    a.kill();
    let killed = Instant::now();
    let rest = reader.rest().await;
    assert!(
        killed.elapsed() < Duration::from_secs(15),
        "{:?}",
        killed.elapsed()
    );
    assert_eq!(kinds(&rest), ["error", "done"]);
    assert_eq!(rest[0]["code"], "run_lost");
    assert_eq!(done(&rest)["status"], "failed");

    let detail = at_b.json(&path).await;
    assert_eq!(detail["active_run_id"], Value::Null);
    assert_eq!(detail["messages"][1]["content"], "What was said");
    assert_eq!(detail["messages"][1]["status"], "failed");
    let body = json!({"message": "still there?", "thread_id": thread});
    let answer = at_b.chat(body).await.rest().await;
    assert_eq!(text(&answer), "Here I am.");
    site.redis.assert_every_key_ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hanging_redis_delays_runs_and_fails_requests_with_retry_after() {
    let site = Site::new([Reply::Stall(vec![delta("one ")])]).await;
    let a = site.replica().await;
    let client = a.server.signed_in().await;
    let mut events = client.chat(json!({"message": "count"})).await;
    let run = run_of(&events.until("content_delta").await);
    site.redis.pause();
    let asked = Instant::now();
    let refused = client.get("/api/threads").await;
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(client.get("/ready").await.status(), 503);
    // pause: the outage under test, long enough for every lease to lapse
    tokio::time::sleep(Duration::from_secs(8)).await;
    site.redis.resume();
    let cancel = format!("/api/runs/{run}/cancel");
    eventually("the run can be cancelled", async || {
        client.post(&cancel, json!({})).await.status() == 204
    })
    .await;
    assert_eq!(done(&events.rest().await)["status"], "cancelled");
    assert_eq!(
        client.json("/api/threads").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
