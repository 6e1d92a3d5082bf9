//! Whose things a session sees ("Owner" in the contract).

use super::{
    cookies::{Context, Purpose, SetCookies},
    error::ApiError,
    state::Api,
};
use crate::domain::{OwnerId, Session, SiteId};
use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a visitor is remembered.
const VISITOR_LIFETIME: Duration = Duration::from_secs(180 * 24 * 3600);
/// Begins the ids of users of a site; a visitor's, a UUID in hexadecimal, never does.
const USER_PREFIX: &str = "user-";

/// The same owner for a user of a site, on every device and every replica. The id shows neither
/// the site nor its name for the user.
pub(super) fn of_user(site: &SiteId, user: &str) -> Result<OwnerId, ApiError> {
    let digest = Sha256::digest(format!("owner\0{site}\0{user}"));
    let id = format!("{USER_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(digest));
    id.parse().map_err(|_| ApiError::Internal)
}

/// The visitor that this browser is: with a durable store the one that its cookie remembers, from
/// now on for [`VISITOR_LIFETIME`]; without one always a new one, and no cookie.
pub(super) fn of_visitor(
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

/// Whether the owner is a browser, not a user of a site.
pub(super) fn is_visitor(owner: &OwnerId) -> bool {
    !owner.as_str().starts_with(USER_PREFIX)
}

/// Deletes all that an owner has, and stops the owner's runs.
pub(super) async fn forget(api: &Api, session: &Session) -> Result<(), ApiError> {
    api.engine.forget_owner(&session.owner).await?;
    api.sessions.delete_owner(&session.owner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_user_is_one_owner_a_site() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        let owner = of_user(&a, "jo@example.com").unwrap();
        assert_eq!(owner, of_user(&a, "jo@example.com").unwrap());
        assert_ne!(owner, of_user(&b, "jo@example.com").unwrap());
        assert_ne!(owner, of_user(&a, "jo@example.org").unwrap());
        assert!(!owner.as_str().contains("jo"));
        assert!(!is_visitor(&owner) && is_visitor(&OwnerId::generate()));
    }
}
