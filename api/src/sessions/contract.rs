//! The contract of [`RecordStore`] as a test suite, run against each backend.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::record::RecordStore;
use std::{future::Future, pin::Pin, time::Duration};

/// Lets time pass for the store, without waiting.
pub(crate) type Pass<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

const TTL: Duration = Duration::from_secs(3600);
const HALF: Duration = Duration::from_secs(1800);

/// Uses fresh names, so the store need not be empty.
pub(crate) async fn suite<'a>(store: &'a dyn RecordStore, pass: impl Fn(Duration) -> Pass<'a>) {
    values(store).await;
    lifetimes(store, &pass).await;
    swaps(store, &pass).await;
    sets(store, &pass).await;
    windows(store, &pass).await;
    races(store).await;
    full_sets(store).await;
}

async fn values(store: &dyn RecordStore) {
    assert_eq!(store.get("v").await.unwrap(), None);
    assert_eq!(store.renew("v", TTL).await.unwrap(), None);
    assert_eq!(store.take("v").await.unwrap(), None);
    store.put("v", vec![0, 255], TTL).await.unwrap();
    assert_eq!(store.get("v").await.unwrap(), Some(vec![0, 255]));
    store.put("v", vec![7], TTL).await.unwrap();
    assert_eq!(store.get("v").await.unwrap(), Some(vec![7]));
    assert_eq!(store.take("v").await.unwrap(), Some(vec![7]));
    assert_eq!(store.take("v").await.unwrap(), None);
}

async fn lifetimes<'a>(store: &dyn RecordStore, pass: &impl Fn(Duration) -> Pass<'a>) {
    for name in ["plain", "renewed", "read", "taken"] {
        store.put(name, b"x".to_vec(), TTL).await.unwrap();
    }
    pass(HALF + HALF / 2).await;
    assert!(store.get("read").await.unwrap().is_some());
    assert!(store.renew("renewed", TTL).await.unwrap().is_some());
    pass(HALF).await;
    assert_eq!(
        store.get("plain").await.unwrap(),
        None,
        "ends after its lifetime"
    );
    assert_eq!(
        store.get("read").await.unwrap(),
        None,
        "reading does not renew"
    );
    assert_eq!(
        store.take("taken").await.unwrap(),
        None,
        "an expired record cannot be taken"
    );
    assert!(
        store.get("renewed").await.unwrap().is_some(),
        "renewing does"
    );
    pass(TTL).await;
    assert_eq!(
        store.renew("renewed", TTL).await.unwrap(),
        None,
        "the dead are not renewed"
    );
}

async fn swaps<'a>(store: &dyn RecordStore, pass: &impl Fn(Duration) -> Pass<'a>) {
    assert!(
        !store.swap("s", b"", b"a".to_vec()).await.unwrap(),
        "nothing to swap"
    );
    store.put("s", b"a".to_vec(), TTL).await.unwrap();
    assert!(!store.swap("s", b"b", b"c".to_vec()).await.unwrap());
    assert_eq!(store.get("s").await.unwrap(), Some(b"a".to_vec()));
    pass(HALF).await;
    assert!(store.swap("s", b"a", b"b".to_vec()).await.unwrap());
    assert_eq!(store.get("s").await.unwrap(), Some(b"b".to_vec()));
    pass(HALF + HALF / 2).await;
    assert_eq!(
        store.get("s").await.unwrap(),
        None,
        "swapping does not renew"
    );
    assert!(
        !store.swap("s", b"b", b"c".to_vec()).await.unwrap(),
        "the dead stay dead"
    );
}

