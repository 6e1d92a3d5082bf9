//! Bytes to the payloads of whole SSE events.
//!
//! Works on bytes, so a character or a line may be cut anywhere. It takes in
//! what the parser behind it cannot: a byte-order mark, CR and CRLF, `[DONE] `
//! with a space, events of any size (bounded here), an end without a blank
//! line, invalid UTF-8, and a body that is plain JSON in place of a stream.
//! Comments, ids and empty events go no further. A payload is always one line
//! of JSON: async-openai would write anything else to the log, and it holds
//! what the model said.

use bytes::{Bytes, BytesMut};
use serde::de::IgnoredAny;
use std::collections::VecDeque;

/// Largest event.
pub(super) const EVENT_MAX_BYTES: usize = 1024 * 1024;
/// Largest answer; for a body that is one JSON document this is the size of one event.
pub(super) const ANSWER_MAX_BYTES: usize = 8 * 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What no answer can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// An event, or the document, is too large.
    TooLong,
    /// A payload is not JSON.
    NotJson,
}

/// Cuts one response body into payloads.
#[derive(Debug, Default)]
pub(super) struct Framer {
    form: Form,
    /// The line, or the beginning of the body, that is not whole yet.
    partial: Vec<u8>,
    /// The payload of the event that is not whole yet.
    payload: Vec<u8>,
    has_payload: bool,
    is_error: bool,
    /// The last line ended in CR: a LF that follows belongs to it.
    after_cr: bool,
    done: bool,
    out: BytesMut,
}

/// What the body turned out to be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Form {
    #[default]
    Unknown,
    Events,
    Document,
}

impl Framer {
    /// Whether the provider said that this is all: `[DONE]`, or the end of a JSON document.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes in bytes; the payloads of whole events go to `payloads`.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        payloads: &mut VecDeque<Bytes>,
    ) -> Result<(), Fault> {
        match self.form {
            Form::Events => self.lines(bytes, payloads),
            Form::Document => self.collect(bytes),
            Form::Unknown => {
                self.partial.extend_from_slice(bytes);
                if BOM.starts_with(&self.partial) && self.partial.len() < BOM.len() {
                    return Ok(());
                }
                let begun = self.partial.strip_prefix(BOM).unwrap_or(&self.partial);
                let Some(first) = begun.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                    return if self.partial.len() > EVENT_MAX_BYTES {
                        Err(Fault::TooLong)
                    } else {
                        Ok(())
                    };
                };
                self.form = if matches!(first, b'{' | b'[') {
                    Form::Document
                } else {
                    Form::Events
                };
                let begun = begun.to_vec();
                self.partial.clear();
                self.push(&begun, payloads)
            }
        }
    }

    /// The body has ended: what stands without a blank line is an event too.
    pub(super) fn end(&mut self, payloads: &mut VecDeque<Bytes>) -> Result<(), Fault> {
        match self.form {
            Form::Unknown => {}
            Form::Events => {
                self.lines(b"\n\n", payloads)?;
            }
            Form::Document => {
                self.payload = std::mem::take(&mut self.partial);
                self.has_payload = true;
                self.done = true;
                self.dispatch(payloads)?;
            }
        }
        Ok(())
    }

    fn collect(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.partial.len() + bytes.len() > ANSWER_MAX_BYTES {
            return Err(Fault::TooLong);
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }

    fn lines(&mut self, mut bytes: &[u8], payloads: &mut VecDeque<Bytes>) -> Result<(), Fault> {
        if std::mem::take(&mut self.after_cr) {
            if bytes.is_empty() {
                self.after_cr = true;
            }
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while !self.done {
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                if self.partial.len() + self.payload.len() + bytes.len() > EVENT_MAX_BYTES {
                    return Err(Fault::TooLong);
                }
                self.partial.extend_from_slice(bytes);
                return Ok(());
            };
            if self.partial.len() + self.payload.len() + end > EVENT_MAX_BYTES {
                return Err(Fault::TooLong);
            }
            if self.partial.is_empty() {
                self.line(&bytes[..end], payloads)?;
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&bytes[..end]);
                self.line(&line, payloads)?;
                line.clear();
                self.partial = line;
            }
            let rest = &bytes[end + 1..];
            bytes = match (bytes[end], rest.first()) {
                (b'\r', Some(b'\n')) => &rest[1..],
                (b'\r', None) => {
                    self.after_cr = true;
                    rest
                }
                _ => rest,
            };
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], payloads: &mut VecDeque<Bytes>) -> Result<(), Fault> {
        if line.is_empty() {
            return self.dispatch(payloads);
        }
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => {
                if self.has_payload {
                    // The standard joins with a line break, which in JSON is white space.
                    self.payload.push(b' ');
                }
                self.payload.extend_from_slice(value);
                self.has_payload = true;
            }
            b"event" => self.is_error = value == b"error",
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, payloads: &mut VecDeque<Bytes>) -> Result<(), Fault> {
        let is_error = std::mem::take(&mut self.is_error);
        if !std::mem::take(&mut self.has_payload) {
            return Ok(());
        }
        let payload = self.payload.trim_ascii();
        if payload == b"[DONE]" {
            self.done = true;
        } else if !payload.is_empty() {
            self.out.reserve(payload.len() + 32);
            if is_error {
                // The parser drops the event's name; the shape says it in its place.
                self.out.extend_from_slice(b"{\"error\":");
                if payload.starts_with(b"{") {
                    self.out.extend_from_slice(payload);
                } else {
                    let text = serde_json::Value::from(String::from_utf8_lossy(payload));
                    self.out.extend_from_slice(text.to_string().as_bytes());
                }
                self.out.extend_from_slice(b"}");
            } else {
                clean(payload, &mut self.out);
            }
            let whole = self.out.split().freeze();
            if serde_json::from_slice::<IgnoredAny>(&whole).is_err() {
                return Err(Fault::NotJson);
            }
            payloads.push_back(whole);
        }
        self.payload.clear();
        Ok(())
    }
}

