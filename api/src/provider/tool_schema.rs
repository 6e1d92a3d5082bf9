//! Schemas of tools, in a form that servers can read.

use crate::domain::ToolSpec;
use serde_json::{Map, Value};

/// Keywords that every server supports.
const KEYWORDS: [&str; 7] = [
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "anyOf",
];

/// Without `$schema`, which Gemini's endpoint refuses.
pub(super) fn whole(tool: &ToolSpec) -> Value {
    let mut schema = tool.parameters.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("$schema");
    }
    schema
}

/// With keywords that every server knows.
pub(super) fn plain(tool: &ToolSpec) -> Value {
    plain_schema(&tool.parameters)
}

fn plain_schema(schema: &Value) -> Value {
    let Value::Object(fields) = schema else {
        // `true` as a schema accepts anything.
        return Value::Object(Map::new());
    };
    let known = fields
        .iter()
        .filter(|(name, _)| KEYWORDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), plain_keyword(name, value)));
    known.collect::<Map<_, _>>().into()
}

fn plain_keyword(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("properties", Value::Object(properties)) => properties
            .iter()
            .map(|(name, schema)| (name.clone(), plain_schema(schema)))
            .collect::<Map<_, _>>()
            .into(),
        ("items", schema @ Value::Object(_)) => plain_schema(schema),
        ("anyOf", Value::Array(schemas)) => schemas.iter().map(plain_schema).collect(),
        // Of several types, the first that is not null.
        ("type", Value::Array(types)) => {
            let mut types = types.iter();
            types
                .find(|one| *one != "null")
                .cloned()
                .unwrap_or_else(|| "string".into())
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leaves_known_keywords_and_all_properties() {
        let tool = ToolSpec {
            name: "f".to_owned(),
            description: "d".to_owned(),
            parameters: json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "title": "Arguments",
                "additionalProperties": false,
                "properties": {
                    "format": {"type": "string", "format": "uuid", "default": "x", "maxLength": 7},
                    "list": {"type": ["array", "null"], "items": {"type": "integer", "format": "uint32"}},
                    "either": {"anyOf": [{"const": 1, "type": "integer"}, true]},
                },
                "required": ["format"],
            }),
        };
        assert_eq!(
            plain(&tool),
            json!({
                "type": "object",
                "properties": {
                    "format": {"type": "string"},
                    "list": {"type": "array", "items": {"type": "integer"}},
                    "either": {"anyOf": [{"type": "integer"}, {}]},
                },
                "required": ["format"],
            })
        );
        assert!(whole(&tool).get("$schema").is_none());
        assert_eq!(whole(&tool)["additionalProperties"], false);
    }
}
