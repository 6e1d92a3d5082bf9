//! Constant-time comparison with secrets.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Compares digests, which have the same length, so the time taken reveals nothing about either.
pub(super) fn is(secret: &SecretString, guess: &str) -> bool {
    digest(secret.expose_secret()).ct_eq(&digest(guess)).into()
}

/// Compares with all, so the time does not reveal which.
pub(super) fn is_one_of<'a>(
    secrets: impl IntoIterator<Item = &'a SecretString>,
    guess: &str,
) -> bool {
    secrets
        .into_iter()
        .fold(false, |found, secret| is(secret, guess) | found)
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_whole_secret_only() {
        let secret = "öffne dich".into();
        assert!(is(&secret, "öffne dich"));
        for wrong in ["", "öffne dic", "öffne dich ", "ÖFFNE DICH"] {
            assert!(!is(&secret, wrong), "{wrong}");
        }
    }
}
