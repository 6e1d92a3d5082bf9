//! A provider's list of models: their names, and when they retire.

use crate::domain::ModelName;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::HashSet;

/// An offered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    /// Its name.
    pub id: ModelName,
    /// When it shuts down, if the provider says so.
    pub shutdown_date: Option<Date>,
}

/// The chat models that a provider offers to a key, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelList(pub Vec<OfferedModel>);

/// Parts of names of models that do not chat.
const OTHER_KINDS: &[&str] = &[
    "embed",
    "whisper",
    "transcribe",
    "speech",
    "audio",
    "dall-e",
    "dalle",
    "image",
    "diffusion",
    "moderation",
    "realtime",
    "rerank",
    "davinci-002",
    "babbage-002",
    "text-similarity",
    "text-search",
];
/// The same, as whole words.
const OTHER_KINDS_WORDS: &[&str] = &[
    "tts", "stt", "asr", "live", "sora", "veo", "flux", "bge", "clip", "guard", "voice", "lyria",
    "imagen", "sdxl", "gte", "e5", "colbert", "video",
];

impl ModelList {
    /// Reads a list: under `data` (OpenAI), under `models`, or bare, of names or of objects with
    /// `id` or `name`. `None` if it is not a list.
    ///
    /// Leaves out models that do not chat, judged by their names, unless nothing remains.
    pub(super) fn read(list: &Value) -> Option<Self> {
        let items = [list.get("data"), list.get("models"), Some(list)]
            .into_iter()
            .flatten()
            .find_map(Value::as_array)?;
        let mut seen = HashSet::new();
        let all: Vec<OfferedModel> = items
            .iter()
            .filter_map(offered)
            .filter(|model| seen.insert(model.id.clone()))
            .collect();
        let chat: Vec<OfferedModel> = all
            .iter()
            .filter(|model| is_chat(model.id.as_str()))
            .cloned()
            .collect();
        Some(Self(if chat.is_empty() { all } else { chat }))
    }

    /// The entry of a model.
    #[must_use]
    pub fn get(&self, model: &ModelName) -> Option<&OfferedModel> {
        self.0.iter().find(|offered| offered.id == *model)
    }

    /// The first model.
    #[must_use]
    pub fn first(&self) -> Option<&ModelName> {
        self.0.first().map(|offered| &offered.id)
    }
}

fn offered(item: &Value) -> Option<OfferedModel> {
    let name = item
        .as_str()
        .or_else(|| item.get("id")?.as_str())
        .or_else(|| item.get("name")?.as_str())?;
    Some(OfferedModel {
        id: name.parse().ok()?,
        shutdown_date: item.get("shutdown_date").and_then(date),
    })
}

/// A date, or the date of a time.
fn date(value: &Value) -> Option<Date> {
    match value {
        Value::String(text) => text.get(..10)?.parse().ok(),
        Value::Number(seconds) => {
            let time = jiff::Timestamp::from_second(seconds.as_i64()?).ok()?;
            Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
        }
        _ => None,
    }
}

fn is_chat(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    !OTHER_KINDS.iter().any(|kind| name.contains(kind))
        && !words.any(|word| OTHER_KINDS_WORDS.contains(&word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(list: &Value) -> Option<Vec<String>> {
        let list = ModelList::read(list)?;
        Some(
            list.0
                .iter()
                .map(|model| model.id.as_str().to_owned())
                .collect(),
        )
    }

    #[test]
    fn finds_the_names_in_every_shape() {
        let rows = [
            (
                json!({"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b"}]}),
                Some(vec!["a", "b"]),
            ),
            (json!({"models": [{"name": "a"}]}), Some(vec!["a"])),
            (json!([{"id": "a"}, "b", "a"]), Some(vec!["a", "b"])),
            (json!({"data": []}), Some(vec![])),
            (json!({"data": null, "models": ["a"]}), Some(vec!["a"])),
            (
                json!({"data": [{"id": 7}, null, {"id": "with space"}, {"id": ""}, {"id": "x".repeat(201)}]}),
                Some(vec![]),
            ),
            (json!({"error": "no"}), None),
            (json!("a"), None),
        ];
        for (list, expected) in rows {
            let expected =
                expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(names(&list), expected, "{list}");
        }
    }

    #[test]
    fn lists_chat_models_unless_there_are_none() {
        let chat = [
            "gpt-6-luna",
            "gpt-5.4-mini",
            "o4-mini",
            "gpt-4o",
            "claude-opus-5",
            "gemini-3-pro",
            "models/gemini-2.5-flash",
            "mistral-large-latest",
            "deepseek-chat",
            "llama3.2:1b",
            "meta-llama/llama-4-maverick",
            "qwen3-vl:8b",
            "olive-7b",
            "codestral-latest",
        ];
        let other = [
            "text-embedding-3-small",
            "nomic-embed-text:latest",
            "tts-1-hd",
            "whisper-1",
            "gpt-4o-transcribe",
            "gpt-4o-mini-tts",
            "dall-e-3",
            "gpt-image-2",
            "gemini-3-flash-image",
            "omni-moderation-latest",
            "gpt-realtime",
            "gpt-4o-realtime-preview",
            "gpt-audio",
            "sora-2",
            "models/veo-3",
            "models/imagen-4.0-generate",
            "gemini-3-flash-live",
            "bge-m3",
            "llama-guard-3-8b",
            "jina-reranker-v2",
            "davinci-002",
            "black-forest-labs/flux-1",
        ];
        for name in chat {
            assert!(is_chat(name), "{name}");
        }
        for name in other {
            assert!(!is_chat(name), "{name}");
        }
        assert_eq!(
            names(&json!(["tts-1", "gpt-6-luna"])).unwrap(),
            ["gpt-6-luna"]
        );
        assert_eq!(names(&json!(["tts-1"])).unwrap(), ["tts-1"]);
    }

    #[test]
    fn reads_when_a_model_shuts_down() {
        let rows = [
            (json!("2027-01-14"), Some("2027-01-14")),
            (json!("2027-01-14T00:00:00Z"), Some("2027-01-14")),
            (json!(1_799_884_800), Some("2027-01-14")),
            (json!(null), None),
            (json!("soon"), None),
            (json!(""), None),
        ];
        for (date, expected) in rows {
            let list = ModelList::read(&json!([{"id": "a", "shutdown_date": date}])).unwrap();
            let read = list.0[0].shutdown_date.map(|date| date.to_string());
            assert_eq!(read.as_deref(), expected, "{date}");
        }
    }
}
