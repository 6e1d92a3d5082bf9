//! The provider's API key and model names.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

const KEY_MAX_CHARS: usize = 500;
const MODEL_MAX_CHARS: usize = 200;

/// Visible ASCII only: a newline or NUL in a header value would make the provider client panic.
fn is_visible_ascii(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The text is not a valid key. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A key is 1 to 500 visible ASCII characters, without spaces or line breaks.")]
pub struct InvalidKey;

/// An API key for the provider. Prints as `[REDACTED]` and is wiped when dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// The key in clear: for the provider's `Authorization` header and for sealing, nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for ApiKey {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        if is_visible_ascii(text, KEY_MAX_CHARS) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidKey)
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The text is not a valid model name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A model name is 1 to 200 visible ASCII characters, without spaces.")]
pub struct InvalidModel;

/// A model's name, as the provider spells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 200)]
pub struct ModelName(String);

impl ModelName {
    /// The name as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelName {
    type Err = InvalidModel;
    fn from_str(text: &str) -> Result<Self, InvalidModel> {
        if is_visible_ascii(text, MODEL_MAX_CHARS) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidModel)
        }
    }
}

impl TryFrom<String> for ModelName {
    type Error = InvalidModel;
    fn try_from(text: String) -> Result<Self, InvalidModel> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(model: ModelName) -> Self {
        model.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_keys_that_break_a_header() {
        for bad in ["", "a b", "a\nb", "a\0", "schlüssel", &"x".repeat(501)] {
            assert!(bad.parse::<ApiKey>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(500).parse::<ApiKey>().is_ok());
        assert!("x".repeat(201).parse::<ModelName>().is_err());
    }

    #[test]
    fn never_prints_the_key() {
        let key: ApiKey = "sk-secret".parse().unwrap_or_else(|_| unreachable!());
        assert_eq!(format!("{key:?}"), "[REDACTED]");
    }
}
