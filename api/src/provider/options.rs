//! Where the provider is and how long it may take.

use reqwest::Url;
use std::time::Duration;

/// Where the provider is and how patient we are with it.
#[derive(Debug, Clone)]
pub struct ProviderOptions {
    /// What `/chat/completions` and `/models` are appended to.
    pub base_url: String,
    /// For the connection, TLS included.
    pub connect_timeout: Duration,
    /// From the request to the first byte of the answer's body.
    pub first_byte_timeout: Duration,
    /// Between two pieces of the answer.
    pub idle_timeout: Duration,
    /// For the whole of `GET /models`.
    pub models_timeout: Duration,
    /// The longest `Retry-After` that is waited for; with a longer one there is no retry.
    pub retry_after_cap: Duration,
}

impl ProviderOptions {
    /// The limits of the contract: 10 s to connect, 90 s to the first byte, 60 s between two,
    /// 10 s for the list of models, retries after at most 10 s.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(90),
            idle_timeout: Duration::from_secs(60),
            models_timeout: Duration::from_secs(10),
            retry_after_cap: Duration::from_secs(10),
        }
    }
}

/// Why no provider can be made of the options. Never repeats the URL: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProvider {
    /// No URL, or one without a host.
    #[error("the provider's base URL is not a valid absolute URL")]
    NotAUrl,
    /// Something else than http and https.
    #[error("the provider's base URL must begin with http:// or https://")]
    Scheme,
    /// A user name or password: it would end up in logs.
    #[error("the provider's base URL must not contain a user name or password")]
    Credentials,
    /// Paths are appended to the base, so nothing may follow its own path.
    #[error("the provider's base URL must not contain a query or fragment")]
    QueryOrFragment,
    /// The TLS library could not start (no certificates, most likely).
    #[error("the HTTP client cannot start; are the system's CA certificates installed?")]
    Client,
}

/// The base URL as requests use it: checked, without a slash at its end.
pub(super) fn checked_base_url(text: &str) -> Result<String, InvalidProvider> {
    let url = Url::parse(text.trim()).map_err(|_| InvalidProvider::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(InvalidProvider::Scheme);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(InvalidProvider::NotAUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidProvider::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(InvalidProvider::QueryOrFragment);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_plain_http_bases() {
        let rows = [
            ("https://api.openai.com/v1", Ok("https://api.openai.com/v1")),
            (
                "https://api.openai.com/v1//",
                Ok("https://api.openai.com/v1"),
            ),
            (
                " http://localhost:11434/v1/ ",
                Ok("http://localhost:11434/v1"),
            ),
            ("http://[::1]:80", Ok("http://[::1]")),
            ("", Err(InvalidProvider::NotAUrl)),
            ("/v1", Err(InvalidProvider::NotAUrl)),
            ("https://", Err(InvalidProvider::NotAUrl)),
            ("file:///etc/passwd", Err(InvalidProvider::Scheme)),
            ("ftp://host/v1", Err(InvalidProvider::Scheme)),
            ("https://user@host/v1", Err(InvalidProvider::Credentials)),
            ("https://:pw@host/v1", Err(InvalidProvider::Credentials)),
            ("https://host/v1?a=b", Err(InvalidProvider::QueryOrFragment)),
            ("https://host/v1#a", Err(InvalidProvider::QueryOrFragment)),
        ];
        for (text, expected) in rows {
            assert_eq!(
                checked_base_url(text),
                expected.map(str::to_owned),
                "{text}"
            );
        }
    }
}
