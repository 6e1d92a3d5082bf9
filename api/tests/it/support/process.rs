//! The program itself, as a process of its own: for what only a process has, its log and its end.

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

/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the program says when it serves.
const LISTENING: &str = "listening on ";

/// A command of the program, with nothing in its environment but what is given.
pub fn command(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smooth-operator"));
    command
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .kill_on_drop(true);
    command
}

/// The program, serving. It is killed when it is dropped.
pub struct Program {
    pub url: String,
    child: Child,
    /// All lines of its log, when it has ended.
    log: JoinHandle<Vec<String>>,
}

impl Program {
    /// Starts it with a provider, and waits until it serves.
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
        let url = tokio::time::timeout(PATIENCE, async {
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

    /// A stranger.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Ends it at once: nothing is put in order.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, waits for that, and gives how it ended and its whole log.
    pub async fn end(mut self) -> (ExitStatus, Vec<String>) {
        let id = self.child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(told.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait());
        let status = ended.await.expect("an end in time").unwrap();
        (status, self.log.await.unwrap())
    }
}
