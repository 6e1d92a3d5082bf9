//! Copies a provider's answers unparsed: `make bench` compares the API with this program. It has
//! the same HTTP server and client, and no limits or checks. Not for use.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use clap::Parser;

#[derive(Parser)]
struct Options {
    /// Port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// The address to which requests go, without a path.
    #[arg(long)]
    upstream: String,
}

#[derive(Clone)]
struct Relay {
    http: reqwest::Client,
    upstream: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let relay = Relay {
        http: reqwest::Client::builder().no_proxy().build()?,
        upstream: options.upstream,
    };
    let address = SocketAddr::from(([127, 0, 0, 1], options.port));
    let listener = tokio::net::TcpListener::bind(address).await?;
    let app = Router::new().fallback(pass_on).with_state(relay);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn pass_on(
    State(relay): State<Relay>,
    method: axum::http::Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = relay
        .http
        .request(method, format!("{}{}", relay.upstream, uri.path()))
        .body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(answer) => {
            let status = answer.status();
            let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
            let mut response = (status, Body::from_stream(answer.bytes_stream())).into_response();
            if let Some(kind) = kind {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            response
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
