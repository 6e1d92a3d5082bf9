//! Normalises the arguments of a call as models and servers write them.

use super::json;
use serde_json::{Deserializer, Value};

const MAX_WRAPPINGS: usize = 3;

/// The arguments as JSON text: taken out of a Markdown fence or a string in which they were
/// wrapped, and once if they were repeated or followed a `{}`. Other text stays as it is, and the
/// model learns that it is not JSON. `{}` if there are none.
pub(super) fn normalize(text: String) -> String {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return "{}".to_owned();
    }
    if matches!(serde_json::from_str(trimmed), Ok(Value::Object(_))) {
        return trimmed.to_owned();
    }
    match read(unfenced(trimmed), MAX_WRAPPINGS) {
        Some(Value::Null) => "{}".to_owned(),
        Some(value) => value.to_string(),
        None => text,
    }
}

/// `None` if the text is not JSON.
fn read(text: &str, wrappings: usize) -> Option<Value> {
    let value = last_value(text)?;
    match &value {
        Value::String(inner) if wrappings > 0 => {
            let inner = inner.trim();
            if inner.is_empty() {
                return Some(Value::Null);
            }
            Some(read(unfenced(inner), wrappings - 1).unwrap_or(value))
        }
        _ => Some(value),
    }
}

/// The last value in a text, unless it is empty. One that is cut off after complete ones is an
/// unfinished repetition.
fn last_value(text: &str) -> Option<Value> {
    let mut last = None;
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    loop {
        match values.next() {
            Some(Ok(value)) if last.is_none() || !is_empty(&value) => last = Some(value),
            Some(Ok(_)) => {}
            None => return last,
            Some(Err(error))
                if error.is_eof() && last.as_ref().is_some_and(|last| !is_empty(last)) =>
            {
                return last;
            }
            Some(Err(_)) => break,
        }
    }
    let parsed = json::parse::<Value>(text.as_bytes()).ok()?;
    if !parsed.has_halves {
        return Some(parsed.value);
    }
    let whole = json::halves::join(parsed.value.to_string(), true);
    serde_json::from_str(&whole).ok()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The content of a Markdown fence, or the whole text.
fn unfenced(text: &str) -> &str {
    let Some(fenced) = text.strip_prefix("```") else {
        return text;
    };
    let body = fenced.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let body = body.trim_end();
    body.strip_suffix("```").unwrap_or(body).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_models_write() {
        let real = r#"{"title":"T1","content":"milk"}"#;
        let wrapped = Value::from(real).to_string();
        let twice_wrapped = Value::from(wrapped.clone()).to_string();
        let rows = [
            (real.to_owned(), real),
            (String::new(), "{}"),
            (" \n".to_owned(), "{}"),
            ("null".to_owned(), "{}"),
            ("\"\"".to_owned(), "{}"),
            ("{}".to_owned(), "{}"),
            ("{}{}".to_owned(), "{}"),
            (format!("{{}}{real}"), real),
            (format!("{{ }} {real}"), real),
            (format!("null{real}"), real),
            (format!("\"\"{real}"), real),
            (format!("{real}{{}}"), real),
            (format!("{real}{real}"), real),
            (format!("{real}\n{real}\n{real}"), real),
            (format!("{real}{}", &real[..12]), real),
            (wrapped.clone(), real),
            (twice_wrapped, real),
            (format!("{wrapped}{wrapped}"), real),
            (format!("{{}}{wrapped}"), real),
            (format!("```json\n{real}\n```"), real),
            (format!("```\n{real}```"), real),
            (format!("```json {real} ```\n"), real),
            (
                Value::from(format!("```json\n{real}\n```")).to_string(),
                real,
            ),
            (r#"{"a":1,"a":2}"#.to_owned(), r#"{"a":2}"#),
            ("{\"a\":\"x\ny\"}".to_owned(), r#"{"a":"x\ny"}"#),
            (r#"{"a":"x\ud83d"}"#.to_owned(), "{\"a\":\"x\u{fffd}\"}"),
            (r#"{"a":"\ud83d\ude00"}"#.to_owned(), r#"{"a":"😀"}"#),
            ("[1]".to_owned(), "[1]"),
            ("7".to_owned(), "7"),
            ("{oops".to_owned(), "{oops"),
            ("{\"a\":1".to_owned(), "{\"a\":1"),
            (
                format!("{real}}}"),
                "{\"title\":\"T1\",\"content\":\"milk\"}}",
            ),
            ("milk".to_owned(), "milk"),
            ("\"milk\"".to_owned(), "\"milk\""),
        ];
        for (text, expected) in rows {
            let read = normalize(text.clone());
            let same = serde_json::from_str::<Value>(&read).ok();
            let wanted = serde_json::from_str::<Value>(expected).ok();
            assert!(
                read == expected || same.is_some() && same == wanted,
                "{text}: {read}"
            );
        }
    }
}
