//! An error as a provider reports it, in any of the shapes in use.

use super::json;
use serde_json::{Map, Value};

/// Longest text of an error that is read.
const TEXT_MAX_BYTES: usize = 16 * 1024;
/// Deepest nesting of errors that is followed.
const MAX_DEPTH: usize = 4;

/// A provider's error message. It may contain anything (the key, the conversation), so it is used
/// to classify the error, and goes no further.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct WireError {
    pub(super) code: String,
    pub(super) kind: String,
    /// The field of the request that it names, if any.
    pub(super) field: String,
    pub(super) message: String,
}

const NESTED: &[&str] = &["error", "errors", "err", "fault", "baseresp"];
const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "detail",
    "errormessage",
    "errormsg",
    "errordescription",
    "statusmsg",
    "faultstring",
    "description",
    "reason",
    "title",
];
const CODES: &[&str] = &["code", "errorcode", "statuscode", "httpcode"];
const KINDS: &[&str] = &["type", "errortype", "status", "errorname"];
const FIELDS: &[&str] = &["param", "loc", "field"];

impl WireError {
    /// Reads OpenAI's object, the same without its envelope, a string, Google's list of one,
    /// FastAPI's `detail`, and other field names. `None` if no error is reported.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Self::read_at(value, 0)
    }

    fn read_at(value: &Value, depth: usize) -> Option<Self> {
        if is_empty(value) || depth > MAX_DEPTH {
            return None;
        }
        match value {
            Value::String(message) => Some(Self {
                message: cut(message.clone()),
                ..Self::default()
            }),
            Value::Array(items) => Self::of_list(items, depth),
            Value::Object(fields) => Some(Self::of_object(fields, depth)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Some(Self::default()),
        }
    }

    /// Several errors become one with all their texts.
    fn of_list(items: &[Value], depth: usize) -> Option<Self> {
        let mut errors = items
            .iter()
            .take(8)
            .filter_map(|item| Self::read_at(item, depth + 1));
        let mut whole = errors.next()?;
        for error in errors {
            whole.message = cut(format!("{} {}", whole.message, error.message));
            whole.field = cut(format!("{} {}", whole.field, error.field));
        }
        Some(whole)
    }

    fn of_object(fields: &Map<String, Value>, depth: usize) -> Self {
        let mut error = Self {
            code: first(fields, CODES),
            kind: first(fields, KINDS),
            field: first(fields, FIELDS),
            message: first(fields, MESSAGES),
        };
        // Google gives the reason for a refused key in a list of details.
        if let Some(Value::Array(details)) = fields.get("details") {
            let reasons = details
                .iter()
                .filter_map(|detail| detail["reason"].as_str());
            let reasons: Vec<&str> = reasons.take(4).collect();
            if !reasons.is_empty() {
                error.kind = format!("{} {}", error.kind, reasons.join(" "));
            }
        }
        let nested = NESTED
            .iter()
            .chain(&["detail", "message"])
            .find_map(|name| {
                let value =
                    named(fields, name).find(|value| value.is_object() || value.is_array())?;
                Self::read_at(value, depth + 1)
            });
        let nested = nested.or_else(|| {
            let text = named(fields, "error").find(|value| value.is_string())?;
            Self::read_at(text, depth + 1)
        });
        match nested {
            None => error,
            Some(inner) => Self {
                code: non_empty(inner.code, error.code),
                kind: non_empty(inner.kind, error.kind),
                field: non_empty(inner.field, error.field),
                message: non_empty(inner.message, error.message),
            },
        }
    }

    pub(super) fn from_body(body: &[u8]) -> Self {
        json::parse::<Value>(body)
            .ok()
            .and_then(|parsed| Self::read(&parsed.value))
            .unwrap_or_else(|| Self {
                message: cut(String::from_utf8_lossy(body).into_owned()),
                ..Self::default()
            })
    }

    pub(super) fn words(&self) -> String {
        let Self {
            code,
            kind,
            field,
            message,
        } = self;
        format!("{code} {kind} {field} {message}").to_lowercase()
    }
}

/// The values of a field in any spelling of its name: `error_message`, `errorMessage`.
fn named<'a>(fields: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    let plain = |field: &str| -> String {
        let letters = field.chars().filter(|c| !matches!(c, '_' | '-'));
        letters.flat_map(char::to_lowercase).collect()
    };
    fields
        .iter()
        .filter(move |(field, _)| field.len() <= 32 && plain(field) == name)
        .map(|(_, value)| value)
}

fn first(fields: &Map<String, Value>, names: &[&str]) -> String {
    let text = |value: &Value| match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        // A path to a field of the request (pydantic).
        Value::Array(path) if path.iter().all(|part| !part.is_object()) => {
            let parts: Vec<String> = path.iter().map(part).collect();
            parts.join(".")
        }
        Value::Array(_) => String::new(),
        other => other.to_string(),
    };
    let texts = names.iter().flat_map(|name| named(fields, name)).map(text);
    cut(texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default())
}

fn part(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a value means that there is no error.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => {
            let text = text.trim();
            text.is_empty()
                || text.eq_ignore_ascii_case("null")
                || text.eq_ignore_ascii_case("none")
        }
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

fn non_empty(text: String, otherwise: String) -> String {
    if text.is_empty() { otherwise } else { text }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_MAX_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
