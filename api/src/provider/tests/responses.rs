//! Answers of the Responses API: complete ones, and those of servers that leave things out.

use super::*;
use serde_json::{Value, json};

fn events(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap()
            )
        })
        .collect()
}

async fn read(body: &str) -> String {
    read_pieces(Protocol::Responses, vec![body.as_bytes().to_vec()]).await
}

fn text(delta: &str) -> Value {
    json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": delta, "sequence_number": 4})
}

fn completed() -> Value {
    json!({"type": "response.completed", "response": {
        "status": "completed", "error": null, "incomplete_details": null,
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 2,
            "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 11},
    }})
}

fn call(arguments: &str) -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "save_note", "arguments": arguments})
}

#[tokio::test]
async fn reads_whole_and_less_than_whole_answers() {
    let message = |text: &str| json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": text}]});
    let rows: Vec<(&str, String, &str)> = vec![
        ("OpenAI: text", events(&[
            json!({"type": "response.created", "response": {"status": "in_progress", "output": []}}),
            json!({"type": "response.in_progress", "response": {"status": "in_progress"}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1", "content": []}}),
            json!({"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}}),
            text("H"), text("i"),
            json!({"type": "response.output_text.done", "text": "Hi"}),
            json!({"type": "response.content_part.done", "part": {"type": "output_text", "text": "Hi"}}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": message("Hi")}),
            json!({"type": "response.completed", "response": {"status": "completed", "output": [message("Hi")], "usage": {"input_tokens": 9, "output_tokens": 2}}}),
        ]), "Hi Stop 9+2"),
        ("OpenAI: a thought and a call", events(&[
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": []}}),
            json!({"type": "response.reasoning_summary_part.added", "summary_index": 0, "part": {"type": "summary_text", "text": ""}}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "h"}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "m"}),
            json!({"type": "response.reasoning_summary_text.done", "text": "hm"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "x"}}),
            json!({"type": "response.output_item.added", "output_index": 1, "item": call("")}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 1, "delta": "{\"title\""}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 1, "delta": ":1}"}),
            json!({"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 1, "arguments": "{\"title\":1}"}),
            json!({"type": "response.output_item.done", "output_index": 1, "item": call("{\"title\":1}")}),
            completed(),
        ]), "[hm] <save_note {\"title\":1}> Stop 9+2"),
        ("thoughts in several parts", events(&[
            json!({"type": "response.reasoning_summary_part.added", "summary_index": 0}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "a"}),
            json!({"type": "response.reasoning_summary_part.added", "summary_index": 1}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "b"}),
            text("Hi"), completed(),
        ]), "[a\n\nb]Hi Stop 9+2"),
        ("a thought as it is", events(&[
            json!({"type": "response.reasoning_text.delta", "delta": "hm"}), text("Hi"), completed(),
        ]), "[hm]Hi Stop 9+2"),
        ("a refusal is text", events(&[json!({"type": "response.refusal.delta", "delta": "No."}), completed()]), "No. Stop 9+2"),
        ("llama.cpp: no numbers and no indexes", events(&[
            json!({"type": "response.output_item.added", "item": call("")}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": "{\"title\":1}"}),
            json!({"type": "response.output_item.done", "item": call("{\"title\":1}")}),
            json!({"type": "response.completed", "response": {"status": "completed"}}),
        ]), " <save_note {\"title\":1}> Stop"),
        ("only the done item of a call", events(&[
            json!({"type": "response.output_item.done", "item": call("{\"title\":1}")}), completed(),
        ]), " <save_note {\"title\":1}> Stop 9+2"),
        ("the done item wins over the pieces", events(&[
            json!({"type": "response.output_item.added", "output_index": 0, "item": call("")}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc_1", "delta": "{\"titel\":0}"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": call("{\"title\":1}")}),
            completed(),
        ]), " <save_note {\"title\":1}> Stop 9+2"),
        ("two calls at once, without indexes", events(&[
            json!({"type": "response.output_item.added", "item": {"type": "function_call", "id": "a", "name": "save_note", "arguments": ""}}),
            json!({"type": "response.output_item.added", "item": {"type": "function_call", "id": "b", "name": "list_titles", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "a", "delta": "{\"title\":1}"}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "b", "delta": "{}"}),
            completed(),
        ]), " <save_note {\"title\":1}> <list_titles {}> Stop 9+2"),
        ("no deltas: the text of the part", events(&[json!({"type": "response.output_text.done", "text": "Hi"}), completed()]), "Hi Stop 9+2"),
        ("no deltas: the text of the item", events(&[json!({"type": "response.output_item.done", "item": message("Hi")}), completed()]), "Hi Stop 9+2"),
        ("nothing but the whole response", events(&[json!({"type": "response.completed", "response": {"status": "completed", "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}, message("Hi"), call("{}"),
        ]}})]), "[hm]Hi <save_note {}> Stop"),
        ("no completed", events(&[text("Hi")]), "Hi Stop"),
        ("no completed, but DONE", format!("{}data: [DONE]\n\n", events(&[text("Hi")])), "Hi Stop"),
        ("the type as the event's name alone", "event: response.output_text.delta\ndata: {\"delta\":\"Hi\"}\n\nevent: response.completed\ndata: {}\n\n".to_owned(), "Hi Stop"),
        ("calls only in the whole response", events(&[text("Hi"), json!({"type": "response.completed", "response": {"status": "completed", "output": [message("Hi"), call("{}")]}})]), "Hi <save_note {}> Stop"),
        ("text only in the whole response", events(&[json!({"type": "response.output_item.done", "item": call("{}")}), json!({"type": "response.completed", "response": {"output": [message("Hi"), call("{}")]}})]), "Hi <save_note {}> Stop"),
        ("completed, but not whole", events(&[text("Hi"), json!({"type": "response.completed", "response": {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}})]), "Hi Length"),
        ("arguments that are done, with the name, and no item", events(&[json!({"type": "response.function_call_arguments.done", "item_id": "a", "name": "save_note", "arguments": "{}"}), completed()]), " <save_note {}> Stop 9+2"),
        ("two events in one line", format!("data: {}{}\n\n", text("Hi"), completed()), "Hi Stop 9+2"),
        ("names and data, parted by one line break", "event: response.output_text.delta\ndata: {\"delta\":\"Hi\"}\nevent: response.completed\ndata: {\"response\":{}}\n".to_owned(), "Hi Stop"),
        ("unknown items", events(&[json!({"type": "response.output_item.added", "item": {"type": "web_search_call", "id": "ws_1"}}), json!({"type": "response.output_item.done", "item": {"type": "web_search_call", "id": "ws_1"}}), text("Hi"), completed()]), "Hi Stop 9+2"),
        ("unknown events", events(&[json!({"type": "response.web_search_call.searching"}), json!({"type": "keepalive"}), text("Hi"), completed()]), "Hi Stop 9+2"),
        ("a whole response in place of a stream", json!({"object": "response", "status": "completed", "output": [message("Hi")], "usage": {"input_tokens": 1, "output_tokens": 2}}).to_string(), "Hi Stop 1+2"),
        ("the length limit", events(&[text("Hi"), json!({"type": "response.incomplete", "response": {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}})]), "Hi Length"),
        ("the content filter", events(&[text("Hi"), json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}})]), "Hi !ContentFiltered"),
        ("thoughts between tags", events(&[text("<think>hm</think>\n\n"), text("Hi"), completed()]), "[hm]Hi Stop 9+2"),
        ("half of a surrogate pair in each of two deltas", "data: {\"type\":\"response.output_text.delta\",\"delta\":\"\\ud83d\"}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"\\ude00\"}\n\n".to_owned(), "😀 Stop"),
        ("a key twice", "data: {\"type\":\"x\",\"delta\":\"a\",\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n".to_owned(), "Hi Stop"),
        ("fields that are null or of another type", "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\",\"item\":7,\"response\":[],\"output_index\":{},\"usage\":null}\n\n".to_owned(), "Hi Stop"),
    ];
    for (what, body, expected) in rows {
        assert_eq!(read(&body).await, expected, "{what}");
    }
}

