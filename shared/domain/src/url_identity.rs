//! The normal form of reward URLs, by which two are compared (RFC 3986, section 6.2, by `fluent-uri`, and a few steps
//! more). It only makes the key of a code: the table, answers and redirects keep the URL as it was loaded.

use std::borrow::Cow;

use fluent_uri::Uri;

use crate::secret::RewardUrl;

const SCHEME: &str = "https://";
const PORT: &str = "443";

/// Returns the normal form: minimal percent-encoding in capitals, no dot segments, a lowercase host without a final
/// dot, no default port, no empty path. A text that is no URI even after encoding gets the form of earlier versions.
pub fn normal_form(url: &RewardUrl) -> String {
    let encoded = encoded(url.expose());
    let Ok(uri) = Uri::parse(&*encoded) else { return form_before(url) };
    let uri = uri.normalize();
    let Some(authority) = uri.authority() else { return form_before(url) };
    // The final dot names no other host (RFC 3986, section 3.2.2).
    let host = authority.host().trim_end_matches('.');
    let port = authority.port().map_or("", |port| port.as_str().trim_start_matches('0'));
    let port = if port == PORT { "" } else { port };
    let colon = if port.is_empty() { "" } else { ":" };
    let path = uri.path().as_str();
    let path = if path.is_empty() { "/" } else { path };
    let part = |mark: &str, part: Option<&str>| part.map(|part| format!("{mark}{part}")).unwrap_or_default();
    let query = part("?", uri.query().map(|query| query.as_str()));
    let fragment = part("#", uri.fragment().map(|fragment| fragment.as_str()));
    format!("{SCHEME}{host}{colon}{port}{path}{query}{fragment}")
}

/// Returns the form that earlier versions hashed: lowercase host, no port `:443`, no empty path.
pub fn form_before(url: &RewardUrl) -> String {
    let text = url.expose();
    let Some(rest) = text.strip_prefix(SCHEME) else { return text.to_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{SCHEME}{host}{slash}{path}")
}

/// Percent-encodes the characters that no URI may hold, as clients do: `{`, `|`, a second `#`, a `%` without digits.
fn encoded(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let fragment = text.find('#');
    let path = text.get(SCHEME.len()..).and_then(|rest| rest.find('/')).map_or(bytes.len(), |at| at + SCHEME.len());
    let stands = |at: usize, byte: u8| match byte {
        b'%' => is_hex(at + 1) && is_hex(at + 2),
        b'#' => fragment == Some(at),
        b'[' | b']' => at < path,
        b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
        _ => true,
    };
    if bytes.iter().enumerate().all(|(at, byte)| stands(at, *byte)) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 8);
    for (at, byte) in bytes.iter().enumerate() {
        if stands(at, *byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(url: &str) -> String {
        normal_form(&RewardUrl::new(url))
    }

    #[test]
    fn a_url_is_the_same_however_it_is_spelled() {
        // Source of the first seven lines: rust-url#779. The others: RFC 3986, sections 6.2.2 and 6.2.3.
        for (one, other) in [
            ("https://gift.example/?code=AB%2bCD", "https://gift.example/?code=AB%2BCD"),
            ("https://gift.example/%41BC", "https://gift.example/ABC"),
            ("https://gift.example/~a", "https://gift.example/%7Ea"),
            ("https://gift.example./a", "https://gift.example/a"),
            ("https://gift.example:0443/a", "https://gift.example/a"),
            ("https://gift.example:443/a", "https://gift.example/a"),
            ("https://gift.example/./a", "https://gift.example/a"),
            ("https://GIFT.example/a", "https://gift.example/a"),
            ("https://Gift.Example.:00443/a", "https://gift.example/a"),
            ("https://gift.example:/a", "https://gift.example/a"),
            ("https://gift%2Eexample/a", "https://gift.example/a"),
            ("https://gift.example:08443/a", "https://gift.example:8443/a"),
            ("https://gift.example/b/../a", "https://gift.example/a"),
            ("https://gift.example/%2e/a", "https://gift.example/a"),
            ("https://gift.example/../a", "https://gift.example/a"),
            ("https://gift.example", "https://gift.example/"),
            ("https://gift.example?a", "https://gift.example/?a"),
            ("https://gift.example/a#%63", "https://gift.example/a#c"),
            ("https://[2001:DB8::0001]/a", "https://[2001:db8::1]/a"),
            ("https://gift.example/{a}", "https://gift.example/%7Ba%7d"),
            ("https://gift.example/a[0]", "https://gift.example/a%5B0%5D"),
        ] {
            assert_eq!(normal(one), normal(other), "{one} {other}");
        }
    }

    #[test]
    fn what_may_lead_elsewhere_is_another_url() {
        let a = normal("https://gift.example/a");
        for other in [
            "https://gift.example/A",
            "https://gift.example:8443/a",
            "https://gift.example/a?",
            "https://gift.example/a/",
            "https://gift.example//a",
            "https://gift.example/%2Fa",
            "https://gift.example/a#",
            "https://a.gift.example/a",
        ] {
            assert_ne!(normal(other), a, "{other}");
        }
        // A reserved character has another meaning when it is encoded.
        assert_ne!(normal("https://gift.example/?a=b+c"), normal("https://gift.example/?a=b%2Bc"));
        assert_ne!(normal("https://gift.example/?a&b"), normal("https://gift.example/?a%26b"));
    }

    #[test]
    fn what_is_normal_stays_and_what_is_no_uri_has_a_form_all_the_same() {
        for url in ["https://gift.example/a?code=AB%2BCD&x=1#top", "https://gift.example:8443/", "https://127.0.0.1/a"]
        {
            assert_eq!(normal(url), url);
            assert_eq!(form_before(&RewardUrl::new(url)), url, "its key is the one that it has always had");
        }
        assert_eq!(normal("https://gift.example:port/a"), "https://gift.example:port/a");
        assert_eq!(normal("https://gift.example/100%"), "https://gift.example/100%25");
        assert_eq!(normal(&normal("https://GIFT.example:0443/{%7e}")), normal("https://gift.example/%7B~%7D"));
    }
}
