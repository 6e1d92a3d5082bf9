//! `/api/settings`: the session's API key and model.

use super::{
    error::{ApiError, Problem},
    extract::{Body, NoBody, SignedIn},
    models::{fallback, refusal},
    session_view::SessionView,
    state::Api,
};
use crate::domain::{ApiKey, KeySource, ModelName, Session};
use axum::{Json, extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(save, forget))
}

/// The changes: at least one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The provider's key: 1–500 visible ASCII characters.
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 500)]
    api_key: Option<SecretString>,
    /// The model to use.
    #[schema(nullable = false)]
    model: Option<ModelName>,
}

fn key(text: &SecretString) -> Result<ApiKey, ApiError> {
    text.expose_secret()
        .parse()
        .map_err(|error| ApiError::invalid(format!("api_key: {error}")))
}

fn refuse_site_key(session: &Session) -> Result<(), ApiError> {
    match session.key_source {
        Some(KeySource::Site) => Err(ApiError::KeyManagedBySite),
        Some(KeySource::User) | None => Ok(()),
    }
}

/// Save the key or the model.
///
/// The key is first tried with the provider; if that fails, the previous one is kept.
#[utoipa::path(
    post,
    path = "/api/settings",
    tag = "session",
    request_body = Settings,
    responses(
        (status = 200, body = SessionView),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`key_managed_by_site`, `origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`api_key_rejected`, `invalid_request`", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`provider_unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn save(
    State(api): State<Api>,
    signed_in: SignedIn,
    Body(settings): Body<Settings>,
) -> Result<Json<SessionView>, ApiError> {
    let Settings { api_key, model } = settings;
    let api_key = api_key.as_ref().map(key).transpose()?;
    if api_key.is_none() && model.is_none() {
        return Err(ApiError::invalid("api_key: give api_key, model, or both."));
    }
    refuse_site_key(&signed_in.session)?;
    let offered = match &api_key {
        Some(key) => api
            .provider
            .try_key(key)
            .await
            .map_err(|error| refusal(&error))?,
        None => None,
    };
    let change = |session: &mut Session| {
        if let Some(key) = &api_key {
            session.api_key = Some(key.clone());
            session.key_source = Some(KeySource::User);
            session.fallback_model = fallback(offered.as_ref(), &api.options.default_model);
        }
        if let Some(model) = &model {
            session.model = Some(model.clone());
        }
    };
    let session = api.sessions.update(&signed_in.id, change).await?;
    let session = session.ok_or(ApiError::NotSignedIn)?;
    Ok(Json(SessionView::signed_in(
        &api,
        &session,
        signed_in.expires_at,
        None,
    )))
}

/// Delete the key.
#[utoipa::path(
    delete,
    path = "/api/settings",
    tag = "session",
    responses(
        (status = 204, description = "Forgotten"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`key_managed_by_site`, `origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn forget(
    State(api): State<Api>,
    signed_in: SignedIn,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    refuse_site_key(&signed_in.session)?;
    let change = |session: &mut Session| {
        session.api_key = None;
        session.key_source = None;
        session.fallback_model = None;
    };
    let session = api.sessions.update(&signed_in.id, change).await?;
    session
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or(ApiError::NotSignedIn)
}
