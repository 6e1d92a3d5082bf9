//! `/api/client-secrets`: the backend of a site signs its visitors in with the site's API key.

use super::{
    address::ClientAddress,
    admission::admit,
    error::{ApiError, Problem},
    extract::{Body, bearer},
    secret,
    state::Api,
};
use crate::{
    domain::{Limits, ModelName, SiteId},
    sessions::{ClientGrant, Guess},
};
use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

const USER_MAX_CHARS: usize = 200;
/// Prefix of the names under which MCP servers know visitors; user ids must not begin with it.
const VISITOR_PREFIX: &str = "visitor:";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(create))
}

/// A site's backend, authenticated by a site secret. `401` with its own throttle for all others;
/// `404` when no site secret is configured.
struct SiteBackend {
    secret: SecretString,
    address: IpAddr,
}

impl FromRequestParts<Api> for SiteBackend {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let ClientAddress(address) = ClientAddress::of(&parts.headers, &parts.extensions, api);
        let secrets: Vec<&SecretString> = api
            .options
            .site_secrets
            .iter()
            .chain(api.sites.secrets())
            .collect();
        if secrets.is_empty() {
            return Err(ApiError::NotFound);
        }
        let guess = bearer(&parts.headers).unwrap_or_default();
        let backend = secret::is_one_of(secrets, guess).then(|| Self {
            secret: guess.into(),
            address,
        });
        let refusal = ApiError::WrongSiteSecret;
        admit(api, Guess::SiteSecret, address, backend, refusal).await
    }
}

impl SiteBackend {
    /// Refuses a secret of another site. A site that has its own secret accepts no other.
    async fn check(&self, api: &Api, site: &SiteId) -> Result<(), ApiError> {
        if api.sites.get(site).is_none() {
            return Err(ApiError::SiteNotFound);
        }
        let own = api.sites.listed(site).map(|listed| &listed.secrets);
        let secrets = own
            .filter(|secrets| !secrets.is_empty())
            .unwrap_or(&api.options.site_secrets);
        if secrets.is_empty() {
            return Err(ApiError::SiteNotFound);
        }
        let right = secret::is_one_of(secrets, self.secret.expose_secret()).then_some(());
        let refusal = ApiError::WrongSiteSecret;
        admit(api, Guess::SiteSecret, self.address, right, refusal).await
    }
}

/// The visitor to sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientSecretRequest {
    /// The site.
    site_id: SiteId,
    /// The site's key for the provider: 1–500 visible ASCII characters.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    api_key: SecretString,
    /// The site's id for its user, 1–200 characters. It owns threads and notes on every device.
    /// Without it, a new visitor.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    user_id: Option<String>,
    /// The model to use.
    #[schema(nullable = false)]
    model: Option<ModelName>,
    /// Limits on the use of the key; the site's own apply where they are lower.
    #[schema(nullable = false)]
    limits: Option<Limits>,
}

/// A secret with which the page signs in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientSecret {
    /// The secret, valid for one sign-in.
    client_secret: String,
    /// When it expires.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Create a client secret.
///
/// For servers, with `Authorization: Bearer <site secret>`. Valid for one sign-in within 5 minutes.
#[utoipa::path(
    post,
    operation_id = "create_client_secret",
    path = "/api/client-secrets",
    tag = "embedding",
    security(("site_secret" = [])),
    request_body = ClientSecretRequest,
    responses(
        (status = 201, body = ClientSecret),
        (status = 401, description = "`wrong_site_secret`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`site_not_found`; `not_found` where no site secret is set", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: 10 failures from this address within 15 minutes", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create(
    State(api): State<Api>,
    backend: SiteBackend,
    Body(request): Body<ClientSecretRequest>,
) -> Result<(StatusCode, Json<ClientSecret>), ApiError> {
    let key = request.api_key.expose_secret().parse();
    let api_key = key.map_err(|error| ApiError::invalid(format!("api_key: {error}")))?;
    if let Some(user) = &request.user_id
        && !(1..=USER_MAX_CHARS).contains(&user.chars().count())
    {
        return Err(ApiError::invalid(
            "user_id: give 1 to 200 characters, or leave it out.",
        ));
    }
    if request
        .user_id
        .as_ref()
        .is_some_and(|user| user.starts_with(VISITOR_PREFIX))
    {
        return Err(ApiError::invalid(
            "user_id: names that begin with visitor: are reserved.",
        ));
    }
    backend.check(&api, &request.site_id).await?;
    let grant = ClientGrant {
        site_id: request.site_id,
        api_key,
        user_id: request.user_id,
        model: request.model,
        limits: request.limits.unwrap_or_default(),
    };
    let issued = api.sessions.grant(&grant).await?;
    let secret = ClientSecret {
        client_secret: issued.secret.expose_secret().to_owned(),
        expires_at: issued.expires_at,
    };
    Ok((StatusCode::CREATED, Json(secret)))
}
