//! Extractor for the caller's session.

use crate::{
    domain::Session,
    http::{
        cookies::{Context, Purpose, SetCookies},
        error::ApiError,
        state::Api,
    },
    sessions::{SessionRef, SessionToken, Sessions},
};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use jiff::Timestamp;
use std::convert::Infallible;

/// Names the caller's session to the extractor of the body, which may come long after the head.
#[derive(Clone)]
pub(super) struct SessionCheck {
    sessions: Sessions,
    id: SessionRef,
}

impl SessionCheck {
    pub(super) async fn still_signed_in(&self) -> Result<(), ApiError> {
        match self.sessions.renew(&self.id).await? {
            true => Ok(()),
            false => Err(ApiError::NotSignedIn),
        }
    }
}

/// A signed-in caller; `401` for all others. Renews the session and its cookie.
#[derive(Debug, Clone)]
pub(in crate::http) struct SignedIn {
    pub(in crate::http) id: SessionRef,
    pub(in crate::http) session: Session,
    /// Unless it is used before.
    pub(in crate::http) expires_at: Timestamp,
}

impl SignedIn {
    /// The caller, if there is a session. With `Authorization` only the header counts; otherwise
    /// the cookie of the request's context.
    async fn find(parts: &mut Parts, api: &Api) -> Result<Option<Self>, ApiError> {
        let context = Context::of(&parts.headers);
        let by_header = parts.headers.contains_key(header::AUTHORIZATION);
        let text = if by_header {
            bearer(&parts.headers).map(str::to_owned)
        } else {
            api.cookies()
                .read(&parts.headers, Purpose::Session, context)
        };
        let Some(token) = text.as_deref().map(SessionToken::from_text) else {
            return Ok(None);
        };
        let Some(open) = api.sessions.open(&token).await? else {
            return Ok(None);
        };
        if !by_header {
            let Ok(cookies) = set_cookies(parts).await;
            let ttl = api.sessions.ttl();
            cookies.push(
                api.cookies()
                    .write(Purpose::Session, context, token.expose(), ttl)?,
            );
        }
        Ok(Some(Self {
            id: open.id,
            session: open.session,
            expires_at: open.expires_at,
        }))
    }
}

async fn set_cookies(parts: &mut Parts) -> Result<SetCookies, Infallible> {
    SetCookies::from_request_parts(parts, &()).await
}

impl FromRequestParts<Api> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let caller = Self::find(parts, api).await?.ok_or(ApiError::NotSignedIn)?;
        parts.extensions.insert(SessionCheck {
            sessions: api.sessions.clone(),
            id: caller.id.clone(),
        });
        Ok(caller)
    }
}

impl OptionalFromRequestParts<Api> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Option<Self>, ApiError> {
        Self::find(parts, api).await
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750, 2.1) if there is exactly one.
pub(in crate::http) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}
