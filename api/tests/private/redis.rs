//! A private Redis server: own socket, data in a temporary folder. Shared by unit and integration
//! tests.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use crate::eventually::eventually;
use redis::{Client, FromRedisValue, cmd};
use secrecy::{ExposeSecret, SecretString};
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Kills the server when the test's end of the pipe closes, however the test ends.
const GUARDED: &str = r#""$@" >/dev/null & echo $!; cat; kill -9 $!; wait $! 2>/dev/null"#;

/// The server and its data folder.
pub(crate) struct PrivateRedis {
    folder: PathBuf,
    durable: bool,
    process: Option<(Child, String)>,
}

impl PrivateRedis {
    /// A server without persistence.
    pub(crate) async fn start() -> Self {
        Self::start_with(false).await
    }

    /// A server whose data survives a restart.
    pub(crate) async fn start_durable() -> Self {
        Self::start_with(true).await
    }

    async fn start_with(durable: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("so-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        let mut server = Self {
            folder,
            durable,
            process: None,
        };
        server.restart().await;
        server
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    /// Starts the server again after [`PrivateRedis::stop`].
    pub(crate) async fn restart(&mut self) {
        assert!(self.process.is_none(), "stop it first");
        let mut process = Command::new("sh")
            .args(["-c", GUARDED, "sh", "redis-server", "--port", "0"])
            .args(["--save", "", "--appendonly"])
            .arg(if self.durable { "yes" } else { "no" })
            // The default postpones writes while the disk is busy, and a kill would lose them.
            .args(["--appendfsync", "always"])
            .arg("--unixsocket")
            .arg(self.socket())
            .arg("--dir")
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut id = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut id)
            .unwrap();
        self.process = Some((process, id.trim().to_owned()));
        eventually("Redis answers", async || self.answers().await).await;
    }

    /// For `REDIS_URL`.
    pub(crate) fn url(&self) -> SecretString {
        format!("redis+unix://{}", self.socket().display()).into()
    }

    async fn answers(&self) -> bool {
        let client = Client::open(self.url().expose_secret()).unwrap();
        let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
            return false;
        };
        cmd("PING").exec_async(&mut connection).await.is_ok()
    }

    /// The result of a command, on a separate connection.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let client = Client::open(self.url().expose_secret()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        command.query_async(&mut connection).await.unwrap()
    }

    /// Kills the server.
    pub(crate) fn stop(&mut self) {
        if let Some((mut process, _)) = self.process.take() {
            drop(process.stdin.take());
            process.wait().unwrap();
        }
    }

    /// Suspends the server: it accepts connections and commands but does not respond.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Resumes the server.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let (_, id) = self.process.as_ref().unwrap();
        assert!(
            Command::new("kill")
                .args([signal, id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// All keys.
    pub(crate) async fn keys(&self) -> Vec<String> {
        self.ask(cmd("KEYS").arg("*")).await
    }

    /// Fails if a key has no lifetime.
    pub(crate) async fn assert_every_key_ends(&self) {
        for key in self.keys().await {
            let ttl: i64 = self.ask(cmd("PTTL").arg(&key)).await;
            // -2: it has expired.
            assert!(ttl > 0 || ttl == -2, "{key} has no lifetime");
        }
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
