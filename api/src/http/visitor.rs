//! Visitors: browsers that a cookie identifies, where their data is stored durably.

use super::{
    cookies::{Context, Purpose, SetCookies},
    error::ApiError,
    state::Api,
};
use crate::{
    domain::{OwnerId, Session},
    sites::is_visitor,
};
use axum::http::HeaderMap;
use std::time::Duration;

/// Lifetime of a visitor's cookie, from the last sign-in.
const VISITOR_LIFETIME: Duration = Duration::from_secs(180 * 24 * 3600);
/// The owner for this browser: with a durable store the one in its cookie, which is renewed;
/// without one a new owner each time, and no cookie.
pub(super) fn owner(
    api: &Api,
    headers: &HeaderMap,
    context: Context,
    cookies: &SetCookies,
) -> Result<OwnerId, ApiError> {
    if !api.options.durable {
        return Ok(OwnerId::generate());
    }
    let jar = api.cookies();
    let remembered = jar.read(headers, Purpose::Visitor, context);
    let remembered = remembered.and_then(|id| id.parse().ok()).filter(is_visitor);
    let owner = remembered.unwrap_or_else(OwnerId::generate);
    cookies.push(jar.write(Purpose::Visitor, context, owner.as_str(), VISITOR_LIFETIME)?);
    Ok(owner)
}

pub(super) async fn forget(api: &Api, session: &Session) -> Result<(), ApiError> {
    Ok(api.engine.forget_owner(&session.owner).await?)
}
