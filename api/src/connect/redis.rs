//! The connection to Redis that stores share: every call ends in time, and a lost connection comes
//! back by itself. It knows no store and no key.
//!
//! Needs Redis 6.2 or later, with a `maxmemory-policy` of `noeviction`: what is evicted is lost.

use crate::domain::StoreError;
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult,
    ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig, PubSub},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use std::{future::Future, time::Duration};

/// Longest wait for an answer, and for a connection.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Longest call: a connection, a script that has to be loaded first, and the answer.
const CALL_WITHIN: Duration = Duration::from_secs(3);
/// A peer that acknowledges nothing for so long is gone, though no reset says so.
#[cfg(target_os = "linux")]
const DEAD_PEER_AFTER: Duration = Duration::from_secs(10);
/// Attempts to connect before the calls that wait for it fail, and the waits between.
const CONNECT_RETRIES: usize = 3;
const CONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// Commands that wait to be written while the connection is busy.
const PIPELINE: usize = 1024;

/// The address is no `redis://` or `rediss://` URL. The URL, which may hold a password, is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a redis:// or rediss:// URL")]
pub struct InvalidUrl;

/// One connection for all commands. Cheap to clone.
#[derive(Clone)]
pub struct RedisClient {
    client: Client,
    commands: ConnectionManager,
}

impl RedisClient {
    /// A client of the server at `url`. Connects with its first call, not before.
    ///
    /// # Errors
    /// When `url` is none.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn new(url: &SecretString) -> Result<Self, InvalidUrl> {
        let info = url
            .expose_secret()
            .into_connection_info()
            .map_err(|_| InvalidUrl)?;
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(DEAD_PEER_AFTER);
        // For rediss://. Of the cryptography that our libraries bring, one has to be named; an error
        // says that it was.
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

    /// Whether the server answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.query::<String>(&redis::cmd("PING")).await.map(drop)
    }

    /// Runs a command. When its connection breaks it is run once more, and it may have been done
    /// although it failed: only the answer may be lost. So it must bear to be done twice, or late.
    ///
    /// # Errors
    /// When the server is away, too slow, or refuses.
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

    /// Runs a script, which is atomic; else as [`RedisClient::query`].
    ///
    /// # Errors
    /// When the server is away, too slow, or refuses.
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

    /// A connection of its own that gets published messages. It does not come back by itself.
    ///
    /// # Errors
    /// When the server is away or too slow.
    pub async fn pub_sub(&self) -> Result<PubSub, StoreError> {
        bounded(self.client.get_async_pubsub()).await
    }
}

/// Gives up in time.
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
        // The error's own text quotes the value, which is not for the log.
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

    /// What a call may take at most, and some time of a busy machine.
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
    async fn a_server_that_hangs_fails_calls_in_time_and_works_again_after() {
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
    async fn a_server_that_is_away_fails_calls_in_time_and_works_again_after() {
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
    async fn with_rediss_nothing_goes_out_in_clear() {
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
    async fn only_a_url_of_redis_is_taken() {
        for bad in ["", "cache", "http://cache", "redis://cache:x"] {
            assert_eq!(client(bad).err(), Some(InvalidUrl), "{bad}");
        }
        assert!(client("redis://:secret@127.0.0.1:1/2").is_ok());
    }

    #[tokio::test]
    async fn an_answer_of_the_wrong_kind_is_not_quoted() {
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
