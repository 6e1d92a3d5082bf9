//! Splits bytes into server-sent events, or what servers send in their place.
//!
//! Works on bytes, so a character or a line may be cut anywhere. Beyond the standard it accepts
//! events separated by a single line break, lines of bare JSON, a JSON document in place of a
//! stream, a field name that is repeated, errors in a field `error`, CR and CRLF, a byte-order mark,
//! and an end without a blank line. Each byte is visited a fixed number of times, however the bytes
//! are cut. Comments and empty events are dropped.

use super::json::Nesting;
use memchr::{memchr, memchr2};

pub(super) const EVENT_MAX_BYTES: usize = 1024 * 1024;
/// Largest JSON document in place of a stream: a whole answer, parsed at once while other requests
/// wait for the thread.
const DOCUMENT_MAX_BYTES: usize = 2 * 1024 * 1024;
const NAME_MAX_BYTES: usize = 64;

const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    Data {
        name: &'a str,
        /// Without white space around it.
        data: &'a [u8],
    },
    /// `[DONE]`: nothing follows.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Reads the events of a response body.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// An incomplete line, and whether it is bare JSON.
    line: Vec<u8>,
    line_form: LineForm,
    /// The incomplete payload.
    payload: Vec<u8>,
    nesting: Nesting,
    /// Whether the payload is text, not JSON.
    is_text: bool,
    /// Whether the payload is bare JSON, which continues whatever its lines look like.
    is_bare: bool,
    name: String,
    /// A name after the payload. It belongs to this event if a blank line follows, otherwise to the
    /// next one.
    late_name: Option<String>,
    /// Whether the last line ended in CR, to which a following LF belongs.
    after_cr: bool,
    has_begun: bool,
    is_done: bool,
}

/// The kind of an incomplete line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum LineForm {
    #[default]
    Unknown,
    Field,
    Bare,
}

impl Decoder {
    /// Whether `[DONE]` arrived; what follows it is ignored.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Adds bytes, and passes each complete event to `sink`.
    pub(super) fn push<E: From<TooLong>>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while !self.is_done && !bytes.is_empty() {
            let Some(end) = memchr2(b'\n', b'\r', bytes) else {
                return Ok(self.keep(bytes)?);
            };
            if self.line.is_empty() {
                if self.payload.len() + end > self.limit(&bytes[..end]) {
                    return Err(TooLong.into());
                }
                self.line(&bytes[..end], sink)?;
            } else {
                self.keep(&bytes[..end])?;
                let mut line = std::mem::take(&mut self.line);
                self.line_form = LineForm::Unknown;
                self.line(&line, sink)?;
                line.clear();
                self.line = line;
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

    /// The body has ended; a last event may lack its blank line.
    pub(super) fn end<E: From<TooLong>>(
        &mut self,
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_done {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.line(&line, sink)?;
        }
        self.is_bare = false;
        self.line(b"", sink)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line_form == LineForm::Unknown {
            let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
            self.line_form = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(b'{' | b'[') => LineForm::Bare,
                Some(byte) if !BOM.contains(byte) => LineForm::Field,
                _ => LineForm::Unknown,
            };
        }
        let limit = if self.is_bare || self.line_form == LineForm::Bare {
            DOCUMENT_MAX_BYTES
        } else {
            EVENT_MAX_BYTES
        };
        if self.payload.len() + self.line.len() + bytes.len() > limit {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn limit(&self, line: &[u8]) -> usize {
        if self.is_bare || is_json(line) {
            DOCUMENT_MAX_BYTES
        } else {
            EVENT_MAX_BYTES
        }
    }

    fn line<E>(
        &mut self,
        mut line: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !std::mem::replace(&mut self.has_begun, true) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if self.is_bare {
            return self.data(line, sink);
        }
        if line.is_empty() {
            if let Some(name) = self.late_name.take() {
                self.name = name;
            }
            self.dispatch(sink)?;
            self.name.clear();
            return Ok(());
        }
        if is_json(line) {
            self.is_bare = self.payload.is_empty();
            return self.data(line, sink);
        }
        if is_done(line) {
            return self.data(line, sink);
        }
        let (name, value) = field(line);
        match name {
            b"data" => {
                let mut value = value;
                while let (b"data", inner) = field(value) {
                    value = inner;
                }
                self.data(value, sink)
            }
            // llama.cpp's.
            b"error" if is_json(value) => {
                self.dispatch(sink)?;
                let (name, data) = ("error", value.trim_ascii());
                sink(Event::Data { name, data })
            }
            b"event" => {
                let name = &value[..value.len().min(NAME_MAX_BYTES)];
                let name = String::from_utf8_lossy(name).trim().to_owned();
                if self.payload.is_empty() {
                    self.name = name;
                } else {
                    self.late_name = Some(name);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The next line of a payload. A complete payload is passed on at once, since the next event
    /// may follow without a blank line.
    fn data<E>(
        &mut self,
        value: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let begins_another = self.is_text && (is_json(value) || is_done(value));
        if begins_another && !self.payload.is_empty() {
            self.dispatch(sink)?;
        }
        if self.payload.is_empty() {
            if let Some(name) = self.late_name.take() {
                self.name = name;
            }
            if is_done(value) {
                self.is_done = true;
                return sink(Event::Done);
            }
            self.nesting = Nesting::default();
            self.is_text = !is_json(value);
            if !self.is_text {
                self.nesting.feed(value);
                if self.nesting.is_whole() {
                    self.is_bare = false;
                    let data = value.trim_ascii();
                    let name = &self.name;
                    return sink(Event::Data { name, data });
                }
            }
            self.payload.extend_from_slice(value.trim_ascii_start());
            return Ok(());
        }
        self.payload.push(b'\n');
        self.payload.extend_from_slice(value);
        self.nesting.feed(b"\n");
        self.nesting.feed(value);
        if !self.is_text && self.nesting.is_whole() {
            self.dispatch(sink)?;
        }
        Ok(())
    }

    fn dispatch<E>(&mut self, sink: &mut impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), E> {
        self.is_bare = false;
        let payload = std::mem::take(&mut self.payload);
        let data = payload.trim_ascii();
        if data.is_empty() {
            return Ok(());
        }
        let name = &self.name;
        sink(Event::Data { name, data })?;
        if let Some(name) = self.late_name.take() {
            self.name = name;
        }
        Ok(())
    }
}

/// The name and the value of a field.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr(b':', line).unwrap_or(line.len());
    let value = line.get(colon + 1..).unwrap_or_default();
    (
        line[..colon].trim_ascii(),
        value.strip_prefix(b" ").unwrap_or(value),
    )
}

/// Whether a text begins as an object or a list, and is not `[DONE]`.
fn is_json(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'[')) && !is_done(text)
}

fn is_done(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let text = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text);
    text.eq_ignore_ascii_case(b"[DONE]")
}
