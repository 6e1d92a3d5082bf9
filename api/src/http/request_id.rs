//! Request ids: the caller's if it is well-formed, otherwise a new one.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_CHARS: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the current request, or a new one outside of a request.
pub(super) fn current() -> String {
    CURRENT
        .try_with(Clone::clone)
        .unwrap_or_else(|_| generate())
}

/// Adds the id to the request's log lines and to the response.
pub(super) async fn assign(request: Request, next: Next) -> Response {
    let sent = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok());
    let id = sent
        .filter(|id| is_sane(id))
        .map_or_else(generate, str::to_owned);
    let span = tracing::error_span!("request", request.id = id);
    // An error span, so that with LOG_LEVEL=warn a warning still names its request.
    let value = HeaderValue::from_str(&id);
    let mut response = CURRENT.scope(id, next.run(request)).instrument(span).await;
    if let Ok(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn generate() -> String {
    Uuid::now_v7().simple().to_string()
}

/// Ids are logged, so they must not contain line breaks or escape sequences.
fn is_sane(id: &str) -> bool {
    (1..=MAX_CHARS).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_well_formed_ids_only() {
        for good in ["a", "0af7651916cd43dd", "edge-1.2_3", &"x".repeat(64)] {
            assert!(is_sane(good), "{good}");
        }
        for bad in ["", "a b", "a\"b", "a\u{1b}[31m", "ä", &"x".repeat(65)] {
            assert!(!is_sane(bad), "{bad}");
        }
    }
}
