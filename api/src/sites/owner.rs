//! Whose threads, notes and tokens a session sees: a visitor's, or those of a user of a site.

use crate::domain::{OwnerId, SiteId};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Begins the ids of users of a site; a visitor's is a UUID in hexadecimal and never begins so.
const USER_PREFIX: &str = "user-";

/// The owner of a site's user: the same on every device and every replica. The id reveals neither
/// the site nor the site's name for the user.
///
/// # Panics
/// Never: the id is 48 characters of the alphabet that [`OwnerId`] takes.
#[must_use]
pub fn user_owner(site: &SiteId, user: &str) -> OwnerId {
    let digest = Sha256::digest(format!("owner\0{site}\0{user}"));
    let id = format!("{USER_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(digest));
    id.parse()
        .unwrap_or_else(|_| unreachable!("base64url is within the alphabet of ids"))
}

/// Whether the owner is a visitor, not a user of a site.
#[must_use]
pub fn is_visitor(owner: &OwnerId) -> bool {
    !owner.as_str().starts_with(USER_PREFIX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_user_has_one_owner_per_site() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        let owner = user_owner(&a, "jo@example.com");
        assert_eq!(owner, user_owner(&a, "jo@example.com"));
        assert_ne!(owner, user_owner(&b, "jo@example.com"));
        assert_ne!(owner, user_owner(&a, "jo@example.org"));
        assert!(!owner.as_str().contains("jo"));
        assert!(!is_visitor(&owner) && is_visitor(&OwnerId::generate()));
    }
}
