//! Errors and the contract name the same statuses and codes.
#![allow(clippy::unwrap_used)]

use super::*;
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

const CONTRACT: [(u16, &[&str]); 14] = [
    (400, &["malformed_json"]),
    (
        401,
        &[
            "not_signed_in",
            "wrong_passcode",
            "wrong_site_secret",
            "invalid_client_secret",
        ],
    ),
    (
        403,
        &[
            "api_key_required",
            "origin_not_allowed",
            "key_managed_by_site",
        ],
    ),
    (
        404,
        &[
            "not_found",
            "thread_not_found",
            "message_not_found",
            "run_not_found",
            "note_not_found",
            "token_not_found",
            "site_not_found",
        ],
    ),
    (405, &["method_not_allowed"]),
    (408, &["request_timeout"]),
    (
        409,
        &["run_in_progress", "limit_reached", "interrupt_not_open"],
    ),
    (413, &["payload_too_large"]),
    (415, &["unsupported_media_type"]),
    (422, &["invalid_request", "api_key_rejected"]),
    (429, &["rate_limited"]),
    (500, &["internal_error"]),
    (502, &["provider_unavailable"]),
    (503, &["overloaded", "shutting_down"]),
];

async fn sent(error: ApiError) -> (StatusCode, axum::http::HeaderMap, Value) {
    let (head, body) = error.into_response().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status,
        head.headers,
        serde_json::from_slice(&body).unwrap(),
    )
}

#[tokio::test]
async fn sends_every_code_of_the_contract_and_no_other() {
    let expected: BTreeSet<(u16, String)> = CONTRACT
        .iter()
        .flat_map(|(status, codes)| codes.iter().map(|code| (*status, (*code).to_owned())))
        .collect();
    let mut found = BTreeSet::new();
    for error in ApiError::iter() {
        // Iteration fills a variant's sentence with an empty one.
        let sentence = matches!(
            error,
            ApiError::PayloadTooLarge(_)
                | ApiError::LimitReached(_)
                | ApiError::InvalidRequest(_)
                | ApiError::NotReady(_)
        );
        let (status, headers, body) = sent(error).await;
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(body["status"], status.as_u16());
        assert_eq!(body["type"], "about:blank");
        assert_eq!(body["title"], status.canonical_reason().unwrap());
        let detail = body["detail"].as_str().unwrap();
        assert!(sentence || detail.ends_with('.'), "{body}");
        assert!(!body["request_id"].as_str().unwrap().is_empty());
        let waits = matches!(status.as_u16(), 429 | 503);
        assert_eq!(headers.contains_key(header::RETRY_AFTER), waits, "{body}");
        found.insert((status.as_u16(), body["code"].as_str().unwrap().to_owned()));
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_wait_is_rounded_up() {
    let (_, headers, _) = sent(ApiError::RateLimited(Duration::from_millis(1500))).await;
    assert_eq!(headers[header::RETRY_AFTER], "2");
}

#[tokio::test]
async fn does_not_send_the_details_of_store_errors() {
    let reason = "connection to 10.0.0.7 refused".to_owned();
    let (status, _, body) = sent(
        StoreError::Unavailable {
            store: "redis",
            reason: reason.clone(),
        }
        .into(),
    )
    .await;
    assert_eq!(
        (status.as_u16(), body["code"].as_str()),
        (503, Some("overloaded"))
    );
    assert!(!body.to_string().contains("10.0.0.7") && !body.to_string().contains("redis"));
    let (status, _, body) = sent(
        StoreError::Corrupt {
            store: "redis",
            reason,
        }
        .into(),
    )
    .await;
    assert_eq!(
        (status.as_u16(), body["code"].as_str()),
        (500, Some("internal_error"))
    );
}
