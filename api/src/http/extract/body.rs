//! JSON body extractor, bounded in size and time.

use super::{signed_in::SessionCheck, surrogates::replace_lone};
use crate::http::error::ApiError;
use axum::{
    body::HttpBody,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::error::Category;
use std::time::Duration;

const BODY_MAX_BYTES: usize = 64 * 1024;
const TOO_LARGE: &str = "The request is too large. Shorten it.";
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body. Refused with `415`, `413`, `408`, `400` or `422`, checked in this order.
#[derive(Debug)]
pub(in crate::http) struct Body<T, const MAX: usize = BODY_MAX_BYTES>(pub(in crate::http) T);

impl<T: DeserializeOwned, S: Sync, const MAX: usize> FromRequest<S> for Body<T, MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        parse(&read(request, MAX, TOO_LARGE).await?).map(Self)
    }
}

/// An empty body or object, for calls without parameters. Any other body is refused as by
/// [`Body`].
#[derive(Debug)]
pub(in crate::http) struct NoBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Sync> FromRequest<S> for NoBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let json = is_json(request.headers());
        if request.body().is_end_stream() {
            return Ok(Self);
        }
        if !json {
            return Err(ApiError::UnsupportedMediaType);
        }
        let bytes = read(request, BODY_MAX_BYTES, TOO_LARGE).await?;
        if !bytes.is_empty() {
            parse::<Nothing>(&bytes)?;
        }
        Ok(Self)
    }
}

/// Also checks that a charset, if named, is UTF-8.
pub(in crate::http) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset")
                || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// Reads a body of up to `max` bytes within [`BODY_TIMEOUT`]; a longer one is `too_large`. A caller
/// who signs out before it has arrived is refused.
pub(in crate::http) async fn read(
    request: Request,
    max: usize,
    too_large: &'static str,
) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    // Refuse it before it is sent.
    if announced.is_some_and(|length| length > max) {
        return Err(ApiError::PayloadTooLarge(too_large));
    }
    let session = request.extensions().get::<SessionCheck>().cloned();
    let body = Limited::new(request.into_body(), max).collect();
    let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Err(_) => Err(ApiError::RequestTimeout),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(ApiError::PayloadTooLarge(too_large))
        }
        Ok(Err(_)) => Err(ApiError::MalformedJson),
    }?;
    if let Some(session) = session {
        session.still_signed_in().await?;
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = &*replace_lone(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // Reading stops at the first wrong field, and the rest may not be JSON at all.
        let well_formed = error.inner().classify() == Category::Data
            && serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        match well_formed {
            // serde also reads structs from arrays, and would complain about their elements.
            true if !is_object(bytes) => not_an_object(),
            true => ApiError::invalid(sentence(&path, error.inner())),
            false => ApiError::MalformedJson,
        }
    })?;
    deserializer.end().map_err(|_| ApiError::MalformedJson)?;
    if is_object(bytes) {
        Ok(value)
    } else {
        Err(not_an_object())
    }
}

fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

fn not_an_object() -> ApiError {
    ApiError::invalid("The body must be a JSON object.")
}

/// Names the wrong field. serde's message may quote a key or a passcode, so only field names and
/// the messages of our own types are used.
fn sentence(path: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    let named = text.split('`').nth(1).filter(|name| is_field_name(name));
    match (named, is_field_name(path)) {
        (Some(field), _) if text.starts_with("missing field") => {
            format!("{field}: this field is required.")
        }
        (Some(field), _) if text.starts_with("unknown field") => {
            format!("{field}: unknown field.")
        }
        (Some(field), _) if text.starts_with("duplicate field") => {
            format!("{field}: give this field once.")
        }
        (None, _) if text.starts_with("unknown field") => "There is an unknown field.".to_owned(),
        (_, true) if is_serdes_own(text) => format!("{path}: this is not the right kind of value."),
        (_, true) => format!("{path}: {}.", text.trim_end_matches('.')),
        (_, false) => "The body is not as expected.".to_owned(),
    }
}

