//! Plays a reply: sends its events at a pace, up to the requested fault.

use super::{
    dialect::Dialect,
    directives::{Directives, Fault},
    responses::Responses,
    script::{Call, Reply},
    seen::OpenStream,
};
use axum::body::{Body, Bytes};
use std::{
    collections::VecDeque,
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Words before a fault within an answer.
const WORDS_BEFORE_FAULT: usize = 8;

enum Cue {
    Send(String),
    /// Text, sent after a pause and counted.
    Say(String),
    /// The time, as text.
    Clock,
    /// Nothing more is sent.
    Stall,
    Break,
}

/// Writes an answer in a protocol.
pub(crate) enum Writer {
    Chat(Dialect),
    Responses(Responses),
}

impl Writer {
    fn opening(&self) -> String {
        match self {
            Self::Chat(dialect) => dialect.opening(),
            Self::Responses(responses) => responses.opening(),
        }
    }

    fn text(&self, piece: &str) -> String {
        match self {
            Self::Chat(dialect) => dialect.text(piece),
            Self::Responses(responses) => responses.text(piece),
        }
    }

    fn calls(&self, calls: &[Call]) -> Vec<String> {
        match self {
            Self::Chat(dialect) => dialect.calls(calls),
            Self::Responses(responses) => responses.calls(calls),
        }
    }

    fn closing(&self, reason: &str) -> String {
        match self {
            Self::Chat(dialect) => dialect.closing(reason),
            Self::Responses(responses) => responses.closing(reason),
        }
    }

    fn failure(&self) -> String {
        match self {
            Self::Chat(_) => {
                "data: {\"error\":{\"message\":\"The stand-in fell over, as asked.\",\"type\":\"server_error\",\"code\":null}}\n\n".to_owned()
            }
            Self::Responses(responses) => responses.failure(),
        }
    }

    fn reason(&self, reply: &Reply) -> &'static str {
        match self {
            Self::Chat(dialect) => dialect.reason(reply),
            Self::Responses(_) => "stop",
        }
    }

    /// The complete answer as one document.
    pub(crate) fn document(&self, reply: &Reply) -> String {
        let reason = self.reason(reply);
        match self {
            Self::Chat(dialect) => dialect.document(reply, reason),
            Self::Responses(responses) => responses.document(reply, reason),
        }
    }
}

pub(crate) fn play(
    reply: &Reply,
    writer: Writer,
    directives: &Directives,
    pace: Duration,
    stream: OpenStream,
) -> Body {
    let cues = cues(reply, &writer, directives);
    let body = futures_util::stream::unfold(
        (cues, stream, writer),
        move |(mut cues, mut stream, writer)| async move {
            let cue = cues.pop_front()?;
            if matches!(cue, Cue::Say(_) | Cue::Clock) {
                if !pace.is_zero() {
                    tokio::time::sleep(pace).await;
                }
                stream.sent();
            }
            let bytes = match cue {
                Cue::Send(bytes) | Cue::Say(bytes) => bytes,
                Cue::Clock => {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH);
                    writer.text(&format!("{:016} ", now.unwrap_or_default().as_micros()))
                }
                Cue::Stall => {
                    std::future::pending::<()>().await;
                    String::new()
                }
                Cue::Break => {
                    // The server sends buffered data while it waits; an error would discard it.
                    tokio::task::yield_now().await;
                    stream.complete();
                    return Some((
                        Err(io::Error::other("cut, as asked")),
                        (cues, stream, writer),
                    ));
                }
            };
            if cues.is_empty() {
                stream.complete();
            }
            Some((Ok(Bytes::from(bytes)), (cues, stream, writer)))
        },
    );
    Body::from_stream(body)
}

fn cues(reply: &Reply, dialect: &Writer, directives: &Directives) -> VecDeque<Cue> {
    let fault = directives.fault.as_ref();
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
    let last = || match fault {
        Some(Fault::StallMid) => Some(Cue::Stall),
        Some(Fault::Cut) => Some(Cue::Break),
        Some(Fault::ErrorMid) => Some(Cue::Send(dialect.failure())),
        Some(Fault::Filter) => Some(Cue::Send(dialect.closing("content_filter"))),
        Some(Fault::Length) => Some(Cue::Send(dialect.closing("length"))),
        _ => None,
    };
    let breaks_off = matches!(
        fault,
        Some(Fault::StallMid | Fault::Cut | Fault::ErrorMid | Fault::Filter | Fault::Length)
    );
    if breaks_off {
        cues.extend(pieces.into_iter().take(WORDS_BEFORE_FAULT).map(say));
        cues.extend(last());
        return cues;
    }
    match directives.clock {
        Some(count) => cues.extend((0..count).map(|_| Cue::Clock)),
        None => cues.extend(pieces.into_iter().map(say)),
    }
    cues.extend(dialect.calls(&reply.calls).into_iter().map(Cue::Say));
    cues.push_back(Cue::Send(dialect.closing(dialect.reason(reply))));
    cues
}

/// Words, each with the white space after it.
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
