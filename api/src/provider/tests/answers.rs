//! Answers in all dialects, and their ends.

use super::*;

fn text(content: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {"content": content}}]})
    )
}

const STOP: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn reads_every_dialect() {
    let hi = text("Hi");
    let rows: Vec<(&str, String, &str)> = vec![
        ("OpenAI", format!(
            "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"service_tier\":\"odd\",\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":null}}\n\n{hi}{STOP}data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}}}\n\n{DONE}"
        ), "Hi Stop 9+2"),
        ("Azure: an empty first chunk with filter results, no DONE", format!(
            "data: {{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[{{\"prompt_index\":0,\"content_filter_results\":{{}}}}]}}\n\n{hi}{STOP}"
        ), "Hi Stop"),
        ("OpenRouter: comments before and between", format!(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n{hi}:\n\n{STOP}{DONE}"), "Hi Stop"),
        ("CRLF", format!("{hi}{STOP}{DONE}").replace('\n', "\r\n"), "Hi Stop"),
        ("BOM", format!("\u{feff}{hi}{STOP}{DONE}"), "Hi Stop"),
        ("no space after the colon", format!("{hi}{STOP}{DONE}").replace("data: ", "data:"), "Hi Stop"),
        ("DONE with a space", format!("{hi}{STOP}data: [DONE] \n\n"), "Hi Stop"),
        ("no blank line at the end", format!("{hi}{}", STOP.trim_end()), "Hi Stop"),
        ("LocalAI: DONE but no finish_reason", format!("{hi}{DONE}"), "Hi Stop"),
        ("sglang: an empty finish_reason in every chunk", format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"Hi\"}},\"finish_reason\":\"\"}}]}}\n\n{STOP}{DONE}"), "Hi Stop"),
        ("an unknown finish_reason", format!("{hi}{}", STOP.replace("stop", "eos")), "Hi Stop"),
        ("no ids, no index, delta null", format!("data: {{\"choices\":[{{\"delta\":null}}]}}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":\"Hi\"}}}}]}}\n\n{STOP}"), "Hi Stop"),
        ("usage in every chunk, the last counts", "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":1}}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}\n\ndata: {\"choices\":[],\"usage\":{}}\n\n".into(), "Hi Stop 4+2"),
        ("empty usage", format!("{hi}data: {{\"usage\":{{}},\"choices\":[{{\"finish_reason\":\"stop\"}}]}}\n\n"), "Hi Stop"),
        ("Mistral: content in parts", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"Hi\"}]},\"finish_reason\":\"stop\"}]}\n\n".into(), "[hm]Hi Stop"),
        ("DeepSeek: a thought", format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":null,\"reasoning_content\":\"hm\"}}}}]}}\n\n{hi}{STOP}"), "[hm]Hi Stop"),
        ("a refusal is text", format!("data: {{\"choices\":[{{\"delta\":{{\"refusal\":\"No.\"}}}}]}}\n\n{STOP}"), "No. Stop"),
        ("several choices, only the first counts", format!("data: {{\"choices\":[{{\"index\":1,\"delta\":{{\"content\":\"x\"}},\"finish_reason\":\"length\"}},{{\"index\":0,\"delta\":{{\"content\":\"Hi\"}}}}]}}\n\n{STOP}"), "Hi Stop"),
        ("the whole message again at the end", format!("{hi}data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"\"}},\"message\":{{\"content\":\"Hi\"}},\"finish_reason\":\"stop\"}}]}}\n\n"), "Hi Stop"),
        ("NUL, escaped and raw", "data: {\"choices\":[{\"delta\":{\"content\":\"H\\u0000\0i\"},\"finish_reason\":\"stop\"}]}\n\n".into(), "Hi Stop"),
        ("the length limit", format!("{hi}{}", STOP.replace("stop", "length")), "Hi Length"),
        ("an empty answer that says so", STOP.into(), " Stop"),
        ("data in several lines", "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n".into(), "Hi Stop"),
        ("a chunk that is not an object", format!("data: null\n\ndata: 1\n\ndata: []\n\n{hi}{STOP}"), "Hi Stop"),
        ("calls come after all text", format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"id\":\"a\",\"function\":{{\"name\":\"f\",\"arguments\":\"{{}}\"}}}}]}}}}]}}\n\n{hi}{}", STOP.replace("stop", "tool_calls")), "Hi <f {}> Stop"),
        ("Ollama: a whole call with arguments as text, finish_reason stop", format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{{\"id\":\"a\",\"index\":0,\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"{{\\\"x\\\":1}}\"}}}}]}}}}]}}\n\n{STOP}{DONE}"), " <f {\"x\":1}> Stop"),
        ("the form before tool_calls", "data: {\"choices\":[{\"delta\":{\"function_call\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\"\"}}}]}\n\ndata: {\"choices\":[{\"delta\":{\"function_call\":{\"arguments\":\":1}\"}},\"finish_reason\":\"function_call\"}]}\n\n".into(), " <f {\"x\":1}> Stop"),
        ("a call in a message after the text", format!("{hi}data: {{\"choices\":[{{\"delta\":{{}},\"message\":{{\"content\":\"Hi\",\"tool_calls\":[{{\"id\":\"a\",\"function\":{{\"name\":\"f\",\"arguments\":\"{{}}\"}}}}]}},\"finish_reason\":\"tool_calls\"}}]}}\n\n"), "Hi <f {}> Stop"),
        ("the text in a message after a thought", "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\"},\"message\":{\"reasoning_content\":\"hm\",\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n".into(), "[hm]Hi Stop"),
        ("messages in place of deltas", "data: {\"choices\":[{\"message\":{\"content\":\"H\"}}]}\n\ndata: {\"choices\":[{\"message\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}]}\n\n".into(), "Hi Stop"),
        ("two chunks in one line", format!("{}{}", hi.trim_end(), STOP.trim_start_matches("data: ")), "Hi Stop"),
        ("chunks without a line break", format!("{}{}{DONE}", hi.trim_end(), STOP.trim_end()), "Hi Stop"),
        ("a list of chunks", "[{\"choices\":[{\"delta\":{\"content\":\"H\"}}]},\n{\"choices\":[{\"delta\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}]}]".into(), "Hi Stop"),
        ("choices null", format!("data: {{\"choices\":null}}\n\n{hi}{STOP}"), "Hi Stop"),
        ("DONE twice, and data after it", format!("{hi}{STOP}{DONE}{DONE}{hi}"), "Hi Stop"),
        ("arguments that are not JSON go on as they are", "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{oops\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n".into(), " <f {oops> Stop"),
    ];
    for (what, body, expected) in rows {
        let said = read(sse(&body)).await;
        assert_eq!(said, expected, "{what}");
    }
}

#[tokio::test]
async fn accepts_a_completion_instead_of_a_stream() {
    let whole = "{\n  \"object\": \"chat.completion\",\n  \"choices\": [{\"index\": 0, \"message\": {\"role\": \"assistant\", \"content\": \"Hi\",\n \"tool_calls\": [{\"id\": \"a\", \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}, \"finish_reason\": \"tool_calls\"}],\n  \"usage\": {\"prompt_tokens\": 1, \"completion_tokens\": 2}\n}\n";
    assert_eq!(
        read(ok("application/json", whole)).await,
        "Hi <f {}> Stop 1+2"
    );
    assert_eq!(
        read(ok(
            "application/json",
            r#"{"choices":[{"message":{"content":"Hi"}}]}"#
        ))
        .await,
        "Hi Stop"
    );
}

#[tokio::test]
async fn recognises_incomplete_answers() {
    let hi = text("Hi");
    let rows: Vec<(&str, String, &str)> = vec![
        ("nothing", String::new(), " !InvalidResponse"),
        ("only a comment", ": hi\n\n".into(), " !InvalidResponse"),
        ("only DONE", DONE.into(), " !InvalidResponse"),
        ("text without an end", hi.clone(), "Hi !InvalidResponse"),
        ("cut within an event", format!("{hi}data: {{\"choi"), "Hi !InvalidResponse"),
        ("a chunk that is not JSON", format!("{hi}data: {{oops}}\n\n{STOP}"), "Hi !InvalidResponse"),
        ("HTML", "<html><body>welcome</body></html>".into(), " !InvalidResponse"),
        ("JSON of something else", r#"{"status":"fine"}"#.into(), " !InvalidResponse"),
        ("JSON that is cut", r#"{"choices":[{"mess"#.into(), " !InvalidResponse"),
        ("a call without a name", "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]},\"finish_reason\":\"tool_calls\"}]}\n\n".into(), " !InvalidResponse"),
        ("the content filter", format!("{hi}{}", STOP.replace("stop", "content_filter")), "Hi !ContentFiltered"),
        ("an error object", format!("{hi}data: {{\"error\":{{\"message\":\"x\",\"type\":\"server_error\",\"code\":null}}}}\n\n{DONE}"), "Hi !Unavailable"),
        ("an error in words", format!("{hi}data: {{\"error\":\"x\"}}\n\n"), "Hi !Other"),
        ("vLLM's error", format!("{hi}data: {{\"object\":\"error\",\"message\":\"This model's maximum context length is 10 tokens\",\"type\":\"BadRequestError\",\"code\":400}}\n\n"), "Hi !ContextTooLong"),
        ("an error in the fields of another API", format!("{hi}data: {{\"errcode\":500,\"errmsg\":\"x\"}}\n\n"), "Hi !Unavailable"),
        ("llama.cpp's field for errors", "error: {\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}\n\n".into(), " !ContextTooLong"),
        ("OpenRouter: the reason of the server behind it", "data: {\"error\":{\"message\":\"Provider returned error\",\"code\":400,\"metadata\":{\"raw\":\"{\\\"message\\\":\\\"prompt is too long: 9 tokens > 8 maximum\\\"}\"}}}\n\n".into(), " !ContextTooLong"),
        ("a limit of tokens per minute", format!("{hi}data: {{\"error\":{{\"message\":\"Rate limit reached on tokens per min: the limit is exceeded\"}}}}\n\n"), "Hi !RateLimited"),
        ("a filter of another name", format!("{hi}{}", STOP.replace("stop", "PROHIBITED_CONTENT")), "Hi !ContentFiltered"),
        ("204, as it were", " \n\n".into(), " !InvalidResponse"),
        ("an error event", format!("{hi}event: error\ndata: {{\"message\":\"x\",\"code\":429}}\n\n"), "Hi !RateLimited"),
        ("an error event in words", format!("{hi}event: error\ndata: went wrong\n\n"), "Hi !Other"),
        ("OpenRouter's error within a chunk", format!("{hi}data: {{\"error\":{{\"code\":502,\"message\":\"x\"}},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"\"}},\"finish_reason\":\"error\"}}]}}\n\n"), "Hi !Unavailable"),
        ("an error as plain JSON with status 200", r#"{"error":{"message":"x","code":"insufficient_quota"}}"#.into(), " !Quota"),
    ];
    for (what, body, expected) in rows {
        assert_eq!(read(sse(&body)).await, expected, "{what}");
    }
}

#[tokio::test]
async fn reads_characters_that_are_cut_anywhere() {
    let body = format!("{}{STOP}{DONE}", text("ä€😀é 日本"));
    let mut answer = CHUNKED_HEAD.to_vec();
    for byte in body.as_bytes() {
        answer.extend_from_slice(b"1\r\n");
        answer.extend_from_slice(&[*byte, b'\r', b'\n']);
    }
    answer.extend_from_slice(LAST_CHUNK);
    assert_eq!(read(answer).await, "ä€😀é 日本 Stop");
}

#[tokio::test]
async fn a_complete_answer_does_not_wait_for_the_connection_to_close() {
    // Neither DONE nor the end ever comes; the text so far counts.
    let body = format!("{}{STOP}", text("Hi"));
    let mut mock = Mock::start(vec![vec![Step::Send(sse(body)), Step::Hold]]).await;
    assert_eq!(
        summary(mock.provider().stream(&key(), request())).await,
        "Hi Stop"
    );
    mock.request().await;
    assert!(matches!(mock.seen().await, Seen::ClientLeft));

    // A connection that breaks after the end of the answer does no harm.
    let answer = [CHUNKED_HEAD, &chunked(&format!("{}{STOP}", text("Hi")))].concat();
    assert_eq!(read(answer).await, "Hi Stop");
}

#[tokio::test]
async fn many_small_chunks_arrive_whole_and_in_order() {
    let body: String = (0..10_000).map(|n| text(&format!("{n} "))).collect();
    let expected: String = (0..10_000).map(|n| format!("{n} ")).collect();
    assert_eq!(
        read(sse(format!("{body}{STOP}{DONE}"))).await,
        format!("{expected} Stop")
    );
}

#[tokio::test]
async fn reads_thoughts_in_every_place() {
    let chunk = |delta: &str| format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
    let rows = [
        (chunk(r#"{"reasoning":"hm"}"#), "[hm]Hi Stop"),
        (
            chunk(r#"{"reasoning_content":"h"}"#) + &chunk(r#"{"reasoning_content":"m"}"#),
            "[hm]Hi Stop",
        ),
        (
            chunk(r#"{"reasoning_details":[{"type":"reasoning.text","text":"hm"}]}"#),
            "[hm]Hi Stop",
        ),
        (
            chunk(r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#),
            "[hm]Hi Stop",
        ),
        (text("<think>\nhm</think>\n\n"), "[hm]Hi Stop"),
        (text("<thought>hm</thought>"), "[hm]Hi Stop"),
        (
            text("<thi") + &text("nk>hm</th") + &text("ink> "),
            "[hm]Hi Stop",
        ),
        (text("hm") + &text("</think>\n\n"), "[hm]Hi Stop"),
        (text("hm\n</thought>"), "[hm\n]Hi Stop"),
    ];
    for (thought, expected) in rows {
        let body = format!("{thought}{}{STOP}{DONE}", text("Hi"));
        assert_eq!(read(sse(&body)).await, expected, "{thought}");
    }
}

#[tokio::test]
async fn reads_what_strict_parsers_refuse() {
    let rows = [
        (
            r#"{"choices":[{"delta":{"content":"smile \ud83d"}}]}|{"choices":[{"delta":{"content":"\ude00 end"}}]}"#,
            "smile 😀 end Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"\ud83d"}}]}|{"choices":[{"delta":{}}]}|{"choices":[{"delta":{"content":"\ude00"}}]}"#,
            "😀 Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"a \ud83d"}}]}|{"choices":[{"delta":{"content":"b"}}]}"#,
            "a \u{fffd}b Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"a \ud83d"}}]}"#,
            "a \u{fffd} Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"\ude00 a"}}]}"#,
            "\u{fffd} a Stop",
        ),
        (
            r#"{"choices":[{"delta":{"reasoning":"\ud83d"}}]}|{"choices":[{"delta":{"reasoning":"\ude00"}}]}|{"choices":[{"delta":{"content":"a"}}]}"#,
            "[😀]a Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"x","role":"assistant","content":"a"}}],"usage":null,"usage":null}"#,
            "a Stop",
        ),
        (
            r#"{"choices":[{"delta":{"content":"x"}}],"choices":[{"delta":{"content":"a"}}]}"#,
            "a Stop",
        ),
        (
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"x","name":"f","arguments":"{\"a\":1,\"a\":2}"}}]}}]}"#,
            " <f {\"a\":1,\"a\":2}> Stop",
        ),
    ];
    for (chunks, expected) in rows {
        let body: String = chunks
            .split('|')
            .map(|chunk| format!("data: {chunk}\n\n"))
            .collect();
        assert_eq!(
            read(sse(format!("{body}{DONE}"))).await,
            expected,
            "{chunks}"
        );
    }
}
