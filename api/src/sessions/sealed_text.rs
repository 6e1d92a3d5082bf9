//! Encrypts values for other stores with the secrets of the sessions.

use super::store::Sessions;
use crate::domain::StoreError;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Serialize, de::DeserializeOwned};

impl Sessions {
    /// Seals a value as text. It can be unsealed only under the same name.
    pub fn seal_text(&self, name: &str, value: &impl Serialize) -> Result<String, StoreError> {
        Ok(BASE64_STANDARD.encode(self.seal(name, value)?))
    }

    /// The value sealed by [`Sessions::seal_text`]; `None` if its secret is no longer known.
    #[must_use]
    pub fn unseal_text<T: DeserializeOwned>(&self, name: &str, sealed: &str) -> Option<T> {
        self.unseal(name, &BASE64_STANDARD.decode(sealed).ok()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::sessions::store::tests::sessions;

    #[test]
    fn unseals_under_the_same_name_only() {
        let sessions = sessions();
        let sealed = sessions.seal_text("pause:1", &"secret state").unwrap();
        assert!(!sealed.contains("secret"));
        let open = |name: &str, text: &str| sessions.unseal_text::<String>(name, text);
        assert_eq!(open("pause:1", &sealed).as_deref(), Some("secret state"));
        assert_eq!(open("pause:2", &sealed), None);
        assert_eq!(open("pause:1", "?"), None);
    }
}
