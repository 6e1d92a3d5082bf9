//! A hostile provider costs time linear in its bytes, however it cuts and repeats them.

use super::*;
use std::time::{Duration, Instant};

/// CPU time of this thread, which is independent of the machine's load; the clock's time if the
/// kernel does not report it.
fn cpu_time(begun: Instant) -> Duration {
    // The kernel brings the number up to date when it schedules.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

async fn time(protocol: Protocol, pieces: &[Vec<u8>]) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..2 {
        let begun = Instant::now();
        let before = cpu_time(begun);
        read_pieces(protocol, pieces.to_vec()).await;
        fastest = fastest.min(cpu_time(begun).saturating_sub(before));
    }
    fastest
}

/// Reads `make(n)` and `make(6 n)`: quadratic work would take 36 times as long, linear 6.
async fn check(what: &str, protocol: Protocol, n: usize, make: impl Fn(usize) -> Vec<Vec<u8>>) {
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let small = time(protocol, &make(n))
            .await
            .max(Duration::from_micros(200));
        let large = time(protocol, &make(6 * n)).await;
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        if ratio < 18.0 {
            return;
        }
        ratios.push(ratio);
    }
    panic!("{what}: 6 times the bytes took {ratios:?} times as long");
}

fn bytes(text: &str) -> Vec<Vec<u8>> {
    text.bytes().map(|byte| vec![byte]).collect()
}

fn events(event: &str, count: usize) -> Vec<Vec<u8>> {
    vec![event.repeat(count).into_bytes()]
}

#[tokio::test]
async fn time_is_linear_in_bytes() {
    let chunk = |delta: &str| format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
    let call = |call: &str| chunk(&format!("{{\"tool_calls\":[{call}]}}"));
    check("white space byte by byte", Protocol::Chat, 5_000, |n| {
        bytes(&" ".repeat(n))
    })
    .await;
    check("white space in a payload", Protocol::Chat, 5_000, |n| {
        bytes(&format!("data: {{{}", " ".repeat(n)))
    })
    .await;
    check("one line", Protocol::Chat, 10_000, |n| {
        bytes(&format!("data: {{\"a\":\"{}", "x".repeat(n)))
    })
    .await;
    check("a document byte by byte", Protocol::Chat, 10_000, |n| {
        bytes(&format!("{{\"a\":\"{}", "x".repeat(n)))
    })
    .await;
    check("a payload in many lines", Protocol::Chat, 2_000, |n| {
        vec![format!("data: {{\n{}", "data:  \n".repeat(n)).into_bytes()]
    })
    .await;
    check(
        "a payload that opens and never closes",
        Protocol::Chat,
        2_000,
        |n| vec![format!("data: [\n{}", "data: [D\n".repeat(n)).into_bytes()],
    )
    .await;
    check(
        "leading white space in the text",
        Protocol::Chat,
        2_000,
        |n| events(&chunk("{\"content\":\"  \"}"), n),
    )
    .await;
    check("closing tags in quotes", Protocol::Chat, 2_000, |n| {
        vec![chunk(&format!("{{\"content\":\"a {}\"}}", "`</think>".repeat(n))).into_bytes()]
    })
    .await;
    check("the beginning of a tag", Protocol::Chat, 2_000, |n| {
        events(&chunk("{\"content\":\"<thin\"}"), n)
    })
    .await;
    check("the name in each piece", Protocol::Chat, 1_000, |n| {
        events(
            &call("{\"index\":0,\"function\":{\"name\":\"save_note\",\"arguments\":\"{\"}}"),
            n,
        )
    })
    .await;
    check("a long name in each piece", Protocol::Chat, 200, |n| {
        let name = "x".repeat(n);
        events(
            &call(&format!(
                "{{\"index\":0,\"function\":{{\"name\":\"{name}\",\"arguments\":\"\"}}}}"
            )),
            20,
        )
    })
    .await;
    check("arguments again and again", Protocol::Chat, 1_000, |n| {
        events(
            &call("{\"index\":0,\"function\":{\"name\":\"\",\"arguments\":\"{}\"}}"),
            n,
        )
    })
    .await;
    check("many events in one line", Protocol::Chat, 1_000, |n| {
        vec![format!("data: {}", "{\"choices\":[]}".repeat(n)).into_bytes()]
    })
    .await;
    check("many chunks in a list", Protocol::Chat, 1_000, |n| {
        let chunks = vec!["{\"choices\":[]}"; n].join(",");
        vec![format!("data: [{chunks}]\n\n").into_bytes()]
    })
    .await;
    check("empty choices", Protocol::Chat, 2_000, |n| {
        let choices = vec!["{}"; n].join(",");
        vec![format!("data: {{\"choices\":[{choices}]}}\n\n").into_bytes()]
    })
    .await;
    check("brackets within brackets", Protocol::Chat, 5_000, |n| {
        let text = format!(
            "data: {{\"choices\":{}{}}}\n\n",
            "[".repeat(n),
            "]".repeat(n)
        );
        vec![text.into_bytes()]
    })
    .await;
    check("tiny events", Protocol::Chat, 2_000, |n| {
        events("data: {}\n\n", n)
    })
    .await;
    check("calls without end", Protocol::Chat, 1_000, |n| {
        events(&call("{\"id\":\"a\",\"function\":{\"name\":\"f\"}}"), n)
    })
    .await;
    check("halves of surrogate pairs", Protocol::Chat, 1_000, |n| {
        events(&chunk("{\"content\":\"\\ud83d\"}"), n)
    })
    .await;
    check("invalid UTF-8", Protocol::Chat, 2_000, |n| {
        let mut text = b"data: {\"a\":\"".to_vec();
        text.extend(std::iter::repeat_n(0xff, n));
        text.extend_from_slice(b"\"}\n\n");
        vec![text]
    })
    .await;
    check("pieces of a call on Responses", Protocol::Responses, 1_000, |n| {
        events("data: {\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"a\",\"delta\":\"{\"}\n\n", n)
    })
    .await;
    check("arguments told whole, again and again", Protocol::Responses, 1_000, |n| {
        events("data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"function_call\",\"id\":\"a\",\"name\":\"f\",\"arguments\":\"{}\"}}\n\n", n)
    })
    .await;
}
