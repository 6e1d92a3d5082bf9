//! The caller's address, for the throttle and the log.

use super::state::Api;
use crate::domain::TrustedProxies;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, request::Parts},
};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// The caller's address: the peer's, or the forwarded one if the peer is a trusted proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientAddress(pub(super) IpAddr);

impl ClientAddress {
    pub(super) fn of(headers: &HeaderMap, extensions: &Extensions, api: &Api) -> Self {
        let peer = peer(extensions);
        let forwarded = headers.get_all("x-forwarded-for").iter();
        let forwarded: Vec<&str> = forwarded.filter_map(|value| value.to_str().ok()).collect();
        Self(resolve(peer, &forwarded, &api.options.trusted_proxies))
    }
}

impl FromRequestParts<Api> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions, api))
    }
}

pub(super) fn believes_peer(extensions: &Extensions, api: &Api) -> bool {
    match &api.options.trusted_proxies {
        TrustedProxies::Hops(_) => true,
        TrustedProxies::Networks(trusted) => {
            let peer = peer(extensions).to_canonical();
            trusted.iter().any(|network| network.contains(&peer))
        }
    }
}

/// Without a socket all callers share one address, so the throttle errs on the safe side.
fn peer(extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

/// Each proxy appends the address of its peer, so the list is read from the right.
fn resolve(peer: IpAddr, forwarded: &[&str], trusted: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    let chain = forwarded.iter().rev().flat_map(|value| value.rsplit(','));
    match trusted {
        TrustedProxies::Networks(networks) => last_stranger(peer, chain, networks),
        TrustedProxies::Hops(hops) => {
            // A chain that is too short did not pass through all proxies.
            let caller = chain.map(str::trim).nth(hops - 1).and_then(parse);
            caller.unwrap_or(peer)
        }
    }
}

/// The last address that is not a trusted proxy. Everything before it is that caller's claim.
fn last_stranger<'a>(
    peer: IpAddr,
    chain: impl Iterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut last = peer;
    for text in chain {
        let Some(address) = parse(text.trim()) else {
            break;
        };
        last = address;
        if !is_trusted(&address) {
            break;
        }
    }
    // All are trusted: a proxy asks on its own behalf, or the chain begins inside.
    last
}

fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn trusts_configured_proxies_only() {
        let trusted = "10.0.0.0/8, fd00::/8".parse().unwrap();
        for (peer, forwarded, expected) in [
            ("192.0.2.1", vec![], "192.0.2.1"),
            ("192.0.2.1", vec!["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                vec!["1.1.1.1,198.51.100.1 , 10.2.3.4"],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                vec!["1.1.1.1, 198.51.100.1", "10.2.3.4"],
                "198.51.100.1",
            ),
            ("10.0.0.1", vec!["1.1.1.1, nonsense, 10.2.3.4"], "10.2.3.4"),
            ("10.0.0.1", vec!["1.1.1.1, nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1:4711"], "198.51.100.1"),
            ("fd00::1", vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            ("fd00::1", vec!["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["10.9.9.9"], "10.9.9.9"),
        ] {
            let found = resolve(peer.parse().unwrap(), &forwarded, &trusted);
            assert_eq!(
                found,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn counts_hops_from_the_right() {
        let peer = "10.0.0.1";
        for (hops, forwarded, expected) in [
            (1, vec!["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (2, vec!["1.1.1.1, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
            (2, vec!["198.51.100.1", "10.2.3.4"], "198.51.100.1"),
            (2, vec!["198.51.100.1"], peer),
            (1, vec![], peer),
            (1, vec!["nonsense"], peer),
            (1, vec!["[2001:db8::1]:4711"], "2001:db8::1"),
        ] {
            let found = resolve(
                peer.parse().unwrap(),
                &forwarded,
                &TrustedProxies::Hops(hops),
            );
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{forwarded:?}");
        }
    }
}
