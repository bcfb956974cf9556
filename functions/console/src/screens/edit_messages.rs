//! The messages of a campaign or of a moment, language by language. One more language has room at the end; a language
//! whose fields are empty goes.

use serde_json::{Map, Value, json};

use crate::form::{Field, Form, Kind, Section};
use crate::screens::edit::{Draft, Edits, body_of};
use crate::texts::{Texts, isolated};
use crate::visit::Fields;

/// The kinds of messages, as the API names them, with the beginning of their fields' names.
const KINDS: [(&str, &str); 2] = [("announcement", "ann"), ("achievement", "ach")];

/// The section with the messages of the whole campaign.
pub(crate) struct CampaignMessages;

impl Edits for CampaignMessages {
    fn address(&self) -> String {
        "messages".to_owned()
    }

    fn title(&self, t: &Texts) -> String {
        t.get("edit-messages")
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let sections = sections(draft.t, &draft.campaign["messages"], "/messages");
        Some(Form { sections, ..Form::default() })
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, _: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        put(&mut body, typed);
        body
    }
}

/// Returns the languages in which there are messages, and one more without a name.
fn languages(messages: &Value) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for (kind, _) in KINDS {
        let of_kind = messages[kind].as_object().into_iter().flatten().map(|(tag, _)| tag.clone());
        tags.extend(of_kind.filter(|tag| !tags.contains(tag)).collect::<Vec<_>>());
    }
    tags.push(String::new());
    tags
}

/// Returns a section for each language.
pub(crate) fn sections(t: &Texts, messages: &Value, pointer: &str) -> Vec<Section> {
    let section = |(index, tag): (usize, String)| {
        let legend = if tag.is_empty() {
            t.get("section-more-language")
        } else {
            t.with("section-language", &[("language", &isolated(&tag))])
        };
        let language = Field::line(format!("lang_{index}"), t.get("field-language"), tag.as_str());
        let mut fields = vec![language.hint(t.get("hint-language"))];
        for (kind, prefix) in KINDS {
            for (part, is_area) in [("title", false), ("body", true)] {
                let value = messages[kind][tag.as_str()][part].as_str().unwrap_or_default();
                let label = match (kind, part) {
                    ("announcement", "title") => t.get("field-announcement-title"),
                    ("announcement", _) => t.get("field-announcement-body"),
                    (_, "title") => t.get("field-achievement-title"),
                    _ => t.get("field-achievement-body"),
                };
                let name = format!("{prefix}_{part}_{index}");
                let mut field = Field::line(name, label, value).at(format!("{pointer}/{kind}/{tag}/{part}"));
                if part == "title" {
                    field = field.at(format!("{pointer}/{kind}/{tag}"));
                }
                if part == "title" && index == 0 {
                    // What the API says of a message that is missing.
                    field = field.at(format!("{pointer}/{kind}"));
                }
                fields.push(if is_area { field.kind(Kind::Area) } else { field });
            }
        }
        Section::new(legend, fields)
    };
    languages(messages).into_iter().enumerate().map(section).collect()
}

/// Puts the typed messages into the object that has them. What no form shows of a message, such as its link, stays.
pub(crate) fn put(owner: &mut Value, typed: &Fields) {
    let before = owner["messages"].clone();
    let tags = languages(&before);
    let mut after = before.as_object().cloned().unwrap_or_default();
    for (kind, prefix) in KINDS {
        let mut texts: Map<String, Value> = Map::new();
        for (index, tag) in tags.iter().enumerate() {
            let field = |part: &str| typed.get(&format!("{prefix}_{part}_{index}"));
            let (title, body, language) = (field("title"), field("body"), typed.get(&format!("lang_{index}")));
            if title.is_empty() && body.is_empty() {
                continue;
            }
            let mut text = before[kind][tag.as_str()].as_object().cloned().unwrap_or_default();
            // Forms end lines with two signs.
            text.insert("title".to_owned(), title.into());
            text.insert("body".to_owned(), body.replace("\r\n", "\n").into());
            texts.insert(if language.is_empty() { "en".to_owned() } else { language.to_owned() }, text.into());
        }
        if texts.is_empty() {
            after.remove(kind);
        } else {
            after.insert(kind.to_owned(), texts.into());
        }
    }
    let is_absent = after.is_empty();
    match owner.as_object_mut() {
        Some(fields) if is_absent => drop(fields.remove("messages")),
        Some(fields) => drop(fields.insert("messages".to_owned(), after.into())),
        None => {}
    }
}

/// Returns the messages of a new moment.
pub(crate) fn of_new(language: &str, announcement: (&str, &str), achievement: (&str, &str)) -> Value {
    let mut messages = json!({});
    for (kind, (title, body)) in [("announcement", announcement), ("achievement", achievement)] {
        if !title.is_empty() || !body.is_empty() {
            messages[kind] = json!({language: {"title": title, "body": body}});
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_message_keeps_what_no_form_shows() {
        let mut owner =
            json!({"messages": {"achievement": {"de": {"title": "A", "body": "B", "url": "https://x.example/"}}}});
        let typed = [("lang_0", "de"), ("ach_title_0", "Neu"), ("ach_body_0", "Zwei\r\nZeilen"), ("lang_1", "")];
        put(&mut owner, &fields(&typed));
        let expected = json!({"title": "Neu", "body": "Zwei\nZeilen", "url": "https://x.example/"});
        assert_eq!(owner["messages"], json!({"achievement": {"de": expected}}));
    }

    #[test]
    fn an_emptied_language_goes_and_a_typed_one_comes() {
        let mut owner = json!({"messages": {"achievement": {"de": {"title": "A", "body": "B"}}}});
        let typed =
            [("lang_0", "de"), ("ach_title_0", ""), ("lang_1", "fr"), ("ach_title_1", "C"), ("ach_body_1", "D")];
        put(&mut owner, &fields(&typed));
        assert_eq!(owner["messages"], json!({"achievement": {"fr": {"title": "C", "body": "D"}}}));
        put(&mut owner, &fields(&[]));
        assert_eq!(owner, json!({}));
    }
}
