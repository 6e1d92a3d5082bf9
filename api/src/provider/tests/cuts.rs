//! However a stream is cut, and whatever is repeated, text and calls are the same.

use super::*;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Answers of both protocols and many dialects, as bytes.
fn streams() -> Vec<(Protocol, Vec<u8>)> {
    let chunk =
        |delta: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    let stop = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    let call = |index: u64, id: &str, name: &str, arguments: &str| {
        chunk(
            json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]}),
        )
    };
    let sse = |events: &[Value], end: &str| -> String {
        let events: String = events
            .iter()
            .map(|event| format!("data: {event}{end}"))
            .collect();
        format!("{events}data: [DONE]{end}")
    };
    let said = [
        chunk(json!({"content": "Grüße €😀 "})),
        chunk(json!({"content": "\"日本\"\n\\"})),
        stop.clone(),
    ];
    let thought = [
        chunk(json!({"content": "<thi"})),
        chunk(json!({"content": "nk>\nhm ü"})),
        chunk(json!({"content": "</think>\n\nHi"})),
        stop.clone(),
    ];
    let late = [
        chunk(json!({"content": "hm, so\n</thi"})),
        chunk(json!({"content": "nk>\nHi"})),
        stop.clone(),
    ];
    let called = [
        call(0, "a", "save_note", ""),
        call(0, "", "", "{\"title\":\"ü"),
        call(0, "", "", "\"}"),
        call(1, "b", "list_titles", "{}"),
        stop.clone(),
    ];
    let drifting = [
        call(0, "1", "save_note", ""),
        call(1, "", "", "{\"a\""),
        call(2, "", "", ":1}"),
        stop.clone(),
    ];
    let mut streams: Vec<(Protocol, Vec<u8>)> = [
        sse(&said, "\n\n"),
        sse(&said, "\r\n\r\n"),
        sse(&said, "\r\r"),
        sse(&said, "\n"),
        sse(&thought, "\n\n"),
        sse(&late, "\n\n"),
        sse(&called, "\n\n"),
        sse(&called, "\n"),
        sse(&drifting, "\n\n"),
        said.iter().map(|event| format!("{event}\n")).collect(),
        said.iter().map(|event| format!("data: {event}")).collect(),
        format!("data: {}\n\n", said.iter().map(Value::to_string).collect::<String>()),
        format!("{:#}", json!({"choices": [{"message": {"content": "Hi ü", "tool_calls": [{"function": {"name": "list_titles", "arguments": "{}"}}]}, "finish_reason": "stop"}]})),
        "\u{feff}data: {\"choices\":[{\"delta\":{\"content\":\"a \\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\ude00 b\"},\"finish_reason\":\"stop\"}]}\n\n".to_owned(),
        ": hm\n\nevent: x\nid: 1\ndata: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n".to_owned(),
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\nevent: error\ndata: went wrong\n\n".to_owned(),
    ]
    .into_iter()
    .map(|text| (Protocol::Chat, text.into_bytes()))
    .collect();
    let response = [
        json!({"type": "response.reasoning_summary_text.delta", "delta": "hm ü"}),
        json!({"type": "response.output_text.delta", "delta": "Grüße 😀"}),
        json!({"type": "response.output_item.added", "item": {"type": "function_call", "id": "fc_1", "name": "save_note", "arguments": ""}}),
        json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": "{\"title\":\"€\"}"}),
        json!({"type": "response.completed", "response": {"status": "completed", "usage": {"input_tokens": 1, "output_tokens": 2}}}),
    ];
    for end in ["\n\n", "\r\n\r\n", "\n"] {
        let body: String = response
            .iter()
            .map(|event| {
                format!(
                    "event: {}\ndata: {event}{end}",
                    event["type"].as_str().unwrap()
                )
            })
            .collect();
        streams.push((Protocol::Responses, body.into_bytes()));
    }
    streams
}

#[tokio::test]
async fn every_cut_reads_the_same() {
    for (protocol, bytes) in streams() {
        let whole = read_pieces(protocol, vec![bytes.clone()]).await;
        assert!(
            whole.contains(" Stop") || whole.ends_with(" !Other"),
            "{whole}"
        );
        for cut in 0..=bytes.len() {
            let pieces = vec![bytes[..cut].to_vec(), bytes[cut..].to_vec()];
            assert_eq!(read_pieces(protocol, pieces).await, whole, "cut at {cut}");
        }
        let single = bytes.iter().map(|byte| vec![*byte]).collect();
        assert_eq!(read_pieces(protocol, single).await, whole, "byte by byte");
    }
}

/// The same JSON with every field of every object repeated, the wrong one first.
fn repeated(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| {
                    let name = Value::from(name.as_str());
                    let wrong = wrong(value);
                    format!("{name}:{wrong},{name}:{}", repeated(value))
                })
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(repeated).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

fn wrong(value: &Value) -> Value {
    match value {
        Value::String(_) => json!("wrong"),
        Value::Array(_) => json!([{"wrong": 1}]),
        Value::Object(_) => Value::from(Map::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) => json!("7"),
    }
}

#[tokio::test]
async fn the_last_of_repeated_keys_counts_everywhere() {
    for (protocol, bytes) in streams() {
        let whole = read_pieces(protocol, vec![bytes.clone()]).await;
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| {
                match line
                    .strip_prefix("data: ")
                    .and_then(|json| serde_json::from_str(json.trim()).ok())
                {
                    Some(json @ Value::Object(_)) => format!("data: {}", repeated(&json)),
                    _ => line.to_owned(),
                }
            })
            .collect();
        let read = read_pieces(protocol, vec![lines.join("\n").into_bytes()]).await;
        assert_eq!(read, whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_streams_the_same_however_they_are_cut(mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (protocol, bytes) in streams() {
            let whole = runtime.block_on(read_pieces(protocol, vec![bytes.clone()]));
            let mut at: Vec<usize> = cuts.iter_mut().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|ends| bytes[ends[0]..ends[1]].to_vec()).collect();
            prop_assert_eq!(runtime.block_on(read_pieces(protocol, pieces)), whole);
        }
    }

    /// Any bytes and any JSON end in an answer or an error.
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "(data: ?)?[\\[\\{\"a-z:,0-9\\}\\] \n\\\\u]{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for protocol in [Protocol::Chat, Protocol::Responses] {
            runtime.block_on(read_pieces(protocol, vec![bytes.clone(), b"\n\ndata: ".to_vec(), bytes.clone()]));
            runtime.block_on(read_pieces(protocol, vec![text.clone().into_bytes()]));
        }
    }
}
