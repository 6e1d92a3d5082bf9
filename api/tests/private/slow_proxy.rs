//! A network with 2 ms delay each way between a test and PostgreSQL.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::private::PrivatePostgres;
use secrecy::SecretString;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
};
use tokio_util::task::AbortOnDropHandle;

const DELAY: Duration = Duration::from_millis(2);

pub(crate) struct SlowProxy {
    url: SecretString,
    _serving: AbortOnDropHandle<()>,
}

impl SlowProxy {
    pub(crate) async fn start(server: &PrivatePostgres) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = server.folder().join(".s.PGSQL.5432");
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                client.set_nodelay(true).unwrap();
                let server = UnixStream::connect(&socket).await.unwrap();
                let (client_in, client_out) = client.into_split();
                let (server_in, server_out) = server.into_split();
                tokio::spawn(carry(client_in, server_out));
                tokio::spawn(carry(server_in, client_out));
            }
        });
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres").into(),
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> SecretString {
        self.url.clone()
    }
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        // pause: the delay of the network under test
        tokio::time::sleep(DELAY).await;
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
