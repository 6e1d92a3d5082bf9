//! Run logs while Redis hangs, restarts, or loses its data.

use super::*;

#[tokio::test]
async fn a_hanging_redis_fails_calls_in_time_and_loses_nothing() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    a.append(&run, &events(&["before "])).await.unwrap();
    // pause: the time for which a state is trusted must pass
    tokio::time::sleep(2 * QUICK.trust).await;
    server.pause();
    let began = Instant::now();
    let refused = tokio::join!(
        read(&b, &run, 1, NEVER),
        b.find(&run),
        b.is_live(&run),
        b.unread_for(&run),
        b.cancel(&run),
        b.create(record(), None),
    );
    assert!(is_away(&refused.0) && is_away(&refused.1) && is_away(&refused.2));
    assert!(is_away(&refused.3) && is_away(&refused.4) && is_away(&refused.5));
    assert!(
        began.elapsed() < Duration::from_millis(3500),
        "{:?}",
        began.elapsed()
    );
    let writer = async {
        a.append(&run, &events(&["during "])).await.unwrap();
        a.append(&run, &events(&["after"])).await.unwrap();
        a.finish(&run, &EventBatch::default()).await.unwrap();
    };
    let back = async {
        // pause: the lease lapses during the outage, and its writer still lives
        tokio::time::sleep(2 * QUICK.lease).await;
        server.resume();
        while let Err(error) = b.take_over(&run).await.map(|taken| assert_eq!(taken, None)) {
            assert!(is_away::<()>(&Err(error)));
        }
    };
    let (text, (), ()) = tokio::join!(follow(&b, &run), writer, back);
    // Either way is fine for the cancel call, which was not acknowledged.
    assert_eq!(text, "before during after");
}

#[tokio::test]
async fn a_durable_restart_of_redis_loses_nothing() {
    let mut server = PrivateRedis::start_durable().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    a.append(&run, &events(&["before "])).await.unwrap();
    server.stop();
    let writer = async {
        a.append(&run, &events(&["during "])).await.unwrap();
        a.append(&run, &events(&["after"])).await.unwrap();
        a.finish(&run, &EventBatch::default()).await.unwrap();
    };
    let back = async {
        // pause: the length of the outage
        tokio::time::sleep(SECOND).await;
        server.restart().await;
    };
    let (text, (), ()) = tokio::join!(follow(&b, &run), writer, back);
    assert_eq!(text, "before during after");
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn an_empty_redis_fails_the_run_and_accepts_new_ones() {
    let mut server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    a.append(&run, &events(&["before"])).await.unwrap();
    server.stop();
    server.restart().await;
    assert!(is_away(&a.append(&run, &events(&["after"])).await));
    assert!(is_away(&a.finish(&run, &events(&["end"])).await));
    assert_eq!(read(&b, &run, 0, NEVER).await.unwrap(), Read::Ended);
    assert_eq!(b.find(&run).await.unwrap(), None);
    let run = begun(&b).await;
    b.append(&run, &events(&["new"])).await.unwrap();
    assert_eq!(drain(&a, &run, 0).await, ("new".to_owned(), 1));
}

#[tokio::test]
async fn removes_logs_whose_creation_was_reported_as_failed() {
    let server = PrivateRedis::start().await;
    let a = replica(&server);
    let key = || {
        Some(Idempotency {
            key: "k".to_owned(),
            body: [0; 32],
        })
    };
    a.inner.redis.ping().await.unwrap();
    let stillborn = record();
    server.pause();
    assert!(is_away(&a.create(stillborn.clone(), key()).await));
    server.resume();
    eventually("the log is removed", async || {
        a.find(&stillborn.id).await.unwrap().is_none()
    })
    .await;
    assert_eq!(a.create(record(), key()).await.unwrap(), Created::New);
}