async fn sets<'a>(store: &dyn RecordStore, pass: &impl Fn(Duration) -> Pass<'a>) {
    assert!(store.members("set").await.unwrap().is_empty());
    store.add_member("set", "a", 9, TTL).await.unwrap();
    store.add_member("set", "b", 9, TTL).await.unwrap();
    store.add_member("set", "b", 9, HALF / 2).await.unwrap();
    store.remove_member("set", "a").await.unwrap();
    store.remove_member("set", "stranger").await.unwrap();
    store.remove_member("no such set", "a").await.unwrap();
    pass(HALF).await;
    assert_eq!(
        store.members("set").await.unwrap(),
        ["b"],
        "the longest lifetime counts"
    );
    pass(TTL).await;
    assert!(store.members("set").await.unwrap().is_empty());
    store.add_member("set", "c", 9, TTL).await.unwrap();
    assert_eq!(
        store.members("set").await.unwrap(),
        ["c"],
        "the dead do not come back"
    );
    store.remove_member("set", "c").await.unwrap();
    assert!(store.members("set").await.unwrap().is_empty());
}

/// Holds even when several callers compete for the last places.
async fn full_sets(store: &dyn RecordStore) {
    use futures_util::future::join_all;
    let names: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    let added = join_all(
        names
            .iter()
            .map(|name| store.add_member("full", name, 5, TTL)),
    )
    .await;
    let added = added.into_iter().filter(|added| matches!(added, Ok(true)));
    assert_eq!(added.count(), 5);
    let members = store.members("full").await.unwrap();
    assert_eq!(members.len(), 5);
    let known = store.add_member("full", &members[0], 5, TTL).await;
    assert!(known.unwrap(), "a member needs no second place");
    store.remove_member("full", &members[0]).await.unwrap();
    assert!(store.add_member("full", "new", 5, TTL).await.unwrap());
}

async fn windows<'a>(store: &dyn RecordStore, pass: &impl Fn(Duration) -> Pass<'a>) {
    assert_eq!(store.wait("w", 2, TTL).await.unwrap(), None);
    assert_eq!(store.count("w", 2, TTL).await.unwrap(), None);
    pass(HALF).await;
    assert_eq!(
        store.wait("w", 2, TTL).await.unwrap(),
        None,
        "asking does not count"
    );
    assert_eq!(store.count("w", 2, TTL).await.unwrap(), None);
    for wait in [
        store.wait("w", 2, TTL).await,
        store.count("w", 2, TTL).await,
    ] {
        let wait = wait.unwrap().expect("two within the window");
        assert!(
            wait <= HALF && wait > HALF / 2,
            "until the first of them leaves it: {wait:?}"
        );
    }
    assert_eq!(store.wait("another", 2, TTL).await.unwrap(), None);
    pass(HALF).await;
    assert_eq!(
        store.count("w", 2, TTL).await.unwrap(),
        None,
        "the first has left"
    );
    assert!(
        store.count("w", 2, TTL).await.unwrap().is_some(),
        "the second has not"
    );
    store.uncount("w").await.unwrap();
    assert_eq!(
        store.count("w", 2, TTL).await.unwrap(),
        None,
        "the third was taken back"
    );
    store.uncount("never counted").await.unwrap();
    assert_eq!(store.count("never counted", 1, TTL).await.unwrap(), None);
}

async fn races(store: &dyn RecordStore) {
    use futures_util::future::join_all;
    store.put("once", b"x".to_vec(), TTL).await.unwrap();
    let taken = join_all((0..50).map(|_| store.take("once"))).await;
    assert_eq!(
        taken
            .iter()
            .filter(|value| matches!(value, Ok(Some(_))))
            .count(),
        1
    );
    let counted = join_all((0..50).map(|_| store.count("crowd", 10, TTL))).await;
    assert_eq!(
        counted
            .iter()
            .filter(|wait| matches!(wait, Ok(None)))
            .count(),
        10
    );
    store.put("cas", b"0".to_vec(), TTL).await.unwrap();
    let swapped = join_all((0..50).map(|_| store.swap("cas", b"0", b"1".to_vec()))).await;
    assert_eq!(
        swapped
            .iter()
            .filter(|done| matches!(done, Ok(true)))
            .count(),
        1
    );
}
