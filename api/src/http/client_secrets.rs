//! `/api/client-secrets`: how the backend of a site lets its visitors in, with its own key.

use super::{
    address::ClientAddress,
    admission::admit_by_passcode,
    error::{ApiError, Problem},
    extract::{Body, bearer},
    state::Api,
};
use crate::{
    domain::{ModelName, SiteId},
    sessions::ClientGrant,
};
use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Longest name that a site may have for a user, in characters.
const USER_MAX_CHARS: usize = 200;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(create))
}

/// A server that knows the passcode; `401`, counted by the throttle, for everybody else.
struct KnowsPasscode;

impl FromRequestParts<Api> for KnowsPasscode {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let ClientAddress(address) = ClientAddress::of(&parts.headers, &parts.extensions, api);
        let guess = bearer(&parts.headers).unwrap_or_default();
        admit_by_passcode(api, address, guess).await.map(|()| Self)
    }
}

/// Whom to let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientSecretRequest {
    /// The site.
    site_id: SiteId,
    /// The site's key for the provider: 1–500 visible ASCII characters.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    api_key: SecretString,
    /// The site's own name for its user, 1–200 characters: the owner of threads and notes, on
    /// every device. Without it, a visitor.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    user_id: Option<String>,
    /// The model that answers.
    #[schema(nullable = false)]
    model: Option<ModelName>,
}

/// What the page signs in with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientSecret {
    /// Good once.
    client_secret: String,
    /// When it can no longer be used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Make a client secret.
///
/// From server to server, with `Authorization: Bearer <APP_PASSCODE>`. Good for one sign-in within
/// 5 minutes.
#[utoipa::path(
    post,
    operation_id = "create_client_secret",
    path = "/api/client-secrets",
    tag = "embedding",
    security(("passcode" = [])),
    request_body = ClientSecretRequest,
    responses(
        (status = 201, body = ClientSecret),
        (status = 401, description = "`wrong_passcode`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`site_not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: 10 failures from this address within 15 minutes", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create(
    State(api): State<Api>,
    _: KnowsPasscode,
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
    if api.sites.get(&request.site_id).is_none() {
        return Err(ApiError::SiteNotFound);
    }
    let grant = ClientGrant {
        site_id: request.site_id,
        api_key,
        user_id: request.user_id,
        model: request.model,
    };
    let issued = api.sessions.grant(&grant).await?;
    let secret = ClientSecret {
        client_secret: issued.secret.expose_secret().to_owned(),
        expires_at: issued.expires_at,
    };
    Ok((StatusCode::CREATED, Json(secret)))
}
