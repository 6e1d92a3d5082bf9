//! Bytes to the payloads of whole SSE events.
//!
//! Works on bytes, so a character or a line may be cut anywhere. It takes in
//! what the parser behind it cannot: a byte-order mark, CR and CRLF, `[DONE] `
//! with a space, events of any size (bounded here), an end without a blank
//! line, invalid UTF-8, and a body that is plain JSON in place of a stream.
//! Comments, ids and empty events go no further.

use super::batch::{Batch, NotJson, clean};
use memchr::{memchr, memchr2};

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

impl From<NotJson> for Fault {
    fn from(_: NotJson) -> Self {
        Self::NotJson
    }
}

/// Cuts one response body into events.
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

    /// Takes in bytes; the chunks of whole events go to `batch`.
    pub(super) fn push(&mut self, bytes: &[u8], batch: &mut Batch) -> Result<(), Fault> {
        match self.form {
            Form::Events => self.lines(bytes, batch),
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
                self.push(&begun, batch)
            }
        }
    }

    /// The body has ended: what stands without a blank line is an event too.
    pub(super) fn end(&mut self, batch: &mut Batch) -> Result<(), Fault> {
        match self.form {
            Form::Unknown => {}
            Form::Events => {
                self.lines(b"\n\n", batch)?;
            }
            Form::Document => {
                self.payload = std::mem::take(&mut self.partial);
                self.has_payload = true;
                self.done = true;
                self.dispatch(batch)?;
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

    fn lines(&mut self, mut bytes: &[u8], batch: &mut Batch) -> Result<(), Fault> {
        if std::mem::take(&mut self.after_cr) {
            if bytes.is_empty() {
                self.after_cr = true;
            }
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while !self.done {
            let Some(end) = memchr2(b'\n', b'\r', bytes) else {
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
                self.line(&bytes[..end], batch)?;
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&bytes[..end]);
                self.line(&line, batch)?;
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

    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Fault> {
        if line.is_empty() {
            return self.dispatch(batch);
        }
        let colon = memchr(b':', line).unwrap_or(line.len());
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

    fn dispatch(&mut self, batch: &mut Batch) -> Result<(), Fault> {
        let is_error = std::mem::take(&mut self.is_error);
        if !std::mem::take(&mut self.has_payload) {
            return Ok(());
        }
        let payload = self.payload.trim_ascii();
        if payload == b"[DONE]" {
            self.done = true;
        } else if is_error {
            // The parser drops the event's name; the shape says it in its place.
            batch.add(|event| {
                event.extend_from_slice(b"{\"error\":");
                if payload.starts_with(b"{") {
                    clean(payload, event);
                } else {
                    let text = serde_json::Value::from(String::from_utf8_lossy(payload));
                    event.extend_from_slice(text.to_string().as_bytes());
                }
                event.push(b'}');
            })?;
        } else if !payload.is_empty() {
            batch.add(|event| clean(payload, event))?;
        }
        self.payload.clear();
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn chunks(batch: Batch) -> Vec<Value> {
        let event = batch.finish();
        let list = event.strip_prefix(b"data: ").unwrap();
        assert_eq!(memchr2(b'\n', b'\r', list), Some(list.len() - 2));
        serde_json::from_slice(list).unwrap()
    }

    fn frames(pieces: &[&[u8]]) -> (Vec<Value>, bool) {
        let (mut framer, mut batch) = (Framer::default(), Batch::default());
        for piece in pieces {
            framer.push(piece, &mut batch).unwrap();
        }
        framer.end(&mut batch).unwrap();
        (chunks(batch), framer.is_done())
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
            let expected: Vec<Value> = expected
                .iter()
                .map(|json| serde_json::from_str(json).unwrap())
                .collect();
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
            let (mut framer, mut frames) = (Framer::default(), Batch::default());
            let result = pieces
                .iter()
                .try_for_each(|piece| framer.push(piece.as_bytes(), &mut frames));
            assert_eq!(result, Err(Fault::TooLong));
        }
    }

    #[test]
    fn what_is_not_json_ends_the_answer_after_what_was_whole() {
        let (mut framer, mut batch) = (Framer::default(), Batch::default());
        let bytes = b"data: {\"a\":1}\n\ndata: {oops}\n\ndata: {}\n\n";
        assert_eq!(framer.push(bytes, &mut batch), Err(Fault::NotJson));
        assert_eq!(chunks(batch), [json!({"a": 1})]);
        // Two documents in one payload are none: they could close the list they are put into.
        for payload in ["1],[2", "{} {}", "{\"a\":1", "\"open", "", " "] {
            let mut batch = Batch::default();
            let pushed =
                Framer::default().push(format!("data: {payload}\n\n").as_bytes(), &mut batch);
            assert_eq!(pushed.is_err(), !payload.trim().is_empty(), "{payload}");
            assert_eq!(
                (batch.chunks(), batch.bytes()),
                (0, Batch::default().bytes()),
                "{payload}"
            );
        }
    }

    #[test]
    fn documents_are_bounded() {
        let (mut framer, mut frames) = (Framer::default(), Batch::default());
        let piece = [b'{'; 1024 * 1024];
        let results: Vec<_> = (0..9).map(|_| framer.push(&piece, &mut frames)).collect();
        assert_eq!(
            results,
            [vec![Ok(()); 8], vec![Err(Fault::TooLong)]].concat()
        );
    }
}