/// Copies a payload, without what no JSON parser takes: invalid UTF-8, raw NULs, raw line breaks.
fn clean(payload: &[u8], out: &mut BytesMut) {
    let text = String::from_utf8_lossy(payload);
    if text.bytes().any(|byte| matches!(byte, 0 | b'\n' | b'\r')) {
        for byte in text.bytes().filter(|byte| *byte != 0) {
            out.extend_from_slice(&[if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            }]);
        }
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let (mut framer, mut frames) = (Framer::default(), VecDeque::new());
        for piece in pieces {
            framer.push(piece, &mut frames).unwrap();
        }
        framer.end(&mut frames).unwrap();
        let text = |frame: Bytes| String::from_utf8(frame.to_vec()).unwrap();
        (frames.into_iter().map(text).collect(), framer.is_done())
    }

    #[test]
    fn cuts_every_dialect() {
        let rows: &[(&str, &[u8], &[&str], bool)] = &[
            (
                "LF",
                b"data: {\"a\":1}\n\ndata: {}\n\ndata: [DONE]\n\n",
                &["{\"a\":1}", "{}"],
                true,
            ),
            (
                "CRLF",
                b"data: 1\r\n\r\ndata: 2\r\n\r\n",
                &["1", "2"],
                false,
            ),
            ("CR", b"data: 1\r\rdata: 2\r\r", &["1", "2"], false),
            ("no space", b"data:1\n\n", &["1"], false),
            ("BOM", b"\xef\xbb\xbfdata: 1\n\n", &["1"], false),
            (
                "comments and other fields",
                b": hi\n\nid: 7\nretry: 1\nevent: x\ndata: 1\n\n:\n\n",
                &["1"],
                false,
            ),
            (
                "empty data",
                b"data:\n\ndata: \n\ndata\n\ndata: 1\n\n",
                &["1"],
                false,
            ),
            (
                "DONE with spaces",
                b"data: 1\n\ndata:  [DONE] \n\ndata: 2\n\n",
                &["1"],
                true,
            ),
            (
                "no blank line at the end",
                b"data: 1\n\ndata: 2",
                &["1", "2"],
                false,
            ),
            (
                "DONE without its line's end",
                b"data: 1\n\ndata: [DONE]",
                &["1"],
                true,
            ),
            (
                "data in two lines",
                b"data: {\"a\":\ndata: 1}\n\n",
                &["{\"a\": 1}"],
                false,
            ),
            ("a document", b" {\"a\":\n 1}\n", &["{\"a\":  1}"], true),
            ("a document after a BOM", b"\xef\xbb\xbf[1]", &["[1]"], true),
            (
                "an error event",
                b"event: error\ndata: {\"m\":1}\n\n",
                &["{\"error\":{\"m\":1}}"],
                false,
            ),
            (
                "an error event in words",
                b"event: error\ndata: bad \"x\"\n\n",
                &["{\"error\":\"bad \\\"x\\\"\"}"],
                false,
            ),
            (
                "NUL and bad UTF-8",
                b"data: \"a\0\xff\"\n\n",
                &["\"a\u{fffd}\""],
                false,
            ),
            ("HTML", b"<html>\n\n<p>data: 1</p>\n\n", &[], false),
            ("nothing", b"", &[], false),
            ("blank", b"\n\n \n", &[], false),
        ];
        for (what, bytes, expected, done) in rows {
            let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(frames(&[bytes]), (expected.clone(), *done), "{what}");
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(
                    frames(&[head, b"", tail]),
                    (expected.clone(), *done),
                    "{what}, cut at {cut}"
                );
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(frames(&single), (expected, *done), "{what}, byte by byte");
        }
    }

    #[test]
    fn events_are_bounded_however_they_grow() {
        let half = "x".repeat(EVENT_MAX_BYTES / 2 + 1);
        for pieces in [
            vec![format!("data: {half}"), half.clone()],
            vec![format!("data: {half}\n"), format!("data: {half}\n")],
            vec![format!(": {half}{half}\n")],
            vec![" ".repeat(EVENT_MAX_BYTES), "  ".to_owned()],
        ] {
            let (mut framer, mut frames) = (Framer::default(), VecDeque::new());
            let result = pieces
                .iter()
                .try_for_each(|piece| framer.push(piece.as_bytes(), &mut frames));
            assert_eq!(result, Err(Fault::TooLong));
        }
    }

    #[test]
    fn what_is_not_json_ends_the_answer_after_what_was_whole() {
        let (mut framer, mut payloads) = (Framer::default(), VecDeque::new());
        let bytes = b"data: {\"a\":1}\n\ndata: {oops}\n\ndata: {}\n\n";
        assert_eq!(framer.push(bytes, &mut payloads), Err(Fault::NotJson));
        assert_eq!(payloads, [&b"{\"a\":1}"[..]]);
        // Two documents in one payload are none: they could close the list they are put into.
        for payload in ["1],[2", "{} {}", "{\"a\":1", "\"open", "", " "] {
            let mut payloads = VecDeque::new();
            let pushed =
                Framer::default().push(format!("data: {payload}\n\n").as_bytes(), &mut payloads);
            assert_eq!(pushed.is_err(), !payload.trim().is_empty(), "{payload}");
            assert!(payloads.is_empty(), "{payload}");
        }
    }

    #[test]
    fn documents_are_bounded() {
        let (mut framer, mut frames) = (Framer::default(), VecDeque::new());
        let piece = [b'{'; 1024 * 1024];
        let results: Vec<_> = (0..9).map(|_| framer.push(&piece, &mut frames)).collect();
        assert_eq!(
            results,
            [vec![Ok(()); 8], vec![Err(Fault::TooLong)]].concat()
        );
    }
}
