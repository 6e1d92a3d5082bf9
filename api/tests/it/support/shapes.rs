//! The four shapes of a deployment: the same server with different stores.

use super::{Client, Model, TestServer};
use crate::{
    private_postgres::PrivatePostgres, private_redis::PrivateRedis, private_sqlite::PrivateFolder,
};
use secrecy::ExposeSecret;

/// One server, or two replicas where the stores allow it.
pub struct Shape {
    pub name: &'static str,
    pub replicas: Vec<TestServer>,
}

impl Shape {
    pub fn server(&self) -> &TestServer {
        &self.replicas[0]
    }

    /// The same visitor at the last replica.
    pub fn elsewhere(&self, client: &Client) -> Client {
        let mut client = client.clone();
        client
            .url
            .clone_from(&self.replicas.last().expect("a replica").url);
        client
    }
}

/// One deployment of each shape, with separate stores.
pub struct Shapes {
    pub all: Vec<Shape>,
    // Dropped last.
    _folder: PrivateFolder,
    _postgres: PrivatePostgres,
    _redis: PrivateRedis,
}

impl Shapes {
    /// Starts all shapes, with `more` in the environment of each server.
    pub async fn start(model: &Model, more: &[(&str, &str)]) -> Self {
        let folder = PrivateFolder::new();
        let (postgres, redis) = tokio::join!(PrivatePostgres::start(), PrivateRedis::start());
        let (file, redis_url) = (folder.url(), redis.url());
        let (alone, shared) = (postgres.url(), postgres.another_database().await);
        let database = |url| ("DATABASE_URL", url);
        let redis_url = ("REDIS_URL", redis_url.expose_secret());
        let mut all = Vec::new();
        for (name, stores, replicas) in [
            ("memory", vec![], 1),
            ("SQLite", vec![database(file.as_str())], 1),
            ("Postgres", vec![database(alone.expose_secret())], 1),
            (
                "Postgres and Redis",
                vec![database(shared.expose_secret()), redis_url],
                2,
            ),
        ] {
            let env = [more, &stores].concat();
            let mut shape = Shape {
                name,
                replicas: Vec::new(),
            };
            for _ in 0..replicas {
                shape.replicas.push(TestServer::with(model, &env).await);
            }
            all.push(shape);
        }
        Self {
            all,
            _folder: folder,
            _postgres: postgres,
            _redis: redis,
        }
    }
}
