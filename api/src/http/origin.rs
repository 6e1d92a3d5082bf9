//! CSRF protection: only pages of listed origins may change anything.
//!
//! Another site's page can make a browser send requests with our cookies. Browsers say where a
//! request comes from in `Sec-Fetch-Site` and `Origin`.

use super::{error::ApiError, extract::bearer, state::Api};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// On the routes only, so that 404 and 405 come first.
pub(super) async fn check(State(api): State<Api>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || is_allowed(request.headers(), request.uri(), &api.options.cors_origins) {
        next.run(request).await
    } else {
        ApiError::OriginNotAllowed.into_response()
    }
}

/// `listed`: origins as browsers spell them.
fn is_allowed(headers: &HeaderMap, uri: &Uri, listed: &[String]) -> bool {
    // Unlike cookies and Basic credentials, browsers never add a bearer token by themselves, and a
    // cross-origin page that adds one needs our permission (CORS).
    if bearer(headers).is_some() {
        return true;
    }
    let (Ok(site), Ok(origin)) = (one(headers, &SEC_FETCH_SITE), one(headers, &header::ORIGIN))
    else {
        return false;
    };
    if matches!(site, Some("same-origin" | "none")) {
        return true;
    }
    match origin {
        Some(origin) if listed.iter().any(|one| one == origin) => true,
        // A browser without `Sec-Fetch-Site`, or not a browser.
        Some(origin) => site.is_none() && is_asked_host(origin, headers, uri),
        None => site.is_none(),
    }
}

/// The header's value; `Err` when there are several values or it is not text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(drop),
        _ => Err(()),
    }
}

fn is_asked_host(origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
    let Ok(host) = one(headers, &header::HOST) else {
        return false;
    };
    let Some(host) = host.or_else(|| uri.authority().map(Authority::as_str)) else {
        return false;
    };
    let (authority, default_port) = match origin.split_once("://") {
        Some(("https", authority)) => (authority, 443),
        Some(("http", authority)) => (authority, 80),
        _ => return false,
    };
    let parse = |text: &str| {
        let authority = text
            .parse::<Authority>()
            .ok()
            .filter(|_| !text.contains('@'))?;
        let port = authority.port_u16().unwrap_or(default_port);
        Some((authority.host().to_ascii_lowercase(), port))
    };
    let asked = parse(host);
    asked.is_some() && asked == parse(authority)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::HeaderValue;

    fn allowed(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let listed = [
            "https://app.example".to_owned(),
            "http://localhost:8080".to_owned(),
        ];
        is_allowed(&headers, &Uri::from_static("/api/login"), &listed)
    }

    const HOST: (&str, &str) = ("host", "chat.example:8443");

    #[test]
    fn admits_our_pages_listed_pages_and_other_clients() {
        for lines in [
            &[HOST][..],
            &[HOST, ("sec-fetch-site", "same-origin")],
            &[
                HOST,
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://chat.example:8443"),
            ],
            &[HOST, ("sec-fetch-site", "none")],
            &[
                HOST,
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://app.example"),
            ],
            &[
                HOST,
                ("sec-fetch-site", "same-site"),
                ("origin", "http://localhost:8080"),
            ],
            &[HOST, ("origin", "https://app.example")],
            &[HOST, ("origin", "https://chat.example:8443")],
            &[HOST, ("origin", "http://chat.example:8443")],
            &[("host", "CHAT.example"), ("origin", "https://chat.example")],
            &[
                ("host", "chat.example:443"),
                ("origin", "https://chat.example"),
            ],
            &[
                ("host", "chat.example"),
                ("origin", "http://chat.example:80"),
            ],
            &[("host", "[::1]:8000"), ("origin", "http://[::1]:8000")],
            &[
                HOST,
                ("authorization", "Bearer x"),
                ("origin", "https://evil.example"),
            ],
            &[
                HOST,
                ("authorization", "bearer x"),
                ("sec-fetch-site", "cross-site"),
            ],
        ] {
            assert!(allowed(lines), "{lines:?}");
        }
    }

    #[test]
    fn admits_one_process_only() {
        for lines in [
            &[HOST, ("sec-fetch-site", "cross-site")][..],
            &[HOST, ("sec-fetch-site", "same-site")],
            &[
                HOST,
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ],
            // `Sec-Fetch-Site` is right even when a proxy has rewritten `Host`.
            &[
                HOST,
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://chat.example:8443"),
            ],
            &[HOST, ("sec-fetch-site", "Same-Origin")],
            &[HOST, ("sec-fetch-site", "")],
            &[HOST, ("origin", "https://evil.example")],
            &[HOST, ("origin", "https://chat.example")],
            &[HOST, ("origin", "https://chat.example:8444")],
            &[HOST, ("origin", "https://chat.example:8443.evil.example")],
            &[HOST, ("origin", "https://app.example.evil.example")],
            &[HOST, ("origin", "https://user@chat.example:8443")],
            &[HOST, ("origin", "https://app.example/")],
            &[HOST, ("origin", "null")],
            &[HOST, ("origin", "")],
            &[HOST, ("origin", "chat.example:8443")],
            &[HOST, ("origin", "ftp://chat.example:8443")],
            &[
                HOST,
                ("origin", "https://app.example"),
                ("origin", "https://evil.example"),
            ],
            &[
                HOST,
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[("origin", "https://chat.example:8443")],
            // Browsers repeat Basic credentials by themselves, whatever page asks.
            &[
                HOST,
                ("authorization", "Basic x"),
                ("origin", "https://evil.example"),
            ],
        ] {
            assert!(!allowed(lines), "{lines:?}");
        }
    }
}
