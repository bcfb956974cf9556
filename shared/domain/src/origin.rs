//! Origins of web pages (<https://www.rfc-editor.org/rfc/rfc6454>) that may call the API from a browser.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The most bytes of an origin. Twenty of them fit into what an authorizer may answer.
const MOST_BYTES: usize = 200;

const RULE: &str = "must be an origin as browsers send it, like https://shop.example or http://localhost:5173: https (http only \
                    for localhost and 127.0.0.1), a host in small letters, no path, no *, at most 200 bytes";

/// A web page's origin, exactly as a browser sends it in `Origin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin, or says what it must be.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= MOST_BYTES).ok_or(RULE)?;
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            _ => false,
        };
        let allowed = url.scheme() == "https" || (url.scheme() == "http" && is_local);
        // A browser sends scheme, host and a port that is not the scheme's own, and nothing behind them.
        let is_exact = url.origin().ascii_serialization() == text && !text.contains('*');
        if allowed && is_exact { Ok(Self(text.to_owned())) } else { Err(RULE) }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_browsers_send_it_and_nothing_else_is() {
        for text in [
            "https://shop.example",
            "https://shop.example:8443",
            "http://localhost:5173",
            "http://127.0.0.1",
            "https://[2001:db8::1]",
            "https://xn--mller-kva.example",
        ] {
            assert_eq!(Origin::read(text).map(|origin| origin.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "*",
            "null",
            "shop.example",
            "http://shop.example",
            "https://*.shop.example",
            "https://shop.example/",
            "https://shop.example:443",
            "https://Shop.example",
            "https://müller.example",
            "https://user@shop.example",
            "https://shop.example?x",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://shop.example",
            " https://shop.example",
            "https://a.example https://b.example",
        ] {
            assert_eq!(Origin::read(text), Err(RULE), "{text}");
        }
        assert_eq!(Origin::read(&format!("https://{}.example", "a".repeat(300))), Err(RULE));
    }
}
