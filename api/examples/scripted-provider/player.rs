//! Plays a reply: its events at a pace, up to the fault that was asked for.

use super::{dialect::Dialect, directives::Fault, script::Reply, seen::OpenStream};
use axum::body::{Body, Bytes};
use std::{collections::VecDeque, io, time::Duration};

/// Words before a fault in mid-answer.
const WORDS_BEFORE_FAULT: usize = 8;

/// One thing to do.
enum Cue {
    Send(String),
    /// Text: sent after a pause, counted.
    Say(String),
    /// Nothing more ever comes.
    Stall,
    /// The connection breaks.
    Break,
}

/// The body that plays `reply`.
pub(crate) fn play(
    reply: &Reply,
    dialect: &Dialect,
    fault: Option<&Fault>,
    pace: Duration,
    stream: OpenStream,
) -> Body {
    let cues = cues(reply, dialect, fault);
    let body =
        futures_util::stream::unfold((cues, stream), move |(mut cues, mut stream)| async move {
            let bytes = match cues.pop_front()? {
                Cue::Send(bytes) => bytes,
                Cue::Say(bytes) => {
                    if !pace.is_zero() {
                        tokio::time::sleep(pace).await;
                    }
                    stream.sent();
                    bytes
                }
                Cue::Stall => {
                    std::future::pending::<()>().await;
                    String::new()
                }
                Cue::Break => {
                    // The server sends what it holds while it waits; an error would throw that away.
                    tokio::task::yield_now().await;
                    stream.complete();
                    return Some((Err(io::Error::other("cut, as asked")), (cues, stream)));
                }
            };
            if cues.is_empty() {
                stream.complete();
            }
            Some((Ok(Bytes::from(bytes)), (cues, stream)))
        });
    Body::from_stream(body)
}

fn cues(reply: &Reply, dialect: &Dialect, fault: Option<&Fault>) -> VecDeque<Cue> {
    let say = |piece: &str| Cue::Say(dialect.text(piece));
    let mut cues = VecDeque::new();
    match fault {
        Some(Fault::Stall) => return VecDeque::from([Cue::Stall]),
        Some(Fault::Empty) => return VecDeque::from([Cue::Send(": nothing\n\n".to_owned())]),
        _ => {}
    }
    let opening = dialect.opening();
    if !opening.is_empty() {
        cues.push_back(Cue::Send(opening));
    }
    let pieces = pieces(&reply.text);
    let breaks_off = match fault {
        Some(Fault::StallMid) => Some(Cue::Stall),
        Some(Fault::Cut) => Some(Cue::Break),
        Some(Fault::ErrorMid) => Some(Cue::Send(
            "data: {\"error\":{\"message\":\"The stand-in fell over, as asked.\",\"type\":\"server_error\",\"code\":null}}\n\n"
                .to_owned(),
        )),
        Some(Fault::Filter) => Some(Cue::Send(dialect.closing("content_filter"))),
        Some(Fault::Length) => Some(Cue::Send(dialect.closing("length"))),
        _ => None,
    };
    if let Some(last) = breaks_off {
        cues.extend(pieces.into_iter().take(WORDS_BEFORE_FAULT).map(say));
        cues.push_back(last);
        return cues;
    }
    cues.extend(pieces.into_iter().map(say));
    cues.extend(dialect.calls(&reply.calls).into_iter().map(Cue::Say));
    cues.push_back(Cue::Send(dialect.closing(dialect.reason(reply))));
    cues
}

/// Text in words, each with the white space after it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        if after_space && !c.is_whitespace() {
            pieces.push(&text[start..at]);
            start = at;
        }
        after_space = c.is_whitespace();
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}
