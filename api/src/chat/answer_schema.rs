//! Validates answers to forms against the flat schemas of MCP elicitation (2026-07-28): strings,
//! numbers, booleans, enums and lists of enum values.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use serde_json::{Map, Value};

pub(super) fn check(schema: &Value, answer: &Value) -> Result<(), String> {
    let Value::Object(answer) = answer else {
        return Err("give an object".to_owned());
    };
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !answer.contains_key(name) {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, value) in answer {
        let Some(property) = properties.get(name) else {
            return Err(format!("there is no field {name}"));
        };
        check_value(property, value).map_err(|what| format!("{name} must be {what}"))?;
    }
    Ok(())
}

fn check_value(schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(options) = options(schema) {
        return if options.contains(&value) {
            Ok(())
        } else {
            Err("one of the given options".to_owned())
        };
    }
    match schema["type"].as_str() {
        Some("string") => check_string(schema, value),
        Some("integer") if !is_integer(value) => Err("a whole number".to_owned()),
        Some("integer" | "number") => check_number(schema, value),
        Some("boolean") if !value.is_boolean() => Err("true or false".to_owned()),
        Some("array") => check_list(schema, value),
        _ => Ok(()),
    }
}

fn options(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().collect());
    }
    let titled = schema["oneOf"].as_array().or(schema["anyOf"].as_array())?;
    Some(titled.iter().map(|option| &option["const"]).collect())
}

fn check_string(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else {
        return Err("a text".to_owned());
    };
    let chars = text.chars().count() as u64;
    if schema["minLength"].as_u64().is_some_and(|min| chars < min) {
        return Err("longer".to_owned());
    }
    if schema["maxLength"].as_u64().is_some_and(|max| chars > max) {
        return Err("shorter".to_owned());
    }
    check_format(schema["format"].as_str(), text)
}

fn check_format(format: Option<&str>, text: &str) -> Result<(), String> {
    let (fits, what) = match format {
        Some("email") => (is_email(text), "an e-mail address"),
        Some("uri") => (is_uri(text), "an address such as https://example.com"),
        Some("date") => (text.parse::<Date>().is_ok(), "a date such as 2026-12-31"),
        // The browser's own field gives a time without its zone.
        Some("date-time") => (
            text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok(),
            "a time such as 2026-12-31T20:00",
        ),
        _ => (true, ""),
    };
    if fits { Ok(()) } else { Err(what.to_owned()) }
}

fn is_email(text: &str) -> bool {
    let has_space = text.contains(char::is_whitespace);
    let parts = text.rsplit_once('@');
    !has_space && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn is_uri(text: &str) -> bool {
    let uri = text.parse::<http::Uri>();
    uri.is_ok_and(|uri| uri.scheme().is_some() && uri.authority().is_some())
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
}

fn check_number(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(number) = value.as_f64() else {
        return Err("a number".to_owned());
    };
    if let Some(min) = schema["minimum"].as_f64().filter(|min| number < *min) {
        return Err(format!("at least {min}"));
    }
    if let Some(max) = schema["maximum"].as_f64().filter(|max| number > *max) {
        return Err(format!("at most {max}"));
    }
    Ok(())
}

fn check_list(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(values) = value.as_array() else {
        return Err("a list".to_owned());
    };
    let count = values.len() as u64;
    if schema["minItems"].as_u64().is_some_and(|min| count < min) {
        return Err("a longer list".to_owned());
    }
    if schema["maxItems"].as_u64().is_some_and(|max| count > max) {
        return Err("a shorter list".to_owned());
    }
    values
        .iter()
        .try_for_each(|value| check_value(&schema["items"], value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn accepts_what_the_schema_accepts() {
        let schema = json!({
            "type": "object",
            "properties": {
                "size": {"type": "string", "enum": ["S", "M"]},
                "name": {"type": "string", "minLength": 2, "maxLength": 4},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "weight": {"type": "number"},
                "gift": {"type": "boolean"},
                "colour": {"type": "string", "oneOf": [{"const": "r", "title": "Red"}]},
                "mail": {"type": "string", "format": "email"},
                "web": {"type": "string", "format": "uri"},
                "day": {"type": "string", "format": "date"},
                "time": {"type": "string", "format": "date-time"},
                "extras": {"type": "array", "maxItems": 2, "items": {"enum": ["a", "b"]}},
            },
            "required": ["size"],
        });
        for good in [
            json!({"size": "S"}),
            json!({"size": "M", "name": "ÄÖ", "count": 1, "weight": 0.5, "gift": false}),
            json!({"size": "M", "count": 3.0, "colour": "r", "extras": ["a", "b"]}),
            json!({"size": "M", "mail": "ann@example.com", "web": "https://example.com/a",
                "day": "2026-12-31", "time": "2026-12-31T20:00"}),
            json!({"size": "M", "time": "2026-12-31T20:00:00Z"}),
        ] {
            assert_eq!(check(&schema, &good), Ok(()), "{good}");
        }
        for bad in [
            json!({}),
            json!([]),
            json!({"size": "L"}),
            json!({"size": 1}),
            json!({"size": "S", "other": 1}),
            json!({"size": "S", "name": "x"}),
            json!({"size": "S", "name": "abcde"}),
            json!({"size": "S", "count": 0}),
            json!({"size": "S", "count": 10}),
            json!({"size": "S", "count": 1.5}),
            json!({"size": "S", "count": "1"}),
            json!({"size": "S", "weight": true}),
            json!({"size": "S", "gift": "yes"}),
            json!({"size": "S", "colour": "Red"}),
            json!({"size": "S", "mail": "ann"}),
            json!({"size": "S", "mail": "an n@example.com"}),
            json!({"size": "S", "web": "example"}),
            json!({"size": "S", "day": "31.12.2026"}),
            json!({"size": "S", "day": "2026-02-30"}),
            json!({"size": "S", "time": "now"}),
            json!({"size": "S", "extras": ["c"]}),
            json!({"size": "S", "extras": ["a", "a", "a"]}),
        ] {
            assert!(check(&schema, &bad).is_err(), "{bad}");
        }
    }
}
