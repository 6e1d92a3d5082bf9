//! Where an answer without an end marker ends, and how long silence may last. Time is paused, so a
//! pause costs nothing.

use super::*;
use futures_util::stream;

/// Reads pieces that arrive after pauses, in seconds; the body stays open after the last one.
async fn read_paced(pieces: Vec<(f32, String)>) -> (String, f32) {
    let pieces = stream::iter(pieces).then(|(pause, piece)| async move {
        // pause: the model's, under test; the clock is paused
        tokio::time::sleep(Duration::from_secs_f32(pause)).await;
        Ok::<_, std::io::Error>(piece)
    });
    let body = reqwest::Body::wrap_stream(pieces.chain(stream::pending()));
    let options = ProviderOptions::new("http://localhost/v1");
    let begun = tokio::time::Instant::now();
    let body = Body::new(http::Response::new(body).into(), &options, begun);
    let mut answer = Answer::new(body, Protocol::Chat, Vec::new());
    let mut said = String::new();
    while let Some(events) = answer.next().await {
        add(&mut said, events);
    }
    (said, begun.elapsed().as_secs_f32().round())
}

/// The case, the pieces with their pauses, the expected answer, and when it ends.
type Row = (&'static str, Vec<(f32, String)>, &'static str, f32);

fn chunk(delta: &str, finish: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{{delta}}},\"finish_reason\":{finish}}}]}}\n\n")
}

fn text(text: &str) -> String {
    chunk(&format!("\"content\":\"{text}\""), "null")
}

#[tokio::test(start_paused = true)]
async fn an_early_finish_does_not_end_an_answer() {
    let stop = || chunk("", "\"stop\"");
    let thought = || chunk("\"reasoning_content\":\"hm\"", "\"stop\"");
    let said_stop = |text: &str| chunk(&format!("\"content\":\"{text}\""), "\"stop\"");
    let call = || {
        chunk(
            "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]",
            "\"tool_calls\"",
        )
    };
    let done = || "data: [DONE]\n\n".to_owned();
    let rows: Vec<Row> = vec![
        (
            "a finish with each thought",
            vec![
                (0.0, thought()),
                (3.0, text("A")),
                (3.0, text("B")),
                (0.0, stop()),
                (0.0, done()),
            ],
            "[hm]AB Stop",
            6.0,
        ),
        (
            "a finish before anything",
            vec![
                (0.0, stop()),
                (3.0, text("A")),
                (3.0, stop()),
                (0.0, done()),
            ],
            "A Stop",
            6.0,
        ),
        (
            "a finish with an empty text",
            vec![(0.0, said_stop("")), (5.0, text("A")), (0.0, done())],
            "A Stop",
            5.0,
        ),
        (
            "a finish, then output within two seconds, and a finish with each piece",
            vec![
                (0.0, said_stop("A")),
                (1.0, said_stop("B")),
                (5.0, said_stop("C")),
                (0.0, done()),
            ],
            "ABC Stop",
            6.0,
        ),
        (
            "text, a finish, and nothing more",
            vec![(0.0, text("A")), (0.0, stop())],
            "A Stop",
            2.0,
        ),
        (
            "a call, a finish, and nothing more",
            vec![(0.0, call())],
            " <f {}> Stop",
            2.0,
        ),
        (
            "counts after the finish",
            vec![
                (0.0, text("A")),
                (0.0, stop()),
                (
                    1.0,
                    "data: {\"usage\":{\"prompt_tokens\":1}}\n\n".to_owned(),
                ),
            ],
            "A Stop 1+0",
            2.0,
        ),
        (
            "comments after the finish do not keep it open",
            vec![
                (0.0, text("A")),
                (0.0, stop()),
                (1.0, ":\n\n".to_owned()),
                (0.9, ":\n\n".to_owned()),
                (0.9, ":\n\n".to_owned()),
            ],
            "A Stop",
            2.0,
        ),
    ];
    for (what, pieces, expected, seconds) in rows {
        assert_eq!(
            read_paced(pieces).await,
            (expected.to_owned(), seconds),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn comments_count_as_activity_and_silence_times_out() {
    let comment = || ": thinking\n\n".to_owned();
    let rows: Vec<Row> = vec![
        ("nothing", vec![], " !Timeout", 90.0),
        (
            "a late first byte",
            vec![(80.0, text("A")), (1.0, "data: [DONE]\n\n".to_owned())],
            "A Stop",
            81.0,
        ),
        (
            "comments while it thinks",
            vec![
                (80.0, comment()),
                (50.0, comment()),
                (50.0, text("A")),
                (0.0, "data: [DONE]\n\n".to_owned()),
            ],
            "A Stop",
            180.0,
        ),
        (
            "silence after a comment",
            vec![(1.0, comment())],
            " !Timeout",
            61.0,
        ),
        (
            "silence after text",
            vec![(1.0, text("A")), (30.0, text("B"))],
            "AB !Timeout",
            91.0,
        ),
    ];
    for (what, pieces, expected, seconds) in rows {
        assert_eq!(
            read_paced(pieces).await,
            (expected.to_owned(), seconds),
            "{what}"
        );
    }
}
