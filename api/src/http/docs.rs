//! `/docs`: the API's description as a page, in three small files that read `/openapi.json` and
//! load nothing from other hosts.

use super::state::Api;
use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// No inline code, nothing from other hosts, no framing, no requests to other servers.
const POLICY: &str = "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .route("/docs/docs.js", get(script))
        .route("/docs/docs.css", get(style))
}

/// Read this description as a page.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "operations",
    security(()),
    responses((status = 200, description = "HTML", body = String, content_type = "text/html"))
)]
async fn page() -> Response {
    file("text/html; charset=utf-8", include_str!("docs/docs.html"))
}

async fn script() -> Response {
    file(
        "text/javascript; charset=utf-8",
        include_str!("docs/docs.js"),
    )
}

async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("docs/docs.css"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        // A new version has new files.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
