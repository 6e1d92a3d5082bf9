//! The program as a process, for tests of its log and its end.

use super::{Client, PASSCODE, SITE_SECRET, server::SECRET};
use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

/// The time limit of a test's waits.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The program's message when it is ready.
const LISTENING: &str = "listening on ";

/// A command of the program, with only the given environment.
pub fn command(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smooth-operator"));
    command
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .kill_on_drop(true);
    command
}

/// The running program, killed when dropped.
pub struct Program {
    pub url: String,
    child: Child,
    /// All lines of its log, once it has ended.
    log: JoinHandle<Vec<String>>,
}

impl Program {
    /// Starts it with a provider and waits until it is ready.
    pub async fn start(provider_url: &str, more: &[(&str, &str)]) -> Self {
        let env = [
            ("APP_PASSCODE", PASSCODE),
            ("SESSION_SECRET", SECRET),
            ("SITE_SECRET", SITE_SECRET),
            ("DRAIN_SECONDS", "0"),
            ("CORS_ORIGINS", "https://chat.example"),
            ("OPENAI_BASE_URL", provider_url),
            ("OPENAI_MODEL", "test-model"),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
        ];
        let env: Vec<_> = env.iter().chain(more).copied().collect();
        let mut child = command(&[], &env).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = Vec::new();
        let url = tokio::time::timeout(TIMEOUT, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                log.push(line);
                let line = log.last().unwrap();
                if let Some((_, rest)) = line.split_once(LISTENING) {
                    let end = rest.find(['"', ' ', '\u{1b}']).unwrap_or(rest.len());
                    return rest[..end].to_owned();
                }
            }
            panic!("it did not start: {log:#?}");
        });
        let url = url.await.expect("a start in time");
        let log = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                log.push(line);
            }
            log
        });
        Self { url, child, log }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Kills it at once, without cleaning up.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Stops it; returns how it ended and its log.
    pub async fn end(mut self) -> (ExitStatus, Vec<String>) {
        let id = self.child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(told.unwrap().success());
        let ended = tokio::time::timeout(TIMEOUT, self.child.wait());
        let status = ended.await.expect("an end in time").unwrap();
        (status, self.log.await.unwrap())
    }
}
