//! Connections: request heads, unread bodies, and how connections end.

use crate::{
    eventually::eventually,
    support::{Model, Raw, TestServer},
};
use std::time::Duration;
use tokio::net::TcpStream;

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn an_unread_body_does_not_affect_the_next_request() {
    let server = TestServer::start(&Model::new([]).await).await;
    // 404, 405, 403 and 401 are sent without reading the body.
    for (line, status) in [
        ("POST /nowhere", "404"),
        ("PUT /api/threads", "405"),
        ("POST /api/chat", "401"),
        ("DELETE /api/threads/x", "401"),
    ] {
        let mut client = Raw::connect(server.address).await;
        let body = "x".repeat(40_000);
        let request = format!(
            "{line} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        client.send(&format!("{request}{HEALTH}")).await;
        let (head, _) = client.answer().await;
        assert!(
            head.starts_with(&format!("http/1.1 {status}")),
            "{line}: {head}"
        );
        assert!(!head.contains("connection: close"), "{line}: {head}");
        let (head, body) = client.answer().await;
        assert!(
            head.starts_with("http/1.1 200") && body.contains("ok"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_long_unread_body_closes_the_connection() {
    let server = TestServer::start(&Model::new([]).await).await;
    let mut announced = Raw::connect(server.address).await;
    announced
        .send("POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n{")
        .await;
    let (head, body) = announced.answer().await;
    assert!(head.starts_with("http/1.1 413"), "{head} {body}");
    assert!(head.contains("connection: close"), "{head}");
    announced.closed().await;

    let mut chunked = Raw::connect(server.address).await;
    chunked
        .send("POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    for _ in 0..10 {
        chunked
            .send(&format!("4000\r\n{}\r\n", "x".repeat(0x4000)))
            .await;
    }
    let (head, _) = chunked.answer().await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert!(head.contains("connection: close"), "{head}");
    chunked.closed().await;

    let mut polite = Raw::connect(server.address).await;
    polite
        .send("POST /nowhere HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 10\r\n\r\n")
        .await;
    let (head, _) = polite.answer().await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert!(head.contains("connection: close"), "{head}");
}

#[tokio::test]
async fn a_head_over_32_kib_is_refused() {
    let server = TestServer::start(&Model::new([]).await).await;
    let head = |bytes: usize| {
        format!(
            "GET /health HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
            "x".repeat(bytes)
        )
    };
    let mut fits = Raw::connect(server.address).await;
    fits.send(&head(30_000)).await;
    assert!(fits.answer().await.0.starts_with("http/1.1 200"));
    let mut large = Raw::connect(server.address).await;
    large.send(&head(40_000)).await;
    large.closed().await;
}

#[tokio::test]
async fn beyond_1024_connections_without_a_head_the_oldest_is_closed() {
    let server = TestServer::start(&Model::new([]).await).await;
    // An idle connection that has sent a request does not count, however old it is.
    let mut idle = Raw::connect(server.address).await;
    idle.send(HEALTH).await;
    idle.answer().await;
    let mut oldest = Raw::connect(server.address).await;
    oldest.send("GET /hea").await;
    let mut others = Vec::new();
    for _ in 0..1024 {
        let mut other = Raw::connect(server.address).await;
        other.send("GET /he").await;
        others.push(other);
    }
    oldest.closed().await;
    idle.send(HEALTH).await;
    assert!(idle.answer().await.0.starts_with("http/1.1 200"));
    let newest = others.last_mut().unwrap();
    newest.send("alth HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(newest.answer().await.0.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn serves_new_connections_while_draining() {
    let model = Model::new([]).await;
    let mut server = TestServer::with(&model, &[("DRAIN_SECONDS", "2")]).await;
    let client = server.client();
    assert_eq!(client.get("/ready").await.status(), 200);
    let asked = std::time::Instant::now();
    server.stop.cancel();
    eventually("it says that it stops", async || {
        client.get("/ready").await.status() == 503
    })
    .await;
    let mut newcomer = Raw::connect(server.address).await;
    newcomer.send(HEALTH).await;
    assert!(newcomer.answer().await.0.starts_with("http/1.1 200"));
    let draining =
        crate::support::client::problem(client.get("/ready").await, 503, "shutting_down");
    draining.await;
    server.serving.take().unwrap().await.unwrap();
    let took = asked.elapsed();
    assert!(
        took >= Duration::from_secs(2),
        "the whole drain time: {took:?}"
    );
    assert!(TcpStream::connect(server.address).await.is_err());
}
