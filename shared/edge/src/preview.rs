//! Recognises requests that look at a link without opening it for its user: messengers and social networks that fetch a
//! preview, browsers that fetch the page ahead of a tap, and requests for the headers alone.

use std::sync::LazyLock;

use crate::http::Request;
use regex_lite::Regex;

/// The public list of programs that preview or index links: one regular expression a line. `crawlers/extract.py` keeps
/// it up to date.
const CRAWLERS: &str = include_str!("../crawlers/patterns.txt");

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| lines().filter_map(Pattern::read).collect());

/// Patterns of the list that name an app whose own browser names it, too: in a browser, they mean that a person has
/// opened the link.
const IN_APP: &[&str] =
    &["WhatsApp", "Viber", r"Tumblr\/", r"Notion\/", r"Bluesky\/", "Goodreads", "MetaIAB Facebook", "Sogou"];

/// More names in the `User-Agent` of programs that fetch links for a preview or an index, in lower case, as their
/// makers document them. Crawlers in general name themselves `bot`, `crawler` or `spider`.
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

/// Headers with which browsers say that nobody has opened the page yet.
const PURPOSES: &[&str] = &["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// True if nobody has opened the link.
pub fn is_preview(request: &Request) -> bool {
    is_head(request) || is_ahead(request) || request.header("user-agent").is_some_and(is_agent)
}

/// True if a browser fetches the page before anybody has tapped on the link, and may show it then.
pub fn is_ahead(request: &Request) -> bool {
    let ahead = |value: &str| {
        let value = value.to_ascii_lowercase();
        ["prefetch", "prerender", "preview"].iter().any(|purpose| value.contains(purpose))
    };
    PURPOSES.iter().any(|name| request.header(name).is_some_and(ahead))
}

/// True if the request asks for the headers alone.
pub fn is_head(request: &Request) -> bool {
    request.route().starts_with("HEAD ")
}

fn is_agent(agent: &str) -> bool {
    let lower = agent.to_ascii_lowercase();
    let is_browser = is_browser(agent);
    AGENTS.iter().any(|known| lower.contains(known))
        || PATTERNS.iter().any(|pattern| !(pattern.in_app && is_browser) && pattern.matches(agent))
}

/// True if a `User-Agent` is that of a browser, also of one within an app. Programs that only imitate one say
/// `compatible`.
fn is_browser(agent: &str) -> bool {
    agent.starts_with("Mozilla/5.0 (") && agent.contains("AppleWebKit/") && !agent.contains("(compatible;")
}

/// A line of the list.
struct Pattern {
    text: Text,
    in_app: bool,
}

/// Nearly all patterns are plain text, which is faster to find and takes no memory to compile.
enum Text {
    Plain(String),
    Expression(Regex),
}

impl Pattern {
    /// Returns `None` if the line is no regular expression. A test makes sure that every line is one.
    fn read(line: &str) -> Option<Self> {
        let mut plain = String::with_capacity(line.len());
        let mut characters = line.chars();
        let mut is_plain = true;
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some(escaped) if !escaped.is_ascii_alphanumeric() => plain.push(escaped),
                    _ => is_plain = false,
                },
                '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' => is_plain = false,
                other => plain.push(other),
            }
        }
        let text = if is_plain { Text::Plain(plain) } else { Text::Expression(Regex::new(line).ok()?) };
        Some(Self { text, in_app: IN_APP.contains(&line) })
    }

    fn matches(&self, agent: &str) -> bool {
        match &self.text {
            Text::Plain(text) => agent.contains(text.as_str()),
            Text::Expression(expression) => expression.is_match(agent),
        }
    }
}

/// Returns the lines of the list, without its head.
fn lines() -> impl Iterator<Item = &'static str> {
    CRAWLERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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

    /// Source: <https://github.com/monperrus/crawler-user-agents>. Of the 80 previewing programs that it listed then,
    /// 38 were counted as people, among them Viber, MicrosoftPreview, Yahoo, Steam, DingTalk, vkShare and
    /// Meta-ExternalHit.
    #[test]
    fn every_example_of_the_public_list_is_known_but_for_the_one_that_is_a_person() {
        let list: Vec<Value> = serde_json::from_str(include_str!("../crawlers/examples.json")).unwrap();
        let (mut examples, mut previews) = (0, 0);
        for entry in &list {
            previews += usize::from(entry["tags"].as_array().unwrap().contains(&"social-preview".into()));
            for example in entry["examples"].as_array().unwrap() {
                let example = example.as_str().unwrap();
                // The browser within Facebook's app ("IAB"): its user has opened the link.
                assert_eq!(is_agent(example), entry["pattern"] != "MetaIAB Facebook", "{example}");
                examples += 1;
            }
        }
        assert!(previews >= 80 && examples >= 500, "{previews} {examples}");
        let patterns: Vec<&str> = list.iter().map(|entry| entry["pattern"].as_str().unwrap()).collect();
        assert_eq!(lines().collect::<Vec<_>>(), patterns);
        assert_eq!(PATTERNS.len(), patterns.len());
        assert!(IN_APP.iter().all(|name| patterns.contains(name)));
    }

    /// Browsers of people, on their own and within apps, as they name themselves in 2026.
    #[test]
    fn browsers_of_people_count_within_apps_as_well() {
        for agent in include_str!("../crawlers/people.txt").lines() {
            assert!(!is_agent(agent), "{agent}");
        }
    }
}
