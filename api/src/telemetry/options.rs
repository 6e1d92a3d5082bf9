//! Options of the trace exporter.

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

/// Where traces are sent.
#[derive(Debug, Clone)]
pub struct TracerOptions {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the base URL of an OTLP/HTTP collector.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, separated by commas.
    pub headers: SecretString,
    /// The version of the service.
    pub version: &'static str,
}

/// Invalid options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTracing {
    /// Not the URL of a collector.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL")]
    Endpoint,
    /// Not a list of headers.
    #[error("OTEL_EXPORTER_OTLP_HEADERS must be name=value, separated by commas")]
    Headers,
    /// The HTTP client could not be built.
    #[error("the HTTP client for the collector could not be built")]
    Client,
}

impl TracerOptions {
    /// Checks the options.
    pub fn check(&self) -> Result<(), InvalidTracing> {
        self.target().map(drop)
    }

    pub(super) fn target(&self) -> Result<(Url, HeaderMap), InvalidTracing> {
        let base = self.endpoint.trim_end_matches('/');
        let url: Url = format!("{base}/v1/traces")
            .parse()
            .map_err(|_| InvalidTracing::Endpoint)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidTracing::Endpoint);
        }
        Ok((url, headers(self.headers.expose_secret())?))
    }
}

fn headers(list: &str) -> Result<HeaderMap, InvalidTracing> {
    list.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(InvalidTracing::Headers)?;
            let name: HeaderName = name.trim().parse().map_err(|_| InvalidTracing::Headers)?;
            let mut value: HeaderValue =
                value.trim().parse().map_err(|_| InvalidTracing::Headers)?;
            value.set_sensitive(true);
            Ok((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_pairs() {
        let read = headers("authorization=Bearer x=, x-team = a").unwrap_or_default();
        assert_eq!(read["authorization"], "Bearer x=");
        assert!(read["authorization"].is_sensitive());
        assert_eq!(read["x-team"], "a");
        for bad in ["authorization", "a b=c", "a=\u{1}"] {
            assert_eq!(headers(bad), Err(InvalidTracing::Headers), "{bad}");
        }
    }
}
