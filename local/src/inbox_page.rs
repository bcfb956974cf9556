//! The pushes of the inbox as devices show them: as JSON, and as a page for people. The page loads nothing from other
//! hosts and escapes all content.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The most pushes on the page.
const MOST: usize = 500;

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0 0 .2rem; } p { margin: .2rem 0; }
label { margin-right: 1rem; cursor: pointer; }
article { border: 1px solid #8886; border-left-width: .4rem; border-radius: .7rem; padding: .8rem 1rem; margin: 1rem 0; }
article.well { border-left-color: #2a9d5c; } article.ill { border-left-color: #d1495b; }
header, footer { font-size: .8rem; opacity: .75; display: flex; gap: 1rem; flex-wrap: wrap; overflow-wrap: anywhere; }
article p { overflow-wrap: anywhere; white-space: pre-line; }
";

/// Returns what each device shows, newest first, for the entries of the inbox.
pub fn seen(list: &[Value]) -> Vec<Value> {
    list.iter().rev().map(seen_one).collect()
}

/// Returns the same as a page.
pub fn html(list: &[Value]) -> String {
    let seen: Vec<Value> = list.iter().rev().take(MOST).map(seen_one).collect();
    let channels: BTreeSet<&str> = seen.iter().filter_map(|push| push["channel"].as_str()).collect();
    let (mut choices, mut rules) = (String::new(), String::new());
    for (number, channel) in channels.iter().enumerate() {
        let channel = escaped(channel);
        choices += &format!("<label><input type=\"radio\" name=\"channel\" id=\"c{number}\">{channel}</label>\n");
        rules +=
            &format!("body:has(#c{number}:checked) article:not([data-channel=\"{channel}\"]) {{ display: none; }}\n");
    }
    let cards: String = seen.iter().map(card).collect();
    let number = list.len();
    let summary = match number {
        0 => "Nothing was sent so far.".to_owned(),
        _ if number > MOST => format!("{number} pushes, the latest {MOST} of them below."),
        _ => format!("{number} pushes, newest first."),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Push inbox</title>\n\
         <style>{STYLE}{rules}</style>\n</head>\n<body>\n<h1>Push inbox</h1>\n<p>{summary}</p>\n\
         <p><label><input type=\"radio\" name=\"channel\" checked>all channels</label>\n{choices}</p>\n\
         {cards}</body>\n</html>\n"
    )
}

fn card(push: &Value) -> String {
    let text = |name: &str| escaped(push[name].as_str().unwrap_or_default());
    let status = push["delivery_status"].as_str().unwrap_or("not in the answer");
    let class = if matches!(status, "SUCCESSFUL" | "DUPLICATE") { "well" } else { "ill" };
    let mut card = format!(
        "<article class=\"{class}\" data-channel=\"{0}\">\n<header><span>{0}</span><span>{1}</span></header>\n",
        text("channel"),
        text("address"),
    );
    if push["title"].is_string() {
        card += &format!("<h2>{}</h2>\n", text("title"));
    }
    card += &format!("<p>{}</p>\n", text("body"));
    for (name, what) in [("image", "image"), ("link", "opens")] {
        if let Some(url) = push[name].as_str() {
            card += &format!("<p>{what}: {}</p>\n", linked(url));
        }
    }
    card += &format!("<footer><span>{} {}</span>", escaped(status), push["status_code"].as_u64().unwrap_or_default());
    for name in ["status_message", "sound", "badge"] {
        let value = push[name].as_str().map_or_else(|| push[name].to_string(), str::to_owned);
        if !value.is_empty() && !push[name].is_null() {
            card += &format!("<span>{}: {}</span>", name.replace('_', " "), escaped(&value));
        }
    }
    card + "</footer>\n</article>\n"
}

/// Makes a link of an HTTP URL. Any other text stays text, such as `javascript:`.
fn linked(url: &str) -> String {
    let shown = escaped(url);
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<a href=\"{shown}\" rel=\"noreferrer\">{shown}</a>")
    } else {
        shown
    }
}

fn escaped(text: &str) -> String {
    let escape = |letter: char| match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        letter => letter.to_string(),
    };
    text.chars().map(escape).collect()
}

