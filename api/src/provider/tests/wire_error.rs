//! Errors in all the shapes that providers give them.

use super::super::wire_error::WireError;
use serde_json::{Value, json};

#[test]
fn reads_errors_in_all_shapes() {
    let rows = [
        (
            json!({"error": {"message": "m", "type": "t", "code": "c"}}),
            ("c", "t", "m"),
        ),
        (
            json!({"error": {"message": "m", "type": "t", "param": null, "code": null}}),
            ("", "t", "m"),
        ),
        (
            json!({"error": {"message": "m", "code": 502}}),
            ("502", "", "m"),
        ),
        (
            json!({"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}),
            ("429", "RESOURCE_EXHAUSTED", "m"),
        ),
        (json!("m"), ("", "", "m")),
        (json!({"error": "m"}), ("", "", "m")),
        (json!({"error": "m", "error_type": "t"}), ("", "t", "m")),
        (
            json!({"error": {"error": {"message": "m", "code": "c"}}}),
            ("c", "", "m"),
        ),
        (json!({"error": true}), ("", "", "")),
        (
            json!({"object": "error", "message": "m", "type": "t", "code": 400}),
            ("400", "t", "m"),
        ),
        (
            json!({"error_type": "t", "error_message": "m"}),
            ("", "t", "m"),
        ),
        (
            json!({"errorType": "t", "errorMessage": "m", "errorCode": 7}),
            ("7", "t", "m"),
        ),
        (
            json!({"error_code": 336003, "error_msg": "m"}),
            ("336003", "", "m"),
        ),
        (
            json!({"base_resp": {"status_code": 1004, "status_msg": "m"}}),
            ("1004", "", "m"),
        ),
        (
            json!({"success": false, "errors": [{"code": 7003, "message": "m"}]}),
            ("7003", "", "m"),
        ),
        (json!({"fault": {"faultstring": "m"}}), ("", "", "m")),
        (
            json!([{"error": {"code": 400, "message": "m"}}]),
            ("400", "", "m"),
        ),
        (
            json!({"error": {"message": "m", "code": 400, "metadata": {"raw": "{\"error\":\"why\"}"}}}),
            ("400", "", "m {\"error\":\"why\"}"),
        ),
        (json!({"detail": "m"}), ("", "", "m")),
        (
            json!({"detail": [{"loc": ["body", "x"], "msg": "m", "type": "t"}]}),
            ("", "t", "m"),
        ),
        (
            json!({"title": "t", "status": 404, "detail": "m"}),
            ("", "404", "m"),
        ),
    ];
    for (value, (code, kind, message)) in rows {
        let error = WireError::read(&value).unwrap_or_else(|| panic!("none: {value}"));
        assert_eq!(
            (
                error.code.as_str(),
                error.kind.as_str(),
                error.message.as_str()
            ),
            (code, kind, message),
            "{value}"
        );
    }
}

#[test]
fn finds_errors_in_events() {
    let hi = r#""choices":[{"delta":{"content":"Hi"}}]"#;
    for error in [
        r#"{"error":{"message":"m"}}"#,
        r#"{"error":"m"}"#,
        r#"{"error":true}"#,
        r#"{"error":{"message":"m"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
        r#"{"choices":[{"delta":{},"error":{"code":502,"message":"m"},"finish_reason":"error"}]}"#,
        r#"{"choices":null,"error_type":"BadRequestError","error_message":"m"}"#,
        r#"{"errorCode":"400","errorMessage":"m"}"#,
        r#"{"error_code":18,"error_msg":"m"}"#,
        r#"{"errcode":40001,"errmsg":"m"}"#,
        r#"{"Error":{"Code":"AuthFailure","Message":"m"}}"#,
        r#"{"errors":[{"message":"m"}]}"#,
        r#"{"errors":["m"]}"#,
        r#"{"base_resp":{"status_code":1004,"status_msg":"m"}}"#,
        r#"{"object":"error","message":"m","code":400}"#,
        r#"{"type":"error","message":"m"}"#,
        r#"{"message":"m"}"#,
        r#"{"detail":"m"}"#,
        r#"{"ok":false,"description":"m"}"#,
        r#"{"code":500}"#,
        r#"[{"error":{"code":400,"message":"m"}}]"#,
    ] {
        assert!(WireError::in_event(error.as_bytes()).is_some(), "{error}");
    }
    for none in [
        r#""error":null"#,
        r#""error":false"#,
        r#""error":"""#,
        r#""error":"null""#,
        r#""error":"success""#,
        r#""error":{}"#,
        r#""error":[]"#,
        r#""error":{"message":"","code":0}"#,
        r#""error":{"message":"","code":"0","type":""}"#,
        r#""error":{"message":"OK","code":200}"#,
        r#""error_code":0,"error_msg":"""#,
        r#""error_code":"0","error_msg":"success""#,
        r#""base_resp":{"status_code":0,"status_msg":"success"}"#,
        r#""code":200,"message":"ok""#,
    ] {
        let json = format!("{{{hi},{none}}}");
        assert_eq!(WireError::in_event(json.as_bytes()), None, "{json}");
    }
    for none in [
        "null",
        "7",
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[],"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}"#,
        r#"{"choices":[{"delta":{}}]}"#,
        r#"{"type":"ping"}"#,
    ] {
        assert_eq!(WireError::in_event(none.as_bytes()), None, "{none}");
    }
}

#[test]
fn ignores_empty_errors() {
    for value in [
        json!(null),
        json!(false),
        json!(""),
        json!(" "),
        json!("null"),
        json!(0),
        json!({}),
        json!([]),
        json!({"message": "", "code": null}),
        json!([{}]),
    ] {
        assert_eq!(WireError::read(&value), None, "{value}");
    }
}

#[test]
fn names_the_wrong_field() {
    let field = |value: Value| WireError::read(&value).map(|error| error.field);
    let pydantic = json!({"detail": [{"loc": ["body", "stream_options", 0], "msg": "m"}]});
    assert_eq!(field(pydantic).as_deref(), Some("body.stream_options.0"));
    let openai = json!({"error": {"message": "m", "param": "reasoning.summary"}});
    assert_eq!(field(openai).as_deref(), Some("reasoning.summary"));
}

#[test]
fn reads_bodies_of_refused_requests() {
    let message = |body: &[u8]| WireError::from_body(body).message;
    assert_eq!(message(br#"{"detail":"no"}"#), "no");
    assert_eq!(message(br#"[{"error":{"message":"no"}}]"#), "no");
    assert_eq!(message(br#"{"error":{"message":"no \ud83d"}}"#).len(), 7);
    assert_eq!(message(b"<html>no</html>"), "<html>no</html>");
    assert_eq!(message(b"\xff"), "\u{fffd}");
    assert_eq!(message(b""), "");
}
