//! Client secrets, with which a site's owner signs visitors in with the site's API key.

use super::{
    record::Growth,
    store::{Sessions, from_now},
    token::{digest, random_token},
};
use crate::domain::{ApiKey, Limits, ModelName, SiteId, StoreError};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// How long a client secret is valid, for one use.
pub const GRANT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The rights of a client secret.
#[derive(Debug, Clone)]
pub struct ClientGrant {
    /// The site.
    pub site_id: SiteId,
    /// The site's API key.
    pub api_key: ApiKey,
    /// The site's id for its user; `None` for an anonymous visitor.
    pub user_id: Option<String>,
    /// The model; `None` for the deployment's default.
    pub model: Option<ModelName>,
    /// Limits on the use of the key.
    pub limits: Limits,
}

/// A new client secret, shown only once.
#[derive(Debug)]
pub struct IssuedGrant {
    /// The secret.
    pub secret: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct SealedGrant {
    site_id: SiteId,
    api_key: String,
    user_id: Option<String>,
    model: Option<ModelName>,
    #[serde(default)]
    limits: Limits,
}

impl Drop for SealedGrant {
    fn drop(&mut self) {
        self.api_key.zeroize();
    }
}

fn record(secret: &str) -> String {
    format!("grant:{}", digest("grant", secret))
}

impl Sessions {
    /// Creates a client secret, valid for one sign-in within [`GRANT_LIFETIME`].
    pub async fn grant(&self, grant: &ClientGrant) -> Result<IssuedGrant, StoreError> {
        self.records.check_room(Growth::SignIn)?;
        let secret = random_token();
        let name = record(secret.expose_secret());
        let sealed = SealedGrant {
            site_id: grant.site_id.clone(),
            api_key: grant.api_key.expose().to_owned(),
            user_id: grant.user_id.clone(),
            model: grant.model.clone(),
            limits: grant.limits,
        };
        self.records
            .put(&name, self.seal(&name, &sealed)?, GRANT_LIFETIME)
            .await?;
        Ok(IssuedGrant {
            secret,
            expires_at: from_now(GRANT_LIFETIME),
        })
    }

    /// Redeems a secret, once. `None` if it is unknown, used or expired.
    pub async fn redeem(&self, secret: &str) -> Result<Option<ClientGrant>, StoreError> {
        let name = record(secret);
        let Some(found) = self.records.take(&name).await? else {
            return Ok(None);
        };
        let Some(mut sealed) = self.unseal::<SealedGrant>(&name, &found) else {
            return Ok(None);
        };
        let key = Zeroizing::new(std::mem::take(&mut sealed.api_key));
        Ok(key.parse().ok().map(|api_key| ClientGrant {
            site_id: sealed.site_id.clone(),
            api_key,
            user_id: sealed.user_id.take(),
            model: sealed.model.take(),
            limits: sealed.limits,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::sessions::store::tests::sessions;

    fn grant() -> ClientGrant {
        ClientGrant {
            site_id: "site".parse().unwrap(),
            api_key: "sk-site".parse().unwrap(),
            user_id: Some("ärger".to_owned()),
            model: None,
            limits: Limits {
                messages_per_day: std::num::NonZeroU64::new(20),
                ..Limits::default()
            },
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_secret_works_once_within_five_minutes() {
        let sessions = sessions();
        let issued = sessions.grant(&grant()).await.unwrap();
        let secret = issued.secret.expose_secret();
        assert!(!format!("{issued:?}").contains(secret));
        let redeemed = sessions.redeem(secret).await.unwrap().unwrap();
        assert_eq!(format!("{redeemed:?}"), format!("{:?}", grant()));
        assert_eq!(redeemed.api_key.expose(), "sk-site");
        assert!(sessions.redeem(secret).await.unwrap().is_none(), "once");

        let issued = sessions.grant(&grant()).await.unwrap();
        tokio::time::advance(GRANT_LIFETIME).await;
        assert!(
            sessions
                .redeem(issued.secret.expose_secret())
                .await
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_client_secret_is_redeemed_once_even_concurrently() {
        let sessions = sessions();
        let issued = sessions.grant(&grant()).await.unwrap();
        let all = (0..20).map(|_| sessions.redeem(issued.secret.expose_secret()));
        let redeemed = futures_util::future::join_all(all).await;
        assert_eq!(
            redeemed
                .iter()
                .filter(|one| matches!(one, Ok(Some(_))))
                .count(),
            1
        );
    }

    #[tokio::test]
    async fn a_client_secret_is_neither_a_session_nor_an_mcp_token() {
        let sessions = sessions();
        let issued = sessions.grant(&grant()).await.unwrap();
        let secret = issued.secret.expose_secret();
        let token = crate::sessions::token::SessionToken::from_text(secret);
        assert!(sessions.open(&token).await.unwrap().is_none());
        assert!(sessions.find_mcp_token(secret).await.unwrap().is_none());
    }
}