#[tokio::test]
async fn classifies_errors() {
    let failed = |code: &str| {
        events(&[
            text("Hi"),
            json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": code, "message": "m"}}}),
        ])
    };
    let rows = [
        (failed("rate_limit_exceeded"), "Hi !RateLimited"),
        (failed("insufficient_quota"), "Hi !Quota"),
        (failed("context_length_exceeded"), "Hi !ContextTooLong"),
        (failed("server_error"), "Hi !Unavailable"),
        (failed("invalid_prompt"), "Hi !Other"),
        (events(&[json!({"type": "error", "code": "server_error", "message": "m", "param": null})]), " !Unavailable"),
        (events(&[json!({"type": "error", "error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "m"}})]), " !ContextTooLong"),
        (events(&[json!({"type": "response.error", "error": {"code": "rate_limit_exceeded", "message": "m"}})]), " !RateLimited"),
        (events(&[text("Hi"), json!({"type": "response.completed", "response": {"status": "failed", "error": {"code": "server_error", "message": "m"}}})]), "Hi !Unavailable"),
        (events(&[json!({"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded", "message": "Rate limit reached on tokens per min (TPM): the limit is exceeded"}}})]), " !RateLimited"),
        (json!({"message": "This model's maximum context length is 8 tokens", "code": 400}).to_string(), " !ContextTooLong"),
        (events(&[text("Hi"), json!({"type": "response.cancelled"})]), "Hi !InvalidResponse"),
        (events(&[json!({"type": "response.created", "response": {}})]), " !InvalidResponse"),
        (String::new(), " !InvalidResponse"),
        ("data: {oops}\n\n".to_owned(), " !InvalidResponse"),
        ("event: error\ndata: went wrong\n\n".to_owned(), " !Other"),
        ("<html>".to_owned(), " !InvalidResponse"),
        (json!({"error": {"message": "m", "code": "insufficient_quota"}}).to_string(), " !Quota"),
        (json!({"object": "response", "status": "failed", "error": {"code": "server_error", "message": "m"}}).to_string(), " !Unavailable"),
    ];
    for (body, expected) in rows {
        assert_eq!(read(&body).await, expected, "{body}");
    }
}

/// The reasoning items of the first answer are in the second request, each before what it led to.
#[tokio::test]
async fn returns_reasoning_in_order() {
    let thought = |id: &str| json!({"type": "reasoning", "id": id, "summary": [], "encrypted_content": format!("secret {id}")});
    let item = |index: u64, item: Value| json!({"type": "response.output_item.done", "output_index": index, "item": item});
    let body = events(&[
        item(0, thought("rs_1")),
        text("Hi"),
        item(2, thought("rs_2")),
        item(3, call("{}")),
        item(
            4,
            json!({"type": "reasoning", "id": "rs_3", "summary": [], "encrypted_content": null}),
        ),
        completed(),
    ]);
    let mut mock = Mock::start(vec![
        vec![Step::Send(sse(body))],
        vec![Step::Send(sse(events(&[text("Done"), completed()])))],
    ])
    .await;
    let provider = mock.provider_by(Api::Responses);
    let mut stream = provider.stream(&key(), request_with_tools());
    let (mut tool_calls, mut end) = (Vec::new(), None);
    while let Some(events) = stream.next().await {
        for event in events.unwrap() {
            match event {
                ModelEvent::ToolCall(call) => tool_calls.push(call),
                ModelEvent::End(answer_end) => end = Some(answer_end),
                _ => {}
            }
        }
    }
    let end = end.unwrap();
    assert_eq!(
        (end.details.cached_tokens, end.details.reasoning_tokens),
        (4, 1)
    );
    let result = ModelMessage::Tool {
        call_id: tool_calls[0].id.clone(),
        content: "ok".into(),
    };
    let mut next = request_with_tools();
    next.messages.push(ModelMessage::Assistant {
        content: "Hi".into(),
        tool_calls,
        carry: end.carry,
    });
    next.messages.push(result);
    assert_eq!(
        summary(provider.stream(&key(), next)).await,
        "Done Stop 9+2"
    );
    mock.request().await;
    let body: Value = serde_json::from_str(&mock.request().await.1).unwrap();
    let kinds: Vec<&str> = body["input"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().or(item["type"].as_str()).unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "message",
            "rs_1",
            "message",
            "rs_2",
            "function_call",
            "function_call_output"
        ]
    );
    assert_eq!(body["input"][1], thought("rs_1"));
    assert!(body["input"][4].get("id").is_none());
}
