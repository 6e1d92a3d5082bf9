//! Owners of threads, notes and tokens: visitors, and users of sites.

use crate::domain::{OwnerId, SiteId};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Prefix of the ids of sites' users. A visitor's id is a UUID and never begins with it.
const USER_PREFIX: &str = "user-";

/// The owner for a site's user, the same on every device and replica. The id reveals neither the
/// site nor the user.
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

/// Tells one user of a site from another without revealing the owner's id; `None` for a visitor.
#[must_use]
pub fn user_tag(owner: &OwnerId) -> Option<String> {
    if is_visitor(owner) {
        return None;
    }
    let digest = Sha256::digest(format!("tag\0{owner}"));
    digest
        .get(..12)
        .map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn users_have_one_owner_per_site() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        let owner = user_owner(&a, "jo@example.com");
        assert_eq!(owner, user_owner(&a, "jo@example.com"));
        assert_ne!(owner, user_owner(&b, "jo@example.com"));
        assert_ne!(owner, user_owner(&a, "jo@example.org"));
        assert!(!owner.as_str().contains("jo"));
        assert!(!is_visitor(&owner) && is_visitor(&OwnerId::generate()));
    }

    #[test]
    fn tags_tell_users_apart() {
        let site = "a".parse().unwrap();
        let (jo, al) = (user_owner(&site, "jo"), user_owner(&site, "al"));
        assert_eq!(user_tag(&jo), user_tag(&user_owner(&site, "jo")));
        assert_ne!(user_tag(&jo), user_tag(&al));
        assert!(!jo.as_str().contains(&user_tag(&jo).unwrap()));
        assert_eq!(user_tag(&OwnerId::generate()), None);
    }
}
