//! Records in Redis, against a private server.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    connect::redis::private::PrivateRedis,
    domain::{ApiKey, Limits, OwnerId},
    sessions::{ClientGrant, Guess, Sessions, contract, store::tests::visitor},
};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;

/// Shortens lifetimes, and shifts the times of the events that a list holds.
const AGE: &str = "
    for _, key in ipairs(redis.call('KEYS', '*')) do
      if redis.call('TYPE', key).ok == 'list' then
        for i, at in ipairs(redis.call('LRANGE', key, 0, -1)) do
          redis.call('LSET', key, i - 1, string.format('%d', at - ARGV[1]))
        end
      end
      redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
    end";
const MINUTE: Duration = Duration::from_secs(60);

fn client(server: &PrivateRedis) -> RedisClient {
    RedisClient::new(&server.url()).unwrap()
}

async fn age(server: &PrivateRedis, time: Duration) {
    let mut age = cmd("EVAL");
    age.arg(AGE).arg(0).arg(millis(time));
    server.ask::<()>(&age).await;
}

#[tokio::test]
async fn keeps_the_contract() {
    let server = PrivateRedis::start().await;
    let records = RedisRecords::new(client(&server));
    contract::suite(&records, |time| Box::pin(age(&server, time))).await;
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn replicas_share_records_that_survive_a_restart() {
    let mut server = PrivateRedis::start_durable().await;
    let replicas = [
        RedisRecords::new(client(&server)),
        RedisRecords::new(client(&server)),
    ];
    replicas[0]
        .put("session", b"sealed".to_vec(), MINUTE)
        .await
        .unwrap();
    replicas[0].add_member("set", "m", 9, MINUTE).await.unwrap();
    replicas[0].count("address", 1, MINUTE).await.unwrap();
    assert!(replicas[1].get("session").await.unwrap().is_some());
    server.stop();
    let failed = replicas[1].get("session").await;
    assert!(
        matches!(failed, Err(StoreError::Unavailable { .. })),
        "{failed:?}"
    );
    server.restart().await;
    for replica in &replicas {
        assert_eq!(
            replica.get("session").await.unwrap(),
            Some(b"sealed".to_vec())
        );
        assert_eq!(replica.members("set").await.unwrap(), ["m"]);
        assert!(replica.count("address", 1, MINUTE).await.unwrap().is_some());
        // Redis has lost its scripts and gets them again.
        assert!(
            replica
                .swap("session", b"sealed", b"sealed".to_vec())
                .await
                .unwrap()
        );
    }
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn redis_holds_no_key_and_no_token_in_clear() {
    let server = PrivateRedis::start().await;
    let records = Arc::new(RedisRecords::new(client(&server)));
    let sessions = Sessions::new(records, &[SecretString::from("a secret")], MINUTE);
    let api_key: ApiKey = "sk-hush-hush".parse().unwrap();
    let session = crate::domain::Session {
        api_key: Some(api_key.clone()),
        ..visitor()
    };
    let token = sessions.create(&session).await.unwrap();
    let grant = ClientGrant {
        site_id: "site".parse().unwrap(),
        api_key,
        user_id: None,
        model: None,
        limits: Limits::default(),
    };
    let secret = sessions.grant(&grant).await.unwrap().secret;
    let mcp = sessions
        .issue_mcp_token(&OwnerId::generate())
        .await
        .unwrap()
        .token;
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    sessions
        .record_failure(Guess::SignIn, address)
        .await
        .unwrap();

    let keys = server.keys().await;
    assert!(keys.len() >= 5, "{keys:?}");
    let mut held = String::new();
    for key in &keys {
        assert!(key.starts_with("so:"), "{key}");
        let value: Vec<u8> = server.ask(cmd("DUMP").arg(key)).await;
        held.push_str(key);
        held.push_str(&String::from_utf8_lossy(&value));
    }
    for hidden in [
        "hush",
        token.expose(),
        secret.expose_secret(),
        mcp.expose_secret(),
    ] {
        assert!(!held.contains(hidden), "{hidden} is in Redis in clear");
    }
    server.assert_every_key_ends().await;
}
