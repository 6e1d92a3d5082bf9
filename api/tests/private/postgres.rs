//! A private PostgreSQL server: own socket, data in a temporary folder. Shared by unit and
//! integration tests.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::eventually::eventually;
use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Where distributions install the server's programs outside of `PATH`, in a folder per version.
const VERSIONS: [&str; 2] = ["/usr/lib/postgresql", "/usr/pgsql"];

/// A running server, which is stopped and deleted when dropped.
pub(crate) struct PrivatePostgres {
    folder: PathBuf,
    bin: PathBuf,
    process: Option<Child>,
}

impl PrivatePostgres {
    /// Starts a server on a new, empty cluster.
    pub(crate) async fn start() -> Self {
        let bin =
            bin().expect("PostgreSQL's server is missing here: install the package `postgresql`");
        let name = format!(
            "so-pg-{}-{}",
            std::process::id(),
            uuid::Uuid::now_v7().simple()
        );
        let folder = std::env::temp_dir().join(name);
        run(Command::new("mkdir").arg("-m").arg("700").arg(&folder));
        let mut server = Self {
            folder,
            bin,
            process: None,
        };
        let initdb = server.bin.join("initdb");
        run(Command::new(initdb)
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(server.data()));
        server.restart().await;
        server
    }

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> SecretString {
        format!(
            "postgres://postgres@localhost/postgres?host={}",
            self.folder.display()
        )
        .into()
    }

    /// A new, empty database on the same server, for `DATABASE_URL`.
    pub(crate) async fn another_database(&self) -> SecretString {
        let url = self.url();
        let url = url.expose_secret();
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let create = sqlx::AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create)
            .execute(&mut connection)
            .await
            .unwrap();
        url.replace("/postgres?", &format!("/{name}?")).into()
    }

    /// The folder of the server's socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the server again on the same data.
    pub(crate) async fn restart(&mut self) {
        assert!(self.process.is_none(), "it is running");
        let mut command = Command::new(self.bin.join("postgres"));
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(&self.folder);
        // No TCP, and no fsync, since nobody needs the data after a crash of the machine.
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "max_connections=60",
            "unix_socket_permissions=0777",
        ] {
            command.args(["-c", setting]);
        }
        let log = self.folder.join("log");
        let output = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let mut process = unprivileged(&command)
            .stdin(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        eventually("PostgreSQL answers", async || {
            if process.try_wait().unwrap().is_some() {
                let log = std::fs::read_to_string(&log).unwrap();
                panic!("PostgreSQL does not start: {log}");
            }
            self.answers().await
        })
        .await;
        self.process = Some(process);
    }

    /// Stops the server at once, as a crash would.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            signal("QUIT", &process.id().to_string());
            process.wait().unwrap();
        }
    }

    /// Makes the server and its children hang until [`PrivatePostgres::resume`].
    pub(crate) fn pause(&self) {
        self.signal_all("STOP");
    }

    /// Lets a paused server go on.
    pub(crate) fn resume(&self) {
        self.signal_all("CONT");
    }

    fn signal_all(&self, name: &str) {
        let server = self
            .process
            .as_ref()
            .expect("a running server")
            .id()
            .to_string();
        signal(name, &server);
        // All backends are children of the server. One may end meanwhile.
        let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"));
        for pid in children.unwrap().split_whitespace() {
            signal(name, pid);
        }
    }

    /// Checks that a query with these values uses an index and scans no table.
    pub(crate) async fn assert_uses_index(
        &self,
        pool: &sqlx::PgPool,
        sql: &str,
        values: &str,
    ) -> String {
        let mut connection = pool.acquire().await.unwrap();
        let prepare = sqlx::AssertSqlSafe(format!("prepare q as {sql}"));
        sqlx::raw_sql(prepare)
            .execute(&mut *connection)
            .await
            .unwrap();
        let explain = sqlx::AssertSqlSafe(format!("explain execute q({values})"));
        let lines: Vec<(String,)> = sqlx::query_as(explain)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        sqlx::raw_sql("deallocate q")
            .execute(&mut *connection)
            .await
            .unwrap();
        let plan = lines
            .into_iter()
            .map(|(line,)| line)
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            plan.contains("Index") && !plan.contains("Seq Scan"),
            "{sql}\n{plan}"
        );
        plan
    }

    async fn answers(&self) -> bool {
        sqlx::PgConnection::connect(self.url().expose_secret())
            .await
            .is_ok()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.resume();
            self.stop();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn signal(name: &str, pid: &str) {
    let _ = Command::new("sh")
        .args(["-c", "kill -\"$0\" \"$1\"", name, pid])
        .stderr(Stdio::null())
        .status();
}

/// The folder with the server's programs.
fn bin() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = VERSIONS
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    on_path
        .chain(installed.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The command as another user, since PostgreSQL refuses to run as root. It ends with the test.
pub(crate) fn unprivileged(command: &Command) -> Command {
    let mut wrapped = Command::new("setpriv");
    if Path::new("/proc/self").metadata().unwrap().uid() == 0 {
        wrapped.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    wrapped
        .args(["--pdeathsig", "QUIT", "--"])
        .arg(command.get_program())
        .args(command.get_args());
    wrapped
}

fn run(command: &mut Command) {
    let output = unprivileged(command).stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
