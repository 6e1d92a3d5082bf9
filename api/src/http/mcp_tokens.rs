//! `/api/mcp-tokens`: tokens with which MCP clients access the caller's notes.

use super::{
    error::{ApiError, Problem},
    extract::{NoBody, SignedIn},
    scheme::Scheme,
    state::Api,
};
use crate::sessions::{IssueError, McpTokenInfo};
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header, uri::Authority},
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(revoke))
}

/// A new token, shown only once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewMcpToken {
    /// For `Authorization: Bearer <token>`.
    token: String,
    /// The address to connect to.
    url: String,
    /// When it expires: in 30 days.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A token in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct McpToken {
    /// The id, for revoking it.
    id: String,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it expires.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When a client last used it, to the minute; null if never.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl From<McpTokenInfo> for McpToken {
    fn from(token: McpTokenInfo) -> Self {
        let McpTokenInfo {
            id,
            created_at,
            expires_at,
            last_used_at,
        } = token;
        Self {
            id,
            created_at,
            expires_at,
            last_used_at,
        }
    }
}

/// All tokens of an owner.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct McpTokenList {
    /// Newest first.
    items: Vec<McpToken>,
}

/// Create a token.
#[utoipa::path(
    post,
    operation_id = "create_mcp_token",
    path = "/api/mcp-tokens",
    tag = "mcp",
    responses(
        (status = 201, body = NewMcpToken),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`limit_reached`: 50 tokens", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create(
    State(api): State<Api>,
    signed_in: SignedIn,
    Scheme(scheme): Scheme,
    headers: HeaderMap,
    _: NoBody,
) -> Result<(StatusCode, Json<NewMcpToken>), ApiError> {
    let issued = match api.sessions.issue_mcp_token(&signed_in.session.owner).await {
        Ok(issued) => issued,
        Err(IssueError::LimitReached) => {
            return Err(ApiError::LimitReached(
                "There are 50 tokens already. Revoke one first.",
            ));
        }
        Err(IssueError::OwnerForgotten) => return Err(ApiError::NotSignedIn),
        Err(IssueError::Store(error)) => return Err(error.into()),
    };
    let token = NewMcpToken {
        token: issued.token.expose_secret().to_owned(),
        url: url(&headers, scheme),
        expires_at: issued.expires_at,
    };
    Ok((StatusCode::CREATED, Json(token)))
}

/// The address of `/mcp` as the caller sees this server. The `Host` header is good enough, since
/// only the caller receives the address.
fn url(headers: &HeaderMap, scheme: &str) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match host.filter(|host| host.parse::<Authority>().is_ok()) {
        Some(host) => format!("{scheme}://{host}/mcp"),
        None => "/mcp".to_owned(),
    }
}

/// List the tokens.
#[utoipa::path(
    get,
    operation_id = "list_mcp_tokens",
    path = "/api/mcp-tokens",
    tag = "mcp",
    responses(
        (status = 200, body = McpTokenList),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(api): State<Api>, signed_in: SignedIn) -> Result<Json<McpTokenList>, ApiError> {
    let tokens = api
        .sessions
        .list_mcp_tokens(&signed_in.session.owner)
        .await?;
    Ok(Json(McpTokenList {
        items: tokens.into_iter().map(McpToken::from).collect(),
    }))
}

/// Revoke a token.
#[utoipa::path(
    delete,
    path = "/api/mcp-tokens/{id}",
    tag = "mcp",
    params(("id" = String, Path, description = "From the list")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`token_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke(
    State(api): State<Api>,
    signed_in: SignedIn,
    id: Result<Path<String>, PathRejection>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::TokenNotFound)?;
    if api
        .sessions
        .revoke_mcp_token(&signed_in.session.owner, &id)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::TokenNotFound)
    }
}
