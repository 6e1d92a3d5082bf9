//! Admits callers who know a secret, and limits how often an address may guess.

use super::{error::ApiError, secret, state::Api};
use crate::sessions::Guess;
use std::net::IpAddr;

/// Refuses with `401` or `429`.
pub(super) async fn admit_by_passcode(
    api: &Api,
    address: IpAddr,
    guess: &str,
) -> Result<(), ApiError> {
    let right = secret::is(&api.options.passcode, guess).then_some(());
    admit(api, Guess::SignIn, address, right, ApiError::WrongPasscode).await
}

/// Admits callers whose credential is right, unless their address failed too often: `429`.
/// A wrong credential is counted and refused with `otherwise` or `429`.
pub(super) async fn admit<T>(
    api: &Api,
    guess: Guess,
    address: IpAddr,
    right: Option<T>,
    otherwise: ApiError,
) -> Result<T, ApiError> {
    let wait = match right {
        Some(_) => api.sessions.throttled(guess, address).await?,
        None => api.sessions.record_failure(guess, address).await?,
    };
    match (wait, right) {
        (Some(wait), _) => {
            tracing::warn!(client.address = %address, ?guess, "too many wrong guesses");
            Err(ApiError::RateLimited(wait))
        }
        (None, Some(right)) => Ok(right),
        (None, None) => {
            tracing::info!(client.address = %address, ?guess, "a wrong guess");
            Err(otherwise)
        }
    }
}
