//! The deployment's passcode, whether somebody knows it, and how often somebody may guess.

use super::{error::ApiError, state::Api};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// The passcode's digest: all that a comparison needs.
#[derive(Clone)]
pub(super) struct Passcode([u8; 32]);

impl Passcode {
    pub(super) fn new(passcode: &SecretString) -> Self {
        Self(digest(passcode.expose_secret()))
    }

    /// Takes as long for a wrong passcode as for the right one: digests have one length, and are
    /// compared whole.
    pub(super) fn is(&self, guess: &str) -> bool {
        self.0.ct_eq(&digest(guess)).into()
    }
}

/// Lets in who knows the passcode; `401` or `429` for everybody else.
pub(super) async fn admit_passcode(
    api: &Api,
    address: IpAddr,
    guess: &str,
) -> Result<(), ApiError> {
    let right = api.passcode().is(guess).then_some(());
    admit(api, address, right, ApiError::WrongPasscode).await
}

/// Lets in who gave something right, unless the address failed too often: `429`. Something wrong
/// is counted and refused with `otherwise`, or `429` as well.
pub(super) async fn admit<T>(
    api: &Api,
    address: IpAddr,
    right: Option<T>,
    otherwise: ApiError,
) -> Result<T, ApiError> {
    let wait = match right {
        Some(_) => api.sessions.throttled(address).await?,
        None => api.sessions.record_failure(address).await?,
    };
    match (wait, right) {
        (Some(wait), _) => {
            tracing::warn!(client.address = %address, "too many failed sign-ins");
            Err(ApiError::RateLimited(wait))
        }
        (None, Some(right)) => Ok(right),
        (None, None) => {
            tracing::info!(client.address = %address, "a sign-in failed");
            Err(otherwise)
        }
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_right_one() {
        let passcode = Passcode::new(&"öffne dich".into());
        assert!(passcode.is("öffne dich"));
        for wrong in ["", "öffne dic", "öffne dich ", "ÖFFNE DICH"] {
            assert!(!passcode.is(wrong), "{wrong}");
        }
    }
}
