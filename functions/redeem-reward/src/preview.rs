//! Who looks at a link without opening it for its user: messengers and social networks that fetch it to show a preview, browsers
//! that fetch it ahead of a tap, and whoever asks for its headers alone.

use shared::http::Request;

/// Names in the `User-Agent` of those who fetch links to show a preview or to index them, in lower case, as their makers document
/// them. Crawlers in general name themselves `bot`, `crawler` or `spider`.
const AGENTS: &[&str] = &[
    "bot/",
    "bot;",
    "crawler",
    "spider",
    "facebookexternalhit",
    "facebot",
    "meta-externalagent",
    "slackbot",
    "slack-imgproxy",
    "twitterbot",
    "telegrambot",
    "discordbot",
    "linkedinbot",
    "whatsapp",
    "skypeuripreview",
    "microsoft office",
    "bingpreview",
    "line-poker",
    "kakaotalk-scrap",
    "pinterestbot",
    "pinterest/0.",
    "redditbot",
    "snap url preview",
    "iframely",
    "embedly",
    "google-pagerenderer",
    "google-safety",
    "mediapartners-google",
    "googleother",
    "yahoo! slurp",
    "applebot",
    "bytespider",
    "mastodon/",
];

/// Headers by which browsers tell that nobody has opened the page yet.
const PURPOSES: &[&str] = &["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether nobody has opened the link.
pub(crate) fn is_preview(request: &Request) -> bool {
    let ahead = |value: &str| {
        let value = value.to_ascii_lowercase();
        ["prefetch", "prerender", "preview"].iter().any(|purpose| value.contains(purpose))
    };
    is_head(request)
        || PURPOSES.iter().any(|name| request.header(name).is_some_and(ahead))
        || request.header("user-agent").is_some_and(is_agent)
}

/// Whether the headers alone are asked for.
pub(crate) fn is_head(request: &Request) -> bool {
    request.route().starts_with("HEAD ")
}

fn is_agent(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    AGENTS.iter().any(|known| agent.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_preview_links_are_known_and_people_are_not_taken_for_them() {
        for agent in [
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 \
             Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "WhatsApp/2.23.20.0 A",
            "TelegramBot (like TwitterBot)",
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        ] {
            assert!(is_agent(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
             Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 14; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Mobile \
             Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36 Viber/22.3",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/128 Mobile Instagram 300.0",
            "curl/8.5.0",
            "",
        ] {
            assert!(!is_agent(agent), "{agent}");
        }
    }
}
