//! Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted.

use ipnet::IpNet;
use std::{fmt, net::IpAddr, str::FromStr};

const HOPS_MAX: usize = 16;

/// The trusted proxies in front of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedProxies {
    /// Proxies at these addresses.
    Networks(Vec<IpNet>),
    /// A number of proxies at any address: the caller is the n-th address from the right.
    Hops(usize),
}

impl TrustedProxies {
    /// Trust no proxy: the caller is the peer.
    #[must_use]
    pub fn none() -> Self {
        Self::Networks(Vec::new())
    }
}

/// A list of proxies that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProxies {
    /// Neither an address nor a network.
    #[error("has {0:?}, which is not an address or a CIDR such as 10.0.0.0/8")]
    Network(String),
    /// Not a number of proxies.
    #[error("must be hops:<n> with n from 1 to 16, and nothing else")]
    Hops,
}

impl FromStr for TrustedProxies {
    type Err = InvalidProxies;

    fn from_str(text: &str) -> Result<Self, InvalidProxies> {
        let text = text.trim();
        if let Some(hops) = text.strip_prefix("hops:") {
            let digits = hops.bytes().all(|byte| byte.is_ascii_digit());
            let hops = hops
                .parse()
                .ok()
                .filter(|hops| digits && (1..=HOPS_MAX).contains(hops));
            return hops.map(Self::Hops).ok_or(InvalidProxies::Hops);
        }
        let parts = text.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(|part| {
                if part.starts_with("hops:") {
                    return Err(InvalidProxies::Hops);
                }
                let network = part.parse::<IpNet>().ok();
                network
                    .or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))
                    .ok_or_else(|| InvalidProxies::Network(part.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self::Networks)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hops(hops) => write!(f, "hops:{hops}"),
            Self::Networks(networks) => {
                let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
                f.write_str(&networks.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_networks_or_a_number_of_hops() {
        for (text, shown) in [
            ("", ""),
            ("10.0.0.0/8, 192.0.2.1", "10.0.0.0/8,192.0.2.1/32"),
            ("hops:1", "hops:1"),
            (" hops:16 ", "hops:16"),
        ] {
            let proxies = text.parse::<TrustedProxies>().map(|read| read.to_string());
            assert_eq!(proxies.as_deref(), Ok(shown), "{text}");
        }
        for bad in [
            "10.0.0.0/33",
            "proxy",
            "hops:0",
            "hops:17",
            "hops:",
            "hops:+1",
            "hops:one",
            "hops:1,10.0.0.0/8",
            "10.0.0.0/8,hops:1",
        ] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
    }
}
