//! Reads single values, and gathers what is wrong with them.

use super::{environment::Environment, log_format::LogFormat};
use crate::domain::is_origin;
use ipnet::IpNet;
use secrecy::SecretString;
use std::{net::IpAddr, str::FromStr, time::Duration};

/// Shortest secret that cookies may be signed with, in bytes (RFC 2104 asks for the hash's length).
const SECRET_MIN_BYTES: usize = 32;

/// Reads values and collects what is wrong with them.
pub(super) struct Reader {
    pub(super) environment: Environment,
    /// A sentence each, which begins with the variable.
    pub(super) faults: Vec<String>,
}

impl Reader {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.environment.get(name)
    }

    pub(super) fn fault(&mut self, name: &str, what: &str) {
        self.faults.push(format!("{name} {what}"));
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.get(name)
            .map_or_else(|| default.to_owned(), |value| value.trim().to_owned())
    }

    pub(super) fn required(&mut self, name: &str, what: &str) -> String {
        self.get(name).unwrap_or_else(|| {
            self.fault(name, &format!("is not set: {what}"));
            String::new()
        })
    }

    pub(super) fn parse<T: FromStr>(&mut self, name: &str, default: T, what: &str) -> T {
        let Some(text) = self.get(name) else {
            return default;
        };
        text.trim().parse().unwrap_or_else(|_| {
            self.fault(name, &format!("must be {what}"));
            default
        })
    }

    pub(super) fn seconds(&mut self, name: &str, default: u64) -> Duration {
        let what = "a whole number of seconds, from 1 to 31536000";
        let seconds = self.parse(name, default, what);
        if !(1..=31_536_000).contains(&seconds) {
            self.fault(name, &format!("must be {what}"));
        }
        Duration::from_secs(seconds)
    }

    pub(super) fn count(&mut self, name: &str, default: usize) -> usize {
        let what = "a whole number, from 1 to 10000000";
        let count = self.parse(name, default, what);
        if !(1..=10_000_000).contains(&count) {
            self.fault(name, &format!("must be {what}"));
        }
        count
    }

    pub(super) fn session_secrets(&mut self) -> Vec<SecretString> {
        let text = self.required("SESSION_SECRET", "a random text of at least 32 bytes");
        let secrets: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .collect();
        if !text.is_empty()
            && !secrets
                .iter()
                .all(|secret| secret.len() >= SECRET_MIN_BYTES)
        {
            self.fault(
                "SESSION_SECRET",
                "must have at least 32 bytes; each of them, when there are several",
            );
        }
        secrets.into_iter().map(SecretString::from).collect()
    }

    pub(super) fn origins(&mut self) -> Vec<String> {
        let text = self.required(
            "CORS_ORIGINS",
            "the web app's origins, such as https://chat.example",
        );
        let origins: Vec<String> = text
            .split(',')
            .map(|o| o.trim().to_owned())
            .filter(|o| !o.is_empty())
            .collect();
        for origin in &origins {
            if !is_origin(origin) {
                self.fault(
                    "CORS_ORIGINS",
                    &format!("has {origin:?}, which is no origin: scheme and host, a port if need be, and no path, such as https://chat.example"),
                );
            }
        }
        origins
    }

    pub(super) fn log_format(&mut self) -> LogFormat {
        match self.text("LOG_FORMAT", "text").as_str() {
            "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => {
                self.fault("LOG_FORMAT", "must be text or json");
                LogFormat::Text
            }
        }
    }

    pub(super) fn url(&mut self, name: &str, schemes: &[&str]) -> Option<SecretString> {
        let text = self.get(name)?;
        let known = text
            .split_once("://")
            .is_some_and(|(scheme, _)| schemes.contains(&scheme));
        if !known {
            self.fault(
                name,
                &format!("must begin with {}://", schemes.join(":// or ")),
            );
        }
        Some(text.into())
    }

    pub(super) fn networks(&mut self) -> Vec<IpNet> {
        let text = self.text("TRUSTED_PROXIES", "");
        let mut networks = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part
                .parse::<IpNet>()
                .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
            {
                Ok(network) => networks.push(network),
                Err(_) => self.fault(
                    "TRUSTED_PROXIES",
                    &format!("has {part:?}, which is no address or CIDR, such as 10.0.0.0/8"),
                ),
            }
        }
        networks
    }
}
