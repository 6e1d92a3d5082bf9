//! Encodes an event as SSE, once for all readers.

use crate::{domain::RunEvent, runs::EventBatch};
use std::io::Write;

/// Appends `id: <n>` and one `data:` line of JSON (WHATWG HTML, 9.2.6). JSON escapes line breaks,
/// so an event is always a single line.
pub(super) fn encode(batch: &mut EventBatch, number: u64, event: &RunEvent) {
    // Writing to a Vec and serialising string keys cannot fail.
    let _ = write!(batch.bytes, "id: {number}\ndata: ");
    let _ = serde_json::to_writer(&mut batch.bytes, event);
    batch.bytes.extend_from_slice(b"\n\n");
    batch.ends.push(batch.bytes.len());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn encodes_an_id_and_one_line() {
        let mut batch = EventBatch::default();
        encode(
            &mut batch,
            7,
            &RunEvent::ContentDelta {
                delta: "a\r\nb\u{2028}".to_owned(),
            },
        );
        let text = String::from_utf8(batch.bytes).unwrap();
        assert_eq!(
            text,
            "id: 7\ndata: {\"type\":\"content_delta\",\"delta\":\"a\\r\\nb\u{2028}\"}\n\n"
        );
        assert_eq!(batch.ends, [text.len()]);
    }
}