fn is_field_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_serdes_own(text: &str) -> bool {
    [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown variant",
        "data did not match",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::{ModelName, SiteId};
    use axum::http::HeaderValue;
    use bytes::Bytes;
    use futures_util::stream;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        passcode: String,
        site_id: Option<SiteId>,
        model: Option<ModelName>,
    }

    fn request(kind: Option<&str>, body: impl Into<axum::body::Body>) -> Request {
        let mut request = Request::new(body.into());
        if let Some(kind) = kind {
            let kind = HeaderValue::from_str(kind).unwrap();
            request.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        request
    }

    async fn take(kind: Option<&str>, body: impl Into<axum::body::Body>) -> Result<(), ApiError> {
        Body::<Sample>::from_request(request(kind, body), &())
            .await
            .map(drop)
    }

    #[tokio::test]
    async fn accepts_json_only() {
        let body = r#"{"passcode":"x"}"#;
        for kind in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;a=b",
        ] {
            assert_eq!(take(Some(kind), body).await, Ok(()), "{kind}");
        }
        for kind in [
            "text/plain",
            "application/jsonx",
            "application/json; charset=latin1",
            "",
        ] {
            let refused = take(Some(kind), body).await;
            assert_eq!(refused, Err(ApiError::UnsupportedMediaType), "{kind}");
        }
        assert_eq!(take(None, body).await, Err(ApiError::UnsupportedMediaType));
    }

    #[tokio::test]
    async fn names_wrong_fields_without_quoting_them() {
        let json = Some("application/json");
        for (body, expected) in [
            ("{}", "passcode: this field is required."),
            (r#"{"passcode":"x","pass":1}"#, "pass: unknown field."),
            (
                r#"{"passcode":"x","sk-secret":1}"#,
                "There is an unknown field.",
            ),
            (
                r#"{"passcode":"x","passcode":"y"}"#,
                "passcode: give this field once.",
            ),
            (
                r#"{"passcode":123456}"#,
                "passcode: this is not the right kind of value.",
            ),
            (
                r#"{"passcode":["secret"]}"#,
                "passcode: this is not the right kind of value.",
            ),
            ("[]", "The body must be a JSON object."),
            (r#"["secret"]"#, "The body must be a JSON object."),
            (r#"["x", null, null]"#, "The body must be a JSON object."),
            (r#""secret""#, "The body must be a JSON object."),
            (
                r#"{"passcode":"x","site_id":"a b"}"#,
                "site_id: an id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.",
            ),
            (
                r#"{"passcode":"x","model":"a b"}"#,
                "model: A model name is 1 to 200 visible ASCII characters, without spaces.",
            ),
        ] {
            assert_eq!(
                take(json, body).await,
                Err(ApiError::invalid(expected)),
                "{body}"
            );
        }
        let deep = "[".repeat(10_000);
        for body in [
            "",
            "{",
            "x",
            r#"{"passcode":"x"}{}"#,
            r#"{"passcode":"x"#,
            "\u{feff}{}",
            &deep,
        ] {
            let refused = take(json, body.to_owned()).await;
            assert_eq!(refused, Err(ApiError::MalformedJson), "{body}");
        }
        assert_eq!(
            take(json, b"{\"passcode\":\"\xff\"}".as_slice()).await,
            Err(ApiError::MalformedJson)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn size_and_time_are_bounded() {
        let json = Some("application/json");
        let fits = format!(r#"{{"passcode":"{}"}}"#, "x".repeat(BODY_MAX_BYTES - 15));
        assert_eq!(fits.len(), BODY_MAX_BYTES);
        assert_eq!(take(json, fits.clone()).await, Ok(()));
        let refused = take(json, format!("{fits} ")).await;
        assert!(matches!(refused, Err(ApiError::PayloadTooLarge(_))));

        let mut announced = request(json, "");
        let length = HeaderValue::from(BODY_MAX_BYTES + 1);
        announced
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        let refused = Body::<Sample>::from_request(announced, &()).await.map(drop);
        assert!(matches!(refused, Err(ApiError::PayloadTooLarge(_))));

        let endless = stream::pending::<Result<Bytes, std::io::Error>>();
        let refused = take(json, axum::body::Body::from_stream(endless)).await;
        assert_eq!(refused, Err(ApiError::RequestTimeout));
    }

    #[tokio::test]
    async fn calls_without_parameters_take_no_body() {
        async fn take(kind: Option<&str>, body: &'static str) -> Result<(), ApiError> {
            NoBody::from_request(request(kind, body), &())
                .await
                .map(drop)
        }
        let json = Some("application/json");
        for (kind, body) in [
            (None, ""),
            (Some("text/plain"), ""),
            (json, ""),
            (json, "{}"),
        ] {
            assert_eq!(take(kind, body).await, Ok(()), "{kind:?} {body}");
        }
        assert_eq!(
            take(Some("text/plain"), "{}").await,
            Err(ApiError::UnsupportedMediaType)
        );
        assert_eq!(take(None, "x").await, Err(ApiError::UnsupportedMediaType));
        assert_eq!(take(json, "{").await, Err(ApiError::MalformedJson));
        let refused = take(json, r#"{"a":1}"#).await;
        assert_eq!(refused, Err(ApiError::invalid("a: unknown field.")));
    }
}
