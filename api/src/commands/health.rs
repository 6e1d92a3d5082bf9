//! `smooth-operator health`: requests `/health` of the server in this environment. Part of the
//! program, so that the image needs neither a shell nor curl.

use crate::app::AppError;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(3);

/// Succeeds when `/health` answers 200.
pub(super) async fn ask(look_up: impl Fn(&str) -> Option<String>) -> Result<(), AppError> {
    let address = address(look_up)?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .build()?;
    let answer = http.get(format!("http://{address}/health")).send().await;
    match answer {
        Ok(answer) if answer.status() == 200 => Ok(()),
        Ok(answer) => Err(format!("{address} answered {}", answer.status()).into()),
        Err(error) => Err(format!("{address} does not answer: {}", error.without_url()).into()),
    }
}

/// Reads only the address, since health checks must not fail for lack of a secret.
fn address(look_up: impl Fn(&str) -> Option<String>) -> Result<SocketAddr, AppError> {
    let get = |name: &str| look_up(name).filter(|value| !value.trim().is_empty());
    let host = match get("HOST") {
        Some(host) => host
            .trim()
            .parse()
            .map_err(|_| "HOST must be an IP address")?,
        None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    let port = match get("PORT") {
        Some(port) => port
            .trim()
            .parse()
            .map_err(|_| "PORT must be a number from 0 to 65535")?,
        None => 8000,
    };
    // Connect to loopback when bound to a wildcard address.
    let host = match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    Ok(SocketAddr::new(host, port))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn connects_to_loopback_for_wildcard_addresses() {
        let at = |host: &str, port: &str| {
            address(|name| {
                let value = if name == "HOST" { host } else { port };
                Some(value.to_owned())
            })
            .map(|address| address.to_string())
        };
        assert_eq!(at("", "").unwrap(), "127.0.0.1:8000");
        assert_eq!(at("::", "80").unwrap(), "[::1]:80");
        assert_eq!(at("10.0.0.7", "80").unwrap(), "10.0.0.7:80");
        assert!(at("localhost", "").is_err() && at("", "http").is_err());
    }
}
