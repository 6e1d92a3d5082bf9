//! Reads single variables and collects faults.

use super::{database_url::DatabaseUrl, environment::Environment, log_format::LogFormat};
use crate::domain::{InvalidProxies, TrustedProxies, is_origin};
use secrecy::SecretString;
use std::{ops::RangeInclusive, str::FromStr, time::Duration};

/// Shortest secret, in bytes: the output length of the hash it is used with (RFC 2104, section 3).
const SECRET_MIN_BYTES: usize = 32;

pub(super) struct Reader {
    pub(super) environment: Environment,
    /// Each begins with the variable's name.
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

    pub(super) fn whole(
        &mut self,
        name: &str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> usize {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        let number = self.parse(name, default, &what);
        if !range.contains(&number) {
            self.fault(name, &format!("must be {what}"));
        }
        number
    }

    pub(super) fn seconds(&mut self, name: &str, default: usize) -> Duration {
        Duration::from_secs(self.whole(name, default, 1..=31_536_000) as u64)
    }

    pub(super) fn drain(&mut self) -> Duration {
        Duration::from_secs(self.whole("DRAIN_SECONDS", 5, 0..=3600) as u64)
    }

    pub(super) fn days(&mut self, name: &str) -> Option<Duration> {
        self.get(name)?;
        let days = self.whole(name, 1, 1..=36_500) as u64;
        Some(Duration::from_secs(days * 24 * 3600))
    }

    fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn required_list<T>(
        &mut self,
        name: &str,
        what: &str,
        read: impl Fn(&mut Self, &str) -> Vec<T>,
    ) -> Vec<T> {
        if self.list(name).is_empty() {
            self.fault(name, &format!("is not set: {what}"));
            return Vec::new();
        }
        read(self, name)
    }

    pub(super) fn secrets(&mut self, name: &str) -> Vec<SecretString> {
        let secrets = self.list(name);
        if secrets.iter().any(|secret| secret.len() < SECRET_MIN_BYTES) {
            self.fault(
                name,
                "must have at least 32 bytes; each of them, when there are several",
            );
        }
        if secrets.is_empty() && self.get(name).is_some() {
            self.fault(name, "has only commas; give a secret, or leave it out");
        }
        secrets.into_iter().map(SecretString::from).collect()
    }

    pub(super) fn origins(&mut self, name: &str) -> Vec<String> {
        let origins = self.list(name);
        for origin in origins.iter().filter(|origin| !is_origin(origin)) {
            self.fault(
                name,
                &format!("has {origin:?}, which is not an origin: give scheme and host in lower case, a port if it has one, and no path, such as https://chat.example"),
            );
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

    pub(super) fn database_url(&mut self) -> Option<DatabaseUrl> {
        let url = self.get("DATABASE_URL")?.parse();
        url.map_err(|error| self.fault("DATABASE_URL", &format!("must {error}")))
            .ok()
    }

    pub(super) fn trusted_proxies(&mut self) -> TrustedProxies {
        self.text("TRUSTED_PROXIES", "")
            .parse()
            .unwrap_or_else(|error: InvalidProxies| {
                self.fault("TRUSTED_PROXIES", &format!("{error}"));
                TrustedProxies::none()
            })
    }
}
