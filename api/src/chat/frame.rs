//! An event as its SSE message, made once for all readers.

use crate::{domain::RunEvent, runs::Frames};
use std::io::Write;

/// Writes `id: <n>` and one `data:` line of JSON (WHATWG HTML, 9.2.6).
/// JSON escapes line breaks, so one line always holds the whole event.
pub(super) fn write(frames: &mut Frames, number: u64, event: &RunEvent) {
    // Writing to a Vec cannot fail, and an event has only string keys.
    let _ = write!(frames.bytes, "id: {number}\ndata: ");
    let _ = serde_json::to_writer(&mut frames.bytes, event);
    frames.bytes.extend_from_slice(b"\n\n");
    frames.ends.push(frames.bytes.len());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_is_an_id_and_one_line() {
        let mut frames = Frames::default();
        write(
            &mut frames,
            7,
            &RunEvent::ContentDelta {
                delta: "a\r\nb\u{2028}".to_owned(),
            },
        );
        let text = String::from_utf8(frames.bytes).unwrap();
        assert_eq!(
            text,
            "id: 7\ndata: {\"type\":\"content_delta\",\"delta\":\"a\\r\\nb\u{2028}\"}\n\n"
        );
        assert_eq!(frames.ends, [text.len()]);
    }
}
