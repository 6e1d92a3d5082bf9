//! Session tokens, and the digests under which the store knows tokens.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::aead::Generate;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

const MAX_CHARS: usize = 64;

/// A session's token: 256 random bits in base64url. Prints as `[REDACTED]`.
#[derive(Debug, Clone)]
pub struct SessionToken(SecretString);

impl SessionToken {
    pub(super) fn generate() -> Self {
        Self(random_token())
    }

    /// Reads a cookie or header. An invalid token finds no session.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// The token in clear: for the cookie and the response to a sign-in, nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The session that it would open.
    #[must_use]
    pub fn session(&self) -> SessionRef {
        SessionRef(digest("session", self.expose()))
    }
}

/// A session's id in the store. Grants nothing and is not printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionRef(String);

impl SessionRef {
    /// The id as a string, for records that belong to the session. Not for logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn record(&self) -> String {
        format!("{SESSION_PREFIX}{}", self.0)
    }
}

pub(super) const SESSION_PREFIX: &str = "session:";

impl fmt::Debug for SessionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionRef")
    }
}

pub(super) fn random_token() -> SecretString {
    let bytes = Zeroizing::new(<[u8; 32]>::generate());
    BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()).into()
}

/// The digest under which the store knows a token, which it cannot be computed from. `kind` keeps a
/// token of one kind from being looked up as another.
pub(super) fn digest(kind: &str, token: &str) -> String {
    let token = if token.len() <= MAX_CHARS { token } else { "" };
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{kind}\0{token}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn tokens_differ_hide_and_are_named_by_digest() {
        let (a, b) = (SessionToken::generate(), SessionToken::generate());
        assert_ne!(a.expose(), b.expose());
        assert_eq!(a.expose().len(), 43);
        assert_eq!(SessionToken::from_text(a.expose()).session(), a.session());
        assert!(!a.session().as_str().contains(a.expose()));
        assert!(!format!("{a:?} {:?}", a.session()).contains(a.expose()));
        assert!(!format!("{:?}", a.session()).contains(a.session().as_str()));
    }
}
