//! Origins of web pages.

/// Whether `text` is an origin as browsers send it in `Origin` (RFC 6454, section 6.2): scheme and
/// host in lower case, a port only if it is not the default, and nothing else.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let Some(authority) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => return is_ipv6(address),
            Some((address, port)) if is_ipv6(address) => ("v6", port.strip_prefix(':')),
            _ => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => return is_host(authority),
        },
    };
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    is_host(host) && port.is_some_and(|port| digits(port) && port.parse::<u16>().is_ok())
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// RFC 952 does not allow underscores, but browsers and private networks use them.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_browsers_send_and_nothing_else() {
        for good in [
            "https://chat.example",
            "http://localhost:8080",
            "https://a_b.example:8443",
            "http://[::1]:3000",
            "http://[2001:db8::1]",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "https://",
            "https://:80",
            "https://Chat.example",
            "https://chat.example/",
            "https://chat.example:",
            "https://chat.example:99999",
            "https://chat.example:+80",
            "https://user@chat.example",
            "https://[::1",
            "https://[chat]",
            "https://a]b",
            "ftp://chat.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
