//! The connection to Redis that the stores share: every call has a time limit, and a lost
//! connection is restored.
//!
//! Requires Redis 6.2 or later with a `maxmemory-policy` of `noeviction`, since evicted keys are
//! lost.

use crate::domain::StoreError;
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult,
    ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig, PubSub},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use std::{future::Future, time::Duration};

/// Time limit for a response, and for connecting.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Time limit of a call: connecting, loading a script, and the response.
const CALL_WITHIN: Duration = Duration::from_secs(3);
/// How long a peer may acknowledge nothing before it is considered dead.
#[cfg(target_os = "linux")]
const DEAD_PEER_AFTER: Duration = Duration::from_secs(10);
const CONNECT_RETRIES: usize = 3;
const CONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// Commands that can be queued while the connection is busy.
const PIPELINE: usize = 1024;

/// The address is not a `redis://` or `rediss://` URL. Does not contain the URL, which may hold a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a redis:// or rediss:// URL")]
pub struct InvalidUrl;

/// A multiplexed connection. Cheap to clone.
#[derive(Clone)]
pub struct RedisClient {
    client: Client,
    commands: ConnectionManager,
}

impl RedisClient {
    /// A client for the server at `url`. Connects with its first call. Panics outside of a Tokio
    /// runtime.
    pub fn new(url: &SecretString) -> Result<Self, InvalidUrl> {
        let info = url
            .expose_secret()
            .into_connection_info()
            .map_err(|_| InvalidUrl)?;
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(DEAD_PEER_AFTER);
        // For rediss://. rustls needs a default provider, since our libraries bring two; an error
        // says that it is set already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(info.set_tcp_settings(tcp)).map_err(|_| InvalidUrl)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_number_of_retries(CONNECT_RETRIES)
            .set_min_delay(CONNECT_PAUSE.0)
            .set_max_delay(CONNECT_PAUSE.1)
            .set_pipeline_buffer_size(PIPELINE);
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|_| InvalidUrl)?;
        Ok(Self { client, commands })
    }

    /// Checks that the server answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.query::<String>(&redis::cmd("PING")).await.map(drop)
    }

    /// Runs a command. It is repeated once if the connection breaks, and may have been executed
    /// even if it failed. So commands must be idempotent, also when late.
    pub async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let mut connection = self.commands.clone();
        bounded(async {
            match command.query_async(&mut connection).await {
                Err(error) if error.is_connection_dropped() => {
                    command.query_async(&mut connection).await
                }
                result => result,
            }
        })
        .await
    }

    /// Runs a script, which is atomic; otherwise like [`RedisClient::query`].
    pub async fn invoke<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let mut connection = self.commands.clone();
        bounded(async {
            match script.invoke_async(&mut connection).await {
                Err(error) if error.is_connection_dropped() => {
                    script.invoke_async(&mut connection).await
                }
                result => result,
            }
        })
        .await
    }

    /// A separate connection for publish/subscribe, which does not reconnect by itself.
    pub async fn pub_sub(&self) -> Result<PubSub, StoreError> {
        bounded(self.client.get_async_pubsub()).await
    }
}

pub(crate) async fn bounded<T>(
    work: impl Future<Output = RedisResult<T>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(CALL_WITHIN, work).await {
        Ok(result) => result.map_err(|error| failure(&error)),
        Err(_) => Err(unavailable("no answer in time".to_owned())),
    }
}

fn failure(error: &RedisError) -> StoreError {
    match error.kind() {
        // The error's text quotes the value, which must not be logged.
        ErrorKind::UnexpectedReturnType | ErrorKind::Parse => StoreError::Corrupt {
            store: "redis",
            reason: error.category().to_owned(),
        },
        _ => unavailable(error.to_string()),
    }
}

fn unavailable(reason: String) -> StoreError {
    StoreError::Unavailable {
        store: "redis",
        reason,
    }
}

#[cfg(test)]
#[path = "../../tests/private/redis.rs"]
pub(crate) mod private;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{private::PrivateRedis, *};
    use std::time::Instant;

    fn client(url: &str) -> Result<RedisClient, InvalidUrl> {
        RedisClient::new(&url.into())
    }

    fn client_of(server: &PrivateRedis) -> RedisClient {
        RedisClient::new(&server.url()).unwrap()
    }

    /// The time limit of a call, plus a margin for a busy machine.
    const SOON: Duration = Duration::from_millis(3500);

    async fn fails_soon(client: &RedisClient) {
        let asked = Instant::now();
        let failed = client.ping().await;
        assert!(
            matches!(failed, Err(StoreError::Unavailable { store: "redis", .. })),
            "{failed:?}"
        );
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    }

    #[tokio::test]
    async fn a_hanging_server_fails_calls_in_time_and_recovers() {
        let server = PrivateRedis::start().await;
        let client = client_of(&server);
        client.ping().await.unwrap();
        server.pause();
        fails_soon(&client).await;
        fails_soon(&client_of(&server)).await;
        server.resume();
        client.ping().await.unwrap();
    }

    #[tokio::test]
    async fn an_unavailable_server_fails_calls_in_time_and_recovers() {
        let mut server = PrivateRedis::start().await;
        let client = client_of(&server);
        client.ping().await.unwrap();
        server.stop();
        for _ in 0..3 {
            fails_soon(&client).await;
        }
        server.restart().await;
        client.ping().await.unwrap();
    }

    #[tokio::test]
    async fn rediss_sends_nothing_in_clear() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = self::client(&format!("rediss://:password@127.0.0.1:{port}")).unwrap();
        let greeting = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut first = [0; 2];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut first)
                .await
                .unwrap();
            first
        };
        let (greeting, refused) = tokio::join!(greeting, client.ping());
        assert_eq!(greeting, [22, 3], "a TLS handshake (RFC 8446, 5.1)");
        assert!(refused.is_err());
    }

    #[tokio::test]
    async fn accepts_redis_urls_only() {
        for bad in ["", "cache", "http://cache", "redis://cache:x"] {
            assert_eq!(client(bad).err(), Some(InvalidUrl), "{bad}");
        }
        assert!(client("redis://:secret@127.0.0.1:1/2").is_ok());
    }

    #[tokio::test]
    async fn does_not_quote_a_value_of_the_wrong_type() {
        let server = PrivateRedis::start().await;
        let client = client_of(&server);
        let mut echo = redis::cmd("ECHO");
        let failed = client.query::<u64>(echo.arg("a message")).await;
        let Err(StoreError::Corrupt { reason, .. }) = failed else {
            unreachable!("{failed:?}")
        };
        assert!(!reason.contains("message"), "{reason}");
    }
}
