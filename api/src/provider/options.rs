//! The provider's address, the way to reach it, and time limits.

use reqwest::Url;
use std::{str::FromStr, time::Duration};

/// The API to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Api {
    /// Responses where the host is known to support it, otherwise Chat Completions; what a provider
    /// says about it is remembered.
    #[default]
    Auto,
    /// Responses only.
    Responses,
    /// Chat Completions only.
    Chat,
}

impl FromStr for Api {
    type Err = InvalidApi;

    fn from_str(text: &str) -> Result<Self, InvalidApi> {
        match text {
            "auto" => Ok(Self::Auto),
            "responses" => Ok(Self::Responses),
            "chat" => Ok(Self::Chat),
            _ => Err(InvalidApi),
        }
    }
}

/// The text is not the name of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be auto, responses or chat")]
pub struct InvalidApi;

/// The provider's address, the way to reach it, and time limits.
#[derive(Debug, Clone)]
pub struct ProviderOptions {
    /// The base of `/responses`, `/chat/completions` and `/models`.
    pub base_url: String,
    /// The API to use.
    pub api: Api,
    /// The proxy for all requests, also to this machine: `http`, `https`, `socks5` or `socks5h`. It
    /// resolves the provider's name.
    pub proxy: Option<String>,
    /// Certificates (PEM) to trust in addition to the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// For the connection, TLS included.
    pub connect_timeout: Duration,
    /// From the request to the first byte of the answer's body.
    pub first_byte_timeout: Duration,
    /// Between two pieces of the answer.
    pub idle_timeout: Duration,
    /// For all of `GET /models`.
    pub models_timeout: Duration,
    /// Longest `Retry-After` that is respected; after a longer one there is no retry.
    pub retry_after_cap: Duration,
}

impl ProviderOptions {
    /// The limits of the contract: 10 s to connect, 90 s to the first byte, 60 s between two, 10 s
    /// for the list of models, retries after at most 10 s.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api: Api::Auto,
            proxy: None,
            ca_pem: None,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(90),
            idle_timeout: Duration::from_secs(60),
            models_timeout: Duration::from_secs(10),
            retry_after_cap: Duration::from_secs(10),
        }
    }
}

/// Why the options are invalid. Never contains a URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProvider {
    /// Not a URL, or one without a host.
    #[error("the provider's base URL is not a valid absolute URL")]
    NotAUrl,
    /// Neither http nor https.
    #[error("the provider's base URL must begin with http:// or https://")]
    Scheme,
    /// A user name or password, which would end up in logs.
    #[error("the provider's base URL must not contain a user name or password")]
    Credentials,
    /// Paths are appended to the base, so nothing may follow its own path.
    #[error("the provider's base URL must not contain a query or fragment")]
    QueryOrFragment,
    /// Not a proxy's URL.
    #[error("the proxy must be a URL that begins with http://, https://, socks5:// or socks5h://")]
    Proxy,
    /// No valid certificate in the file.
    #[error("the CA file must hold certificates in PEM form")]
    CaFile,
    /// The TLS library could not start, most likely for lack of certificates.
    #[error("the HTTP client cannot start; are the system's CA certificates installed?")]
    Client,
}

/// Calls that are pasted along with the base URL.
const CALLS: [&str; 3] = ["/chat/completions", "/responses", "/models"];

/// The base URL without a slash or a call at its end.
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
    let base = url.as_str().trim_end_matches('/');
    let call = CALLS.iter().find_map(|call| base.strip_suffix(call));
    Ok(call.unwrap_or(base).to_owned())
}

/// The proxy as the client expects it. A `socks5` proxy resolves names, which is written `socks5h`.
pub(super) fn checked_proxy(text: &str) -> Result<String, InvalidProvider> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| InvalidProvider::Proxy)?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(InvalidProvider::Proxy);
    }
    match url.scheme() {
        "http" | "https" | "socks5h" => Ok(text.to_owned()),
        "socks5" => Ok(format!("socks5h{}", &text["socks5".len()..])),
        _ => Err(InvalidProvider::Proxy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_plain_http_base_urls_only() {
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
            (
                "http://localhost:8000/v1/chat/completions",
                Ok("http://localhost:8000/v1"),
            ),
            ("https://host/v1/responses/", Ok("https://host/v1")),
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
            let expected = expected.map(str::to_owned);
            assert_eq!(checked_base_url(text), expected, "{text}");
        }
    }

    #[test]
    fn supports_four_kinds_of_proxies() {
        let rows = [
            ("http://proxy:3128", Ok("http://proxy:3128")),
            ("https://me:pw@proxy", Ok("https://me:pw@proxy")),
            ("socks5://proxy:1080", Ok("socks5h://proxy:1080")),
            ("socks5h://proxy:1080", Ok("socks5h://proxy:1080")),
            ("socks4://proxy", Err(InvalidProvider::Proxy)),
            ("ftp://proxy", Err(InvalidProvider::Proxy)),
            ("proxy:3128", Err(InvalidProvider::Proxy)),
            ("http://", Err(InvalidProvider::Proxy)),
            ("", Err(InvalidProvider::Proxy)),
        ];
        for (text, expected) in rows {
            let expected = expected.map(str::to_owned);
            assert_eq!(checked_proxy(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_the_name_of_an_api() {
        assert_eq!("auto".parse(), Ok(Api::Auto));
        assert_eq!("responses".parse(), Ok(Api::Responses));
        assert_eq!("chat".parse(), Ok(Api::Chat));
        for bad in ["", "Chat", "completions"] {
            assert_eq!(bad.parse::<Api>(), Err(InvalidApi), "{bad}");
        }
    }
}
