//! The scheme of the caller's request: http or https.

use super::{address::believes_peer, state::Api};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::convert::Infallible;

/// TLS ends at a proxy, so trusted proxies report the scheme in `X-Forwarded-Proto`, a list of
/// which the first entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scheme(pub(super) &'static str);

impl FromRequestParts<Api> for Scheme {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let forwarded = parts.headers.get("x-forwarded-proto");
        let forwarded = forwarded.and_then(|value| value.to_str().ok());
        let believed = believes_peer(&parts.extensions, api);
        Ok(Self(of(forwarded.filter(|_| believed))))
    }
}

fn of(forwarded: Option<&str>) -> &'static str {
    let first = forwarded.and_then(|list| list.split(',').next());
    match first {
        Some(first) if first.trim().eq_ignore_ascii_case("https") => "https",
        _ => "http",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_list_counts_in_any_case() {
        for secure in ["https", "HTTPS", "https, http", " Https ,http"] {
            assert_eq!(of(Some(secure)), "https", "{secure}");
        }
        for plain in ["http", "http, https", "", "wss", "httpss"] {
            assert_eq!(of(Some(plain)), "http", "{plain}");
        }
        assert_eq!(of(None), "http");
    }
}
