//! The visitor's identity as a short-lived JWT that an MCP server can verify.

use crate::domain::SiteId;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// The header, or on stdio the `_meta` key, with the JWT.
pub(super) const IDENTITY: &str = "X-SO-Identity";
/// In seconds.
const LIFETIME: u64 = 5 * 60;

/// The visitor on whose behalf a call is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The `user_id` of the client secret, or `visitor:` with a text that is stable for the owner.
    /// Never the owner's id.
    pub subject: String,
    /// The site that embeds the chat.
    pub site: Option<SiteId>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    iat: u64,
    exp: u64,
}

pub(super) struct Signer {
    key: EncodingKey,
    issuer: String,
    audience: String,
}

impl Signer {
    pub(super) fn new(secret: &SecretString, issuer: &str, audience: &str) -> Self {
        Self {
            key: EncodingKey::from_secret(secret.expose_secret().as_bytes()),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// HS256.
    pub(super) fn sign(&self, caller: &Caller) -> Option<String> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: &caller.subject,
            site: caller.site.as_ref().map(SiteId::as_str),
            iat: now,
            exp: now + LIFETIME,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .inspect_err(|error| tracing::error!(%error, "an identity could not be signed"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde_json::Value;

    fn claims(site: Option<&str>) -> Value {
        let secret = SecretString::from("s".repeat(32));
        let signer = Signer::new(&secret, "https://chat.example", "shop");
        let caller = Caller {
            subject: "ann".to_owned(),
            site: site.map(|site| site.parse().unwrap()),
        };
        let mut expected = Validation::new(Algorithm::HS256);
        expected.set_audience(&["shop"]);
        expected.set_issuer(&["https://chat.example"]);
        let key = DecodingKey::from_secret("s".repeat(32).as_bytes());
        decode::<Value>(&signer.sign(&caller).unwrap(), &key, &expected)
            .unwrap()
            .claims
    }

    #[test]
    fn signs_the_identity_for_five_minutes() {
        let claims = claims(Some("garden"));
        assert_eq!(claims["sub"], "ann");
        assert_eq!(claims["site"], "garden");
        let time = |name: &str| claims[name].as_u64().unwrap();
        assert_eq!(time("exp") - time("iat"), 300);
    }

    #[test]
    fn omits_a_missing_site() {
        assert!(claims(None).get("site").is_none());
    }
}
