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
    "errmsg",
    "errordescription",
    "statusmsg",
    "faultstring",
    "description",
    "reason",
    "title",
];
const CODES: &[&str] = &["code", "errorcode", "errcode", "statuscode", "httpcode"];
const KINDS: &[&str] = &["type", "errortype", "status", "errorname"];
const FIELDS: &[&str] = &["param", "loc", "field"];

/// Fields that report an error next to an answer.
const REPORTS: &[&str] = &[
    "error",
    "errors",
    "err",
    "fault",
    "baseresp",
    "errortype",
    "errorcode",
    "errcode",
    "errormessage",
    "errormsg",
    "errmsg",
];

impl WireError {
    /// The error in an event of a stream: in a field for it, in a choice, or in place of an answer.
    pub(super) fn in_event(event: &[u8]) -> Option<Self> {
        let event = json::parse::<Value>(event).ok()?.value;
        Self::in_value(&event)
    }

    pub(super) fn in_value(event: &Value) -> Option<Self> {
        let fields = match event {
            Value::Array(events) => return events.iter().find_map(Self::in_value),
            Value::Object(fields) => fields,
            _ => return None,
        };
        let choices = fields.get("choices").and_then(Value::as_array);
        let choices = choices.map_or(&[][..], Vec::as_slice);
        let in_choice = choices.iter().find_map(|one| Self::read(&one["error"]));
        if in_choice.is_some() {
            return in_choice;
        }
        let mut reports = REPORTS.iter().flat_map(|name| named(fields, name));
        if reports.any(|value| !is_empty(value)) {
            return Self::read(event);
        }
        if !choices.is_empty() {
            return None;
        }
        let error = Self::read(event)?;
        let names = [&error.code, &error.kind];
        let says = |name: &&String| is_failing(name) || name.eq_ignore_ascii_case("error");
        let is_error = !error.message.is_empty()
            || names.iter().any(says)
            || fields.get("object").is_some_and(|object| object == "error");
        is_error.then_some(error)
    }

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
        // OpenRouter passes on the words of the server behind it.
        if let Some(raw) = fields.get("metadata").and_then(|more| more["raw"].as_str()) {
            error.message = cut(format!("{} {raw}", error.message));
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
        Value::Number(number) => matches!(number.as_u64(), Some(0 | 200)),
        Value::String(text) => matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "" | "null" | "none" | "undefined" | "false" | "0" | "200" | "ok" | "success"
        ),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

/// Whether this is a status of a failed request.
fn is_failing(code: &str) -> bool {
    code.parse()
        .is_ok_and(|status: u16| (400..600).contains(&status))
}

fn non_empty(text: String, otherwise: String) -> String {
    if text.is_empty() { otherwise } else { text }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_MAX_BYTES));
    text
}
