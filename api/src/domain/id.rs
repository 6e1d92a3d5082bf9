//! Opaque identifiers: 1–64 characters of `[A-Za-z0-9_-]`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

const MAX_CHARS: usize = 64;

/// The text is not a valid identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -")]
pub struct InvalidId;

fn is_id(text: &str) -> bool {
    (1..=MAX_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$")]
        pub struct $name(String);

        impl $name {
            /// A new id that sorts by creation time (UUID version 7).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7().simple().to_string())
            }

            /// The id that belongs to `seed`, which is always the same.
            #[must_use]
            pub fn derive(seed: impl AsRef<[u8]>) -> Self {
                let digest = Sha256::new_with_prefix(stringify!($name)).chain_update(seed);
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&digest.finalize()[..16]);
                Self(Builder::from_custom_bytes(bytes).into_uuid().simple().to_string())
            }

            /// The id as a string.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if is_id(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                if is_id(&text) { Ok(Self(text)) } else { Err(InvalidId) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An agent, as named in `agents.toml`.
    AgentId
);
id!(
    /// A call that waits for an answer.
    InterruptId
);
id!(
    /// A message.
    MessageId
);
id!(
    /// The owner of threads, notes and MCP tokens: a visitor, or a user of a site.
    OwnerId
);
id!(
    /// A run, which answers one message of a user.
    RunId
);
id!(
    /// A site that embeds the chat.
    SiteId
);
id!(
    /// A conversation.
    ThreadId
);
id!(
    /// A tool call. Generated here and unique in its thread, whatever the provider sends.
    ToolCallId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_the_contract_alphabet() {
        for good in ["a", "A-_9", &"x".repeat(64)] {
            assert!(good.parse::<ThreadId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "ä", "a/b", "a.b", "a\n", &"x".repeat(65)] {
            assert!(bad.parse::<ThreadId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn generated_ids_are_valid_and_distinct() {
        let (a, b) = (RunId::generate(), RunId::generate());
        assert_ne!(a, b);
        assert!(a.as_str().parse::<RunId>().is_ok());
    }

    #[test]
    fn derived_ids_are_valid_and_depend_on_seed_and_kind() {
        let run = RunId::derive("a");
        assert_eq!(run, RunId::derive("a"));
        assert_ne!(run, RunId::derive("b"));
        assert_ne!(run.as_str(), ThreadId::derive("a").as_str());
        assert!(run.as_str().parse::<RunId>().is_ok());
    }
}
