//! Questions that a server asks during a call (MCP elicitation, 2026-07-28).

use crate::domain::is_invisible;
use rmcp::model::{
    ElicitRequestParams, ElicitResult, ElicitationAction, InputRequest, InputRequiredResult,
    InputResponses,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most questions of one call.
const ASKS_MAX: usize = 16;
/// Largest request for answers, in bytes of JSON: it is stored with the thread.
const QUESTION_MAX_BYTES: usize = 64 * 1024;

/// A call that waits for answers. Contains the server's state, which is returned unchanged and must
/// be sealed when stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingQuestion {
    /// The questions, in the server's order.
    pub asks: Vec<Ask>,
    state: Option<String>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    key: String,
    /// The text for the visitor.
    pub message: String,
    /// JSON Schema of the answer, for forms.
    pub schema: Option<Value>,
    /// The address to open, for questions that are answered elsewhere.
    pub url: Option<String>,
}

/// A visitor's answer to one [`Ask`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The form's fields, or an empty object after opening an address.
    Accept(Value),
    /// Skipped, refused, expired, or overtaken by the conversation.
    Cancel,
}

impl PendingQuestion {
    /// `None` if the request is not a question to a visitor, or too large for one.
    pub(super) fn new(required: InputRequiredResult) -> Option<Self> {
        let requests = required.input_requests.unwrap_or_default();
        let asks = requests
            .into_iter()
            .map(|(key, request)| ask(key, request))
            .collect::<Option<Vec<Ask>>>()?;
        let question = Self {
            asks,
            state: required.request_state,
        };
        let bytes = serde_json::to_string(&question).ok()?.len();
        let fits = question.asks.len() <= ASKS_MAX && bytes <= QUESTION_MAX_BYTES;
        fits.then_some(question)
    }

    /// Whether the server only wants to be called again, without a question.
    pub(super) fn is_retry(&self) -> bool {
        self.asks.is_empty()
    }

    /// The server's state with the answers by their keys; missing answers count as cancelled.
    pub(super) fn respond(self, answers: Vec<Reply>) -> (Option<String>, InputResponses) {
        let mut answers = answers.into_iter();
        let responses = self
            .asks
            .into_iter()
            .map(|ask| (ask.key, response(answers.next().unwrap_or(Reply::Cancel))))
            .collect();
        (self.state, responses)
    }
}

fn ask(key: String, request: InputRequest) -> Option<Ask> {
    let InputRequest::Elicitation(request) = request else {
        return None;
    };
    match request.params {
        ElicitRequestParams::FormElicitationParams {
            message,
            requested_schema,
            ..
        } => Some(Ask {
            key,
            message,
            schema: Some(serde_json::to_value(requested_schema).ok()?),
            url: None,
        }),
        ElicitRequestParams::UrlElicitationParams { message, url, .. } => is_web_address(&url)
            .then_some(Ask {
                key,
                message,
                schema: None,
                url: Some(url),
            }),
        _ => None,
    }
}

fn is_web_address(url: &str) -> bool {
    let is_shown = !url.contains(is_invisible);
    is_shown
        && url.parse::<http::Uri>().is_ok_and(|uri| {
            let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
            // A name and password before the host would hide where the address leads.
            let authority = uri.authority();
            is_web && authority.is_some_and(|authority| !authority.as_str().contains('@'))
        })
}

fn response(answer: Reply) -> Value {
    let result = match answer {
        Reply::Accept(content) => {
            ElicitResult::new(ElicitationAction::Accept).with_content(content)
        }
        Reply::Cancel => ElicitResult::new(ElicitationAction::Cancel),
    };
    serde_json::to_value(result).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn question(requests: Value) -> Option<PendingQuestion> {
        let required = json!({
            "resultType": "input_required", "inputRequests": requests, "requestState": "opaque",
        });
        PendingQuestion::new(serde_json::from_value(required).unwrap())
    }

    fn form(message: &str) -> Value {
        json!({"method": "elicitation/create", "params": {
            "mode": "form", "message": message,
            "requestedSchema": {"type": "object", "properties": {"size": {"type": "string"}}},
        }})
    }

    #[test]
    fn answers_go_back_under_the_servers_keys_with_its_state() {
        let question = question(json!({"b": form("Size?"), "a": form("Colour?")})).unwrap();
        assert_eq!(question.asks[0].message, "Colour?");
        let answers = vec![Reply::Accept(json!({"size": "M"}))];
        let (state, responses) = question.respond(answers);
        assert_eq!(state.as_deref(), Some("opaque"));
        assert_eq!(
            responses["a"],
            json!({"action": "accept", "content": {"size": "M"}})
        );
        assert_eq!(responses["b"], json!({"action": "cancel"}));
    }

    #[test]
    fn refuses_non_questions_and_non_web_addresses() {
        let url = |url: &str| {
            question(json!({"a": {"method": "elicitation/create", "params": {
                "mode": "url", "message": "Pay", "url": url,
            }}}))
        };
        assert_eq!(
            url("https://pay.example/1").unwrap().asks[0].url.as_deref(),
            Some("https://pay.example/1")
        );
        assert!(url("HTTPS://pay.example/1").is_some());
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//pay.example",
            "https://",
            "https://pay.example@evil.example/",
            "https://pay.example/\u{202e}1",
            "https://pay .example/",
        ] {
            assert!(url(bad).is_none(), "{bad}");
        }
        let sampling = json!({"a": {"method": "sampling/createMessage", "params": {
            "messages": [], "maxTokens": 1,
        }}});
        assert!(question(sampling).is_none());
    }

    #[test]
    fn refuses_too_many_and_too_large_questions() {
        assert!(question(json!({"a": form(&"x".repeat(QUESTION_MAX_BYTES))})).is_none());
        let many = |count: usize| (0..count).map(|n| (format!("{n}"), form("Size?")));
        let forms = |count| Value::Object(many(count).collect());
        assert!(question(forms(ASKS_MAX)).is_some());
        assert!(question(forms(ASKS_MAX + 1)).is_none());
    }
}
