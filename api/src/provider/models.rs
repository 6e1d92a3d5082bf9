//! `GET /models`: what a provider offers to a key.

use super::{
    error::{ProviderError, ProviderErrorKind},
    guard::{read_up_to, refused},
};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// Largest list. OpenRouter's, the longest known, is a tenth of it.
const LIST_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Longest model name that is passed on, as [`crate::domain::ModelName`] has it.
const NAME_MAX_BYTES: usize = 200;

/// Sends `request` and reads the list. `None`: the provider has no such route.
pub(super) async fn list(
    request: RequestBuilder,
    limit: Duration,
) -> Result<Option<Vec<String>>, ProviderError> {
    let asked = async {
        // A kept-alive connection may close just as it is used: one more try, on another.
        let again = request.try_clone();
        let response = match (request.send().await, again) {
            (Err(error), Some(again)) if !error.is_timeout() => again.send().await,
            (result, _) => result,
        };
        let response = response.map_err(|error| ProviderError::transport(&error))?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(None),
            status if !status.is_success() => return Err(refused(response).await.error),
            _ => {}
        }
        let body = read_up_to(response, LIST_MAX_BYTES)
            .await
            .map_err(|error| ProviderError::transport(&error))?;
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
        let list = serde_json::from_slice::<Value>(body)
            .ok()
            .as_ref()
            .and_then(names);
        list.map(Some).ok_or_else(|| {
            ProviderError::new(
                ProviderErrorKind::InvalidResponse,
                "the list of models cannot be read",
            )
        })
    };
    tokio::time::timeout(limit, asked)
        .await
        .unwrap_or_else(|_| {
            Err(ProviderError::new(
                ProviderErrorKind::Timeout,
                "no list of models in time",
            ))
        })
}

/// The names in a list, in its order, each once. OpenAI puts the list under `data`, some under
/// `models`, some send it bare; its items are objects with `id` or `name`, or names.
fn names(list: &Value) -> Option<Vec<String>> {
    let items = [list.get("data"), list.get("models"), Some(list)]
        .into_iter()
        .flatten()
        .find_map(Value::as_array)?;
    let name = |item: &Value| {
        let name = item
            .as_str()
            .or_else(|| item.get("id")?.as_str())
            .or_else(|| item.get("name")?.as_str())?;
        let sane = (1..=NAME_MAX_BYTES).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        sane.then(|| name.to_owned())
    };
    let mut seen = std::collections::HashSet::new();
    Some(
        items
            .iter()
            .filter_map(name)
            .filter(|name| seen.insert(name.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