/// Merges the sources of each field in Pinpoint's order: raw content, the address's overrides, the channel's message,
/// the defaults.
fn seen_one(push: &Value) -> Value {
    let (own, message) = (&push["overrides"], &push["message"]);
    let (default_push, default) = (&push["default_push_message"], &push["default_message"]);
    let raw = own["RawContent"].as_str().or(message["RawContent"].as_str());
    let raw: Value = raw.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
    let first = |values: &[&Value]| values.iter().find(|value| !value.is_null()).map(|value| (*value).clone());
    let in_raw = |paths: &[&str]| paths.iter().find_map(|path| raw.pointer(path)).cloned().unwrap_or_default();
    let title =
        in_raw(&["/aps/alert/title", "/notification/title", "/fcmV1Message/message/notification/title", "/data/title"]);
    let body =
        in_raw(&["/aps/alert/body", "/notification/body", "/fcmV1Message/message/notification/body", "/data/message"]);
    let image = in_raw(&["/media-url", "/notification/image", "/fcmV1Message/message/notification/image"]);
    let title = first(&[&title, &own["TitleOverride"], &message["Title"], &default_push["Title"]]);
    let body = first(&[&body, &own["BodyOverride"], &message["Body"], &default_push["Body"], &default["Body"]]);
    let filled = |text: Option<Value>| text.as_ref().and_then(Value::as_str).map(|text| substituted(text, push));
    json!({
        "address": push["address"],
        "channel": push["channel"],
        "title": filled(title),
        "body": filled(body),
        "image": first(&[&image, &message["MediaUrl"], &message["ImageUrl"]]),
        "link": first(&[&message["Url"], &default_push["Url"]]),
        "sound": first(&[&in_raw(&["/aps/sound", "/notification/sound"]), &message["Sound"]]),
        "badge": first(&[&in_raw(&["/aps/badge"]), &message["Badge"]]),
        "delivery_status": push["delivery_status"],
        "status_code": push["status_code"],
        "status_message": push["status_message"],
    })
}

/// Replaces `{{name}}` by the substitution of the address, or else of its message.
fn substituted(text: &str, push: &Value) -> String {
    let mut text = text.to_owned();
    for place in ["overrides", "message", "default_push_message", "default_message"] {
        for (name, values) in push[place]["Substitutions"].as_object().into_iter().flatten() {
            if let Some(value) = values[0].as_str() {
                text = text.replace(&format!("{{{{{name}}}}}"), value);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push() -> Value {
        json!({
            "address": "<script>token", "channel": "APNS", "delivery_status": "PERMANENT_FAILURE", "status_code": 410,
            "status_message": "Unregistered",
            "message": {
                "Title": "Well done, {{name}}", "Body": "It's <b>yours</b> & more", "Url": "https://a.example/?a=1&b=\"2\"",
                "MediaUrl": "javascript:alert(1)", "Sound": "default", "Badge": 3, "Substitutions": {"name": ["you"]},
            },
            "overrides": {"Substitutions": {"name": ["Ada"]}},
        })
    }

    #[test]
    fn nothing_that_was_sent_gets_into_the_page_as_it_is() {
        let page = html(&[push()]);
        for whole in
            ["&lt;script&gt;token", "Well done, Ada", "It&#39;s &lt;b&gt;yours&lt;/b&gt; &amp; more", "badge: 3"]
        {
            assert!(page.contains(whole), "{whole}: {page}");
        }
        assert!(page.contains("<a href=\"https://a.example/?a=1&amp;b=&quot;2&quot;\" rel=\"noreferrer\">"));
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("href=\"javascript"));
        assert!(html(&[]).contains("Nothing was sent so far."));
    }

    #[test]
    fn what_is_for_one_address_goes_first() {
        let mut push = push();
        push["overrides"]["TitleOverride"] = json!("For you");
        assert_eq!(seen(&[push.clone()])[0]["title"], "For you");
        push["overrides"]["RawContent"] = json!(r#"{"aps": {"alert": {"title": "Raw"}, "badge": 7}}"#);
        let seen = &seen(&[json!({}), push])[0];
        assert_eq!((&seen["title"], &seen["badge"]), (&json!("Raw"), &json!(7)));
        assert_eq!(seen["body"], "It's <b>yours</b> & more");
    }
}
