//! Web addresses: which ones a browser, or we, can open, and which hosts are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, ParseError, Url};

const MAX_BYTES: usize = 2_048;

/// Returns the address with a lowercase scheme, or the reason why `https` cannot open it. A reason never shows the
/// address.
pub fn https(text: &str) -> Result<String, &'static str> {
    if text.len() > MAX_BYTES {
        return Err("must be at most 2,048 bytes long");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must be printable ASCII without spaces");
    }
    let scheme = text.split_at_checked(8).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https://"));
    let Some((_, rest)) = scheme else { return Err("must begin with https://") };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A browser repairs, decodes or skips these, so the host would not be what it seems.
    if authority.is_empty() || authority.contains(['@', '"', '<', '>', '\\', '%']) {
        return Err("must name a host");
    }
    let address = format!("https://{rest}");
    let url = Url::parse(&address).map_err(|error| match error {
        ParseError::InvalidPort => BAD_PORT,
        _ => BAD_HOST,
    })?;
    if url.port() == Some(0) {
        return Err(BAD_PORT);
    }
    match url.host() {
        Some(Host::Domain(name)) if is_name(name) => Ok(address),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => Ok(address),
        Some(Host::Domain(_)) | None => Err(BAD_HOST),
    }
}

const BAD_PORT: &str = "must have a port from 1 to 65535, or none";
const BAD_HOST: &str = "must name a host that can be reached, like shop.example";

/// True if the DNS can have the name: parts of 1 to 63 letters, digits, hyphens and underscores, 253 characters in all
/// (RFC 1035, section 2.3.4). The URL standard lets `a..b` pass.
fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_part = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

/// True if the address is on the public Internet: not this machine, a private network, a carrier, documentation or a
/// cloud's metadata service. Also checks IPv4 addresses inside IPv6
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // This network, private, loopback, link-local with the metadata service, and shared by a carrier's customers.
        (0 | 10 | 127, ..) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => true,
        // IETF protocols, documentation, the retired 6to4 relays, and benchmarks.
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) | (198, 18..=19, _) => true,
        // Multicast, reserved, and broadcast.
        (224.., ..) => true,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match (a, b, c, d, e, f) {
        // IPv4 mapped, and translated by NAT64.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(g, h),
        // IETF protocols with Teredo, documentation twice, and 6to4.
        (0x2001, 0..=0x1ff | 0xdb8, ..) | (0x3fff, 0..=0xfff, ..) | (0x2002, ..) => false,
        // Only global unicast: no loopback, unique-local, link-local or multicast.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the first five were accepted for stock and webhooks, the sixth was refused.
    #[test]
    fn only_what_can_be_opened_is_taken() {
        for bad in [
            "https://x:99999/",
            "https://[::1/x",
            "https://a..b/",
            "https://x:port/",
            "https://x:0/",
            "http://a.example/",
            "https://",
            "https:///x",
            "https://.example/",
            "https://a.example../",
            "https://1.2.3.400/",
            "https://[::1]x/",
            "https://a.example:80:80/",
            "https://user@a.example/",
            "https://a%2eexample/",
            "https://a\\b/",
            "https://a^b/",
            "https://:443/",
            "https:a.example",
            "https://é.example",
        ] {
            assert!(https(bad).is_err(), "{bad}");
        }
        assert!(https(&format!("https://{}.example/", "x".repeat(64))).is_err());
        assert!(https(&format!("https://{}example/", "x.".repeat(130))).is_err());
        assert!(https(&format!("https://a.example/{}", "x".repeat(2_048))).is_err());
        for good in [
            "https://gift.example/claim?code=AB-12#now",
            "https://a_b.example./x",
            "https://xn--mnchen-3ya.example",
            "https://localhost/",
            "https://a.example:65535?x={y}",
            "https://192.0.2.1/",
            "https://[2001:db8::1]:8443/x",
            "https://A.Example/%zz",
        ] {
            assert_eq!(https(good).as_deref(), Ok(good), "{good}");
        }
        assert_eq!(https("HTTPS://HOST/X").as_deref(), Ok("https://HOST/X"));
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for inside in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "100::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
