//! `/openapi.json`: all routes, errors and events, generated from the types.

mod complete;

use super::error::{Problem, ProblemCode};
use crate::domain::RunEvent;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, Ref, RefOr, Response, ResponseBuilder,
        path::{HttpMethod, Operation},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "SmoothOperator",
        description = "A self-hosted multi-agent chat that any site can embed.",
    ),
    tags(
        (name = "session", description = "Signing in, the key and the model"),
        (name = "chat", description = "Messages and the runs that answer them"),
        (name = "threads", description = "What was said"),
        (name = "notes", description = "What the agents keep"),
        (name = "mcp", description = "Tokens for MCP clients"),
        (name = "embedding", description = "Sites and client secrets"),
        (name = "operations", description = "For operators"),
    ),
    components(schemas(RunEvent, Problem, ProblemCode)),
    security(("session" = []), ("embed" = []), ("bearer" = [])),
    modifiers(&SecuritySchemes),
)]
pub(super) struct Description;

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let cookie = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, text)))
        };
        let bearer = |text: &str| {
            let scheme = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(text));
            SecurityScheme::Http(scheme.build())
        };
        let components = openapi.components.get_or_insert_default();
        for (name, scheme) in [
            (
                "session",
                cookie("__Host-so_session", "Set by signing in at top level."),
            ),
            (
                "embed",
                cookie(
                    "__Host-so_embed",
                    "Set by signing in with `X-SO-Context: embed`.",
                ),
            ),
            (
                "bearer",
                bearer("The `token` that a sign-in in the `embed` context returns."),
            ),
            (
                "site_secret",
                bearer("`SITE_SECRET`, or the site's own secret; from server to server."),
            ),
            (
                "mcp",
                bearer("The `token` that `POST /api/mcp-tokens` gives."),
            ),
            (
                "metrics",
                bearer("`METRICS_TOKEN`, where the operator has set one."),
            ),
        ] {
            components.add_security_scheme(name, scheme);
        }
    }
}

pub(super) fn document(mut openapi: utoipa::openapi::OpenApi) -> String {
    for item in openapi.paths.paths.values_mut() {
        for (method, operation) in [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ] {
            if let Some(operation) = operation {
                add_common_errors(&method, operation);
            }
        }
    }
    let mut document = serde_json::to_value(&openapi).unwrap_or_default();
    complete::complete(&mut document);
    format!("{document:#}")
}

/// The errors that follow from a route's method and body.
fn add_common_errors(method: &HttpMethod, operation: &mut Operation) {
    let mut common = vec![
        ("500", "`internal_error`"),
        ("503", "`overloaded`: too much to do, or a store is away"),
    ];
    if *method != HttpMethod::Get {
        common.push(("403", "`origin_not_allowed`"));
        common.push(("408", "`request_timeout`"));
        common.push(("413", "`payload_too_large`"));
        common.push(("415", "`unsupported_media_type`"));
        common.push(("400", "`malformed_json`"));
        common.push(("422", "`invalid_request`"));
    }
    for (status, description) in common {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}
