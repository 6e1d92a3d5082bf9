//! Bytes to events.

use super::super::sse::{Decoder, EVENT_MAX_BYTES, Event, TooLong};

/// As `name|payload`.
fn events(pieces: &[&[u8]]) -> Result<Vec<String>, TooLong> {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    let mut sink = |event: Event<'_>| {
        events.push(match event {
            Event::Data { name, data } => format!("{name}|{}", String::from_utf8_lossy(data)),
            Event::Done => "DONE".to_owned(),
        });
        Ok::<(), TooLong>(())
    };
    for piece in pieces {
        decoder.push(piece, &mut sink)?;
    }
    decoder.end(&mut sink)?;
    Ok(events)
}

#[test]
fn reads_every_dialect() {
    let rows: &[(&str, &[u8], &[&str])] = &[
        (
            "LF",
            b"data: {\"a\":1}\n\ndata: {}\n\ndata: [DONE]\n\n",
            &["|{\"a\":1}", "|{}", "DONE"],
        ),
        ("CRLF", b"data: {}\r\n\r\ndata: []\r\n\r\n", &["|{}", "|[]"]),
        ("CR", b"data: {}\r\rdata: []\r\r", &["|{}", "|[]"]),
        ("no space", b"data:{}\n\n", &["|{}"]),
        ("BOM", b"\xef\xbb\xbfdata: {}\n\n", &["|{}"]),
        (
            "BOM before a document",
            b"\xef\xbb\xbf{\"a\":\n1}",
            &["|{\"a\":\n1}"],
        ),
        (
            "comments and other fields",
            b": hi\n\nid: 7\nretry: 1\nevent: x\ndata: {}\n\n:\n\n",
            &["x|{}"],
        ),
        (
            "empty data",
            b"data:\n\ndata: \n\ndata\n\ndata: {}\n\n",
            &["|{}"],
        ),
        ("scalars", b"data: null\n\ndata: 1\n\n", &["|null", "|1"]),
        (
            "DONE with spaces, and what follows it",
            b"data: {}\n\ndata:  [DONE] \n\ndata: {}\n\n",
            &["|{}", "DONE"],
        ),
        ("DONE as a string", b"data: \"[DONE]\"\n\n", &["DONE"]),
        (
            "no blank line at the end",
            b"data: {}\n\ndata: []",
            &["|{}", "|[]"],
        ),
        (
            "DONE without its line's end",
            b"data: {}\n\ndata: [DONE]",
            &["|{}", "DONE"],
        ),
        (
            "data in two lines",
            b"data: {\"a\":\ndata: 1}\n\n",
            &["|{\"a\":\n1}"],
        ),
        (
            "words in two lines",
            b"event: error\ndata: went\ndata: wrong\n\n",
            &["error|went\nwrong"],
        ),
        (
            "events parted by one line break",
            b"data: {\"a\":1}\ndata: {\"a\":2}\ndata: [DONE]\n",
            &["|{\"a\":1}", "|{\"a\":2}", "DONE"],
        ),
        (
            "named events parted by one line break",
            b"event: x\ndata: {}\nevent: y\ndata: {\"a\":\ndata: 1}\nevent: z\ndata: []\n",
            &["x|{}", "y|{\"a\":\n1}", "z|[]"],
        ),
        (
            "words, then JSON, parted by one line break",
            b"data: hm\ndata: {}\ndata: hm\ndata: [DONE]\n",
            &["|hm", "|{}", "|hm", "DONE"],
        ),
        (
            "the name after words",
            b"data: went wrong\nevent: error\n\ndata: {}\n\n",
            &["error|went wrong", "|{}"],
        ),
        ("a document", b" {\"a\":\n\n 1}\n", &["|{\"a\":\n\n 1}"]),
        ("a list", b"[1]", &["|[1]"]),
        (
            "lines of JSON",
            b"{\"a\":1}\n{\"a\":2}\r\n\r\n{}",
            &["|{\"a\":1}", "|{\"a\":2}", "|{}"],
        ),
        (
            "an error as bare JSON within a stream",
            b"data: {}\n\n{\"error\":\n\"x\"}\n",
            &["|{}", "|{\"error\":\n\"x\"}"],
        ),
        ("a document that is cut", b"{\"a\":\n", &["|{\"a\":"]),
        (
            "an event that is cut",
            b"data: {\"a\":\n\ndata: {}\n\n",
            &["|{\"a\":", "|{}"],
        ),
        (
            "brackets in strings",
            b"data: {\"a\":\"}\\\"{[\"}\ndata: {}\n",
            &["|{\"a\":\"}\\\"{[\"}", "|{}"],
        ),
        (
            "a field's name twice",
            b"data: data: {\"a\":1}\n\ndata:data:[DONE]\n\n",
            &["|{\"a\":1}", "DONE"],
        ),
        (
            "white space around a field's name",
            b" data: {\"a\":1}\n\ndata : {}\n\n",
            &["|{\"a\":1}", "|{}"],
        ),
        (
            "DONE without a field",
            b"{\"a\":1}\n[DONE]\n{}\n",
            &["|{\"a\":1}", "DONE"],
        ),
        (
            "llama.cpp's field for errors",
            b"data: {}\n\nerror: {\"code\":400}\n\n",
            &["|{}", "error|{\"code\":400}"],
        ),
        ("HTML", b"<html>\n\n<p>data: 1</p>\n\n", &[]),
        ("nothing", b"", &[]),
        ("blank", b"\n\n \n", &[]),
    ];
    for (what, bytes, expected) in rows {
        assert_eq!(events(&[bytes]).unwrap(), *expected, "{what}");
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            let read = events(&[head, b"", tail]).unwrap();
            assert_eq!(read, *expected, "{what}, cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(events(&single).unwrap(), *expected, "{what}, byte by byte");
    }
}

#[test]
fn recognises_a_complete_payload_before_the_blank_line() {
    let mut decoder = Decoder::default();
    let mut count = 0;
    let mut sink = |_: Event<'_>| {
        count += 1;
        Ok::<(), TooLong>(())
    };
    decoder.push(b"data: {\"a\":1}\n", &mut sink).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn bounds_events_however_they_grow() {
    let half = "x".repeat(EVENT_MAX_BYTES / 2 + 1);
    for pieces in [
        vec![format!("data: {half}"), half.clone()],
        vec![format!("data: {half}\n"), format!("data: {half}\n")],
        vec![format!("data: {{{half}\n"), format!("data: {half}\n")],
        vec![format!(": {half}{half}\n")],
        vec![" ".repeat(EVENT_MAX_BYTES), "  ".to_owned()],
    ] {
        let pieces: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
        assert_eq!(events(&pieces), Err(TooLong));
    }
}

#[test]
fn bounds_documents() {
    let mib = "x".repeat(1024 * 1024);
    for line_end in ["", "\n"] {
        let piece = format!("{mib}{line_end}");
        let mut pieces = vec![b"{\"a\":\"".as_slice()];
        pieces.push(piece.as_bytes());
        let document = pieces.concat();
        assert_eq!(
            events(&pieces).unwrap(),
            [format!(
                "|{}",
                String::from_utf8_lossy(document.trim_ascii())
            )]
        );
        pieces.push(piece.as_bytes());
        assert_eq!(events(&pieces), Err(TooLong));
    }
}
