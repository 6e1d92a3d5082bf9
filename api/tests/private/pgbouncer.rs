//! A private PgBouncer in transaction mode, in front of a private PostgreSQL.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::private::{PrivatePostgres, unprivileged};
use crate::eventually::eventually;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::{
    process::{Child, Command, Stdio},
    str::FromStr,
};

/// Fewer connections to the server than clients have, so that they must share.
const SERVER_CONNECTIONS: usize = 4;

pub(crate) struct PrivatePgBouncer {
    url: SecretString,
    process: Child,
}

impl PrivatePgBouncer {
    /// `None` if PgBouncer is not installed.
    pub(crate) async fn start(server: &PrivatePostgres) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())?;
        let folder = server.folder();
        let settings = format!(
            "[databases]\npostgres = host={folder} user=postgres\n\
             [pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\n\
             unix_socket_mode = 0777\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {SERVER_CONNECTIONS}\n",
            folder = folder.display(),
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&file);
        let process = unprivileged(&command)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!(
            "postgres://postgres@localhost:6432/postgres?host={}",
            folder.display()
        );
        let bouncer = Self {
            url: url.into(),
            process,
        };
        // PgBouncer refuses startup parameters that it does not track.
        let options = PgConnectOptions::from_str(bouncer.url.expose_secret()).unwrap();
        let options = options.extra_float_digits(None);
        eventually("PgBouncer answers", async || {
            options.connect().await.is_ok()
        })
        .await;
        Some(bouncer)
    }

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> SecretString {
        self.url.clone()
    }
}

impl Drop for PrivatePgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
