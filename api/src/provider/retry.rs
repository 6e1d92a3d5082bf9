//! Sends a request until it is answered: again after a temporary failure, and in another form after
//! a refusal.
//!
//! Retries happen only before the first output, so nothing is repeated. A change of form does not
//! count as a retry.

use super::{
    answer::Answer,
    chat_request::ChatRequest,
    endpoint::Endpoint,
    error::ProviderError,
    error_kind::ProviderErrorKind,
    form::{Form, Protocol, ToolsForm},
    model::{ModelEvent, ModelRequest},
    refusal::{advice, next_form},
    response_request::ResponseRequest,
    transport::{self, Refusal},
};
use crate::domain::ApiKey;
use std::{sync::Arc, time::Duration};

/// Pauses before the retries.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];
/// Most changes of form before an answer.
const MAX_CHANGES: usize = 4;

/// A request in progress, with everything needed to send it again.
pub(super) struct Attempt {
    endpoint: Endpoint,
    key: ApiKey,
    request: ModelRequest,
    form: Form,
    changes: usize,
    retries: usize,
    answer: Option<Answer>,
    has_spoken: bool,
    has_told_of_tools: bool,
    has_ended: bool,
}

impl Attempt {
    /// Sent when first polled.
    pub(super) fn new(endpoint: Endpoint, key: ApiKey, request: ModelRequest) -> Self {
        let form = endpoint.form(&request.model);
        Self {
            endpoint,
            key,
            request,
            form,
            changes: 0,
            retries: 0,
            answer: None,
            has_spoken: false,
            has_told_of_tools: false,
            has_ended: false,
        }
    }

    /// The next events, which arrived together.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<ModelEvent>, ProviderError>> {
        while !self.has_ended {
            let error = match &mut self.answer {
                Some(answer) => match answer.next().await? {
                    Ok(events) => {
                        if !std::mem::replace(&mut self.has_spoken, true) {
                            // It is not sent again, and an answer may take minutes.
                            self.request.system = Arc::default();
                            self.request.messages = Vec::new();
                            self.request.tools = Vec::new();
                        }
                        self.has_ended = matches!(events.last(), Some(ModelEvent::End(_)));
                        return Some(Ok(events));
                    }
                    Err(error) => error,
                },
                // Boxed, so that an answer in progress does not carry its space.
                None => match Box::pin(self.ask()).await {
                    Ok(answer) => {
                        self.answer = Some(answer);
                        if self.is_without_tools() && !self.has_told_of_tools {
                            self.has_told_of_tools = true;
                            return Some(Ok(vec![ModelEvent::WithoutTools]));
                        }
                        continue;
                    }
                    Err(error) => error,
                },
            };
            self.answer = None;
            let cap = self.endpoint.options.retry_after_cap;
            let pause = pause(self.retries, &error, cap).filter(|_| !self.has_spoken);
            let Some(pause) = pause else {
                self.has_ended = true;
                return Some(Err(error));
            };
            self.retries += 1;
            tokio::time::sleep(pause).await;
        }
        None
    }

    async fn ask(&mut self) -> Result<Answer, ProviderError> {
        loop {
            let refusal = match self.send().await {
                Ok(answer) => {
                    self.endpoint.learn(&self.request.model, self.form);
                    return Ok(answer);
                }
                Err(refusal) => refusal,
            };
            let api = self.endpoint.options.api;
            let next = next_form(&self.form, api, &self.request, &refusal);
            let Some(next) = next.filter(|_| self.changes < MAX_CHANGES) else {
                let advice = advice(&self.form, api, &refusal);
                let mut error = refusal.error;
                error.advice = advice.or(error.advice);
                return Err(error);
            };
            tracing::debug!(model = self.request.model.as_str(), form = ?next, "the model is asked in another form");
            self.form = next;
            self.changes += 1;
        }
    }

    async fn send(&self) -> Result<Answer, Refusal> {
        let Endpoint { http, options, .. } = &self.endpoint;
        let protocol = self.form.protocol;
        let body = match protocol {
            Protocol::Chat => serde_json::to_vec(&ChatRequest::new(&self.request, &self.form)),
            Protocol::Responses => {
                serde_json::to_vec(&ResponseRequest::new(&self.request, &self.form))
            }
        };
        let body = body.map_err(|_| {
            ProviderError::new(ProviderErrorKind::Other, "the request could not be built")
        })?;
        let body = transport::post(http, options, protocol.path(), &self.key, body).await?;
        let tools = self.request.tools.iter().map(|tool| tool.name.clone());
        Ok(Answer::new(body, protocol, tools.collect()))
    }

    fn is_without_tools(&self) -> bool {
        self.form.tools == ToolsForm::LeftOut && !self.request.tools.is_empty()
    }
}

/// The pause before the next attempt; `None` if the failure is final.
fn pause(retries: usize, error: &ProviderError, retry_after_cap: Duration) -> Option<Duration> {
    use ProviderErrorKind as Kind;
    let may_help = match error.status {
        Some(429) => error.kind == Kind::RateLimited,
        Some(500..) => matches!(error.kind, Kind::Unavailable | Kind::Timeout),
        Some(300..) => false,
        // Not after a timeout: that would be 90 s three times.
        Some(_) | None => matches!(error.kind, Kind::Unavailable | Kind::RateLimited),
    };
    let pause = *PAUSES.get(retries)?;
    match error.retry_after {
        _ if !may_help => None,
        Some(asked) if asked > retry_after_cap => None,
        Some(asked) => Some(asked.max(pause)),
        None => Some(pause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_secs(10);

    fn error(
        kind: ProviderErrorKind,
        status: Option<u16>,
        retry_after: Option<u64>,
    ) -> ProviderError {
        ProviderError {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            ..ProviderError::new(kind, "")
        }
    }

    #[test]
    fn retries_twice_if_it_may_help() {
        use ProviderErrorKind as Kind;
        let rows = [
            (Kind::RateLimited, Some(429), None, Some(300)),
            (Kind::RateLimited, Some(429), Some(0), Some(300)),
            (Kind::RateLimited, Some(429), Some(10), Some(10_000)),
            (Kind::RateLimited, Some(429), Some(11), None),
            (Kind::Quota, Some(429), Some(1), None),
            (Kind::Unavailable, Some(503), None, Some(300)),
            (Kind::Unavailable, Some(503), Some(3600), None),
            (Kind::Timeout, Some(504), None, Some(300)),
            (Kind::ContextTooLong, Some(500), None, None),
            (Kind::Unavailable, Some(408), None, None),
            (Kind::Unavailable, None, None, Some(300)),
            (Kind::RateLimited, None, None, Some(300)),
            (Kind::Timeout, None, None, None),
            (Kind::Auth, Some(401), None, None),
            (Kind::InvalidResponse, None, None, None),
            (Kind::Other, Some(302), None, None),
        ];
        for (kind, status, asked, expected) in rows {
            let error = error(kind, status, asked);
            assert_eq!(
                pause(0, &error, CAP),
                expected.map(Duration::from_millis),
                "{error:?}"
            );
            assert_eq!(pause(2, &error, CAP), None);
        }
    }
}
