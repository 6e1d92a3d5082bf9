//! Sessions over records in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use crate::sessions::memory::MemoryRecords;

pub(in crate::sessions) const TTL: Duration = Duration::from_secs(3600);

pub(in crate::sessions) fn sessions() -> Sessions {
    over(Arc::new(MemoryRecords::default()), &["a secret"])
}

fn over(records: Arc<MemoryRecords>, secrets: &[&str]) -> Sessions {
    let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
    Sessions::new(records, &secrets, TTL)
}

pub(in crate::sessions) fn visitor() -> Session {
    Session {
        owner: OwnerId::generate(),
        ephemeral: true,
        site_id: Some("site".parse().unwrap()),
        user_id: Some("jo@example.com".to_owned()),
        api_key: Some(r#"sk-"quoted\key"#.parse().unwrap()),
        key_source: Some(KeySource::User),
        model: Some("gpt".parse().unwrap()),
        fallback_model: Some("first".parse().unwrap()),
        model_checked: true,
        created_at: Timestamp::now(),
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_are_restored_whole_and_renewed() {
    let sessions = sessions();
    let visitor = visitor();
    let token = sessions.create(&visitor).await.unwrap();
    for _ in 0..3 {
        tokio::time::advance(TTL - Duration::from_secs(1)).await;
        let open = sessions.open(&token).await.unwrap().unwrap();
        assert_eq!(format!("{:?}", open.session), format!("{visitor:?}"));
        assert_eq!(open.session.api_key.unwrap().expose(), r#"sk-"quoted\key"#);
    }
    tokio::time::advance(TTL - Duration::from_secs(1)).await;
    assert!(sessions.renew(&token.session()).await.unwrap());
    tokio::time::advance(TTL).await;
    assert!(sessions.open(&token).await.unwrap().is_none());
    assert!(!sessions.renew(&token.session()).await.unwrap());
    assert!(
        sessions
            .update(&token.session(), |_| ())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn unknown_and_ended_sessions_are_refused() {
    let sessions = sessions();
    let token = sessions.create(&visitor()).await.unwrap();
    for text in ["", "x", token.session().as_str(), &"x".repeat(100_000)] {
        assert!(
            sessions
                .open(&SessionToken::from_text(text))
                .await
                .unwrap()
                .is_none()
        );
    }
    sessions.delete(&token.session()).await.unwrap();
    assert!(sessions.open(&token).await.unwrap().is_none());
}

#[tokio::test]
async fn the_store_holds_no_token_and_no_key() {
    let records = Arc::new(MemoryRecords::default());
    let sessions = over(records.clone(), &["a secret"]);
    let token = sessions.create(&visitor()).await.unwrap();
    let name = token.session().record();
    let record = records.get(&name).await.unwrap().unwrap();
    let shown = format!("{name} {}", String::from_utf8_lossy(&record));
    assert!(!shown.contains(token.expose()) && !shown.contains("quoted"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_changes_are_not_lost() {
    let sessions = sessions();
    let token = sessions.create(&visitor()).await.unwrap();
    let id = token.session();
    sessions
        .update(&id, |session| session.model = Some("m".parse().unwrap()))
        .await
        .unwrap();
    let changes = (0..20).map(|_| {
        let (sessions, id) = (sessions.clone(), id.clone());
        tokio::spawn(async move {
            let grow = |session: &mut Session| {
                let longer = format!("{}m", session.model.as_ref().unwrap().as_str());
                session.model = Some(longer.parse().unwrap());
            };
            sessions.update(&id, grow).await.unwrap().unwrap();
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    let open = sessions.open(&token).await.unwrap().unwrap();
    assert_eq!(open.session.model.unwrap().as_str().len(), 21);
}

#[tokio::test]
async fn sessions_survive_a_rotation_of_the_secret() {
    let records = Arc::new(MemoryRecords::default());
    let token = over(records.clone(), &["old"])
        .create(&visitor())
        .await
        .unwrap();
    assert!(
        over(records.clone(), &["new"])
            .open(&token)
            .await
            .unwrap()
            .is_none()
    );
    let both = over(records.clone(), &["new", "old"]);
    assert!(
        both.update(&token.session(), |_| ())
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        over(records, &["new"])
            .open(&token)
            .await
            .unwrap()
            .is_some(),
        "sealed with the new secret"
    );
}

#[tokio::test(start_paused = true)]
async fn sweeping_returns_expired_sessions() {
    let sessions = sessions();
    let (gone, other) = (visitor(), visitor());
    sessions.create(&gone).await.unwrap();
    tokio::time::advance(TTL / 2).await;
    sessions.create(&other).await.unwrap();
    assert!(sessions.sweep().await.unwrap().is_empty());
    tokio::time::advance(TTL / 2).await;
    let swept = sessions.sweep().await.unwrap();
    assert_eq!(swept.len(), 1);
    assert_eq!(swept[0].owner, gone.owner);
    assert!(sessions.sweep().await.unwrap().is_empty());
}
