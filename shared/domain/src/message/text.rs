//! Texts with placeholders: the closed list of placeholders, checks before a text is stored, and filling in. The syntax
//! is that of the crate `leon`: `{user.first_name}`, and `\{` for a brace.

use std::borrow::Cow;

use jiff::Timestamp;
use leon::{Item, Template};
use serde::Serialize;

use super::{Message, MessageKind, MessageText};
use crate::campaign::{Campaign, Moment};
use crate::competition::places::FinalPlace;
use crate::instant::Sum as _;
use crate::readable;
use crate::reward::credit::Credit;
use crate::time_zone::TimeZone;

/// A placeholder, its longest value in bytes, and the kinds of messages that have it.
struct Placeholder {
    name: &'static str,
    bytes: usize,
    kinds: &'static [MessageKind],
}

use MessageKind::{Achievement, AddressReminder, Announcement, Reminder, Result as CompetitionResult, Waiting};

const FIRST_NAME: &str = "user.first_name";

/// The longest redeem link in a message, in bytes.
pub const REDEEM_URL_BYTES: usize = 512;

const IN_PROGRESS: &[MessageKind] = &[Announcement];
const EXPIRING: &[MessageKind] = &[Achievement, Reminder, AddressReminder];
const OF_CREDITS: &[MessageKind] = &[Announcement, Achievement, Waiting, Reminder, CompetitionResult];
const OF_TARGETS: &[MessageKind] = &[Announcement, Achievement, Waiting, Reminder, AddressReminder];
const OF_PLACES: &[MessageKind] = &[Achievement, Waiting, CompetitionResult];

const PLACEHOLDERS: [Placeholder; 14] = [
    Placeholder { name: FIRST_NAME, bytes: 64, kinds: &MessageKind::ALL },
    Placeholder { name: "campaign.name", bytes: 200, kinds: &MessageKind::ALL },
    Placeholder { name: "campaign.ends_on", bytes: 10, kinds: &MessageKind::ALL },
    Placeholder { name: "progress.target", bytes: 13, kinds: OF_TARGETS },
    Placeholder { name: "progress.count", bytes: 13, kinds: IN_PROGRESS },
    Placeholder { name: "progress.remaining", bytes: 13, kinds: IN_PROGRESS },
    Placeholder { name: "reward.name", bytes: 200, kinds: &MessageKind::ALL },
    Placeholder { name: "reward.expires_on", bytes: 10, kinds: EXPIRING },
    Placeholder { name: "redeem_url", bytes: REDEEM_URL_BYTES, kinds: EXPIRING },
    Placeholder { name: "reward.amount", bytes: 24, kinds: OF_CREDITS },
    Placeholder { name: "reward.category", bytes: 200, kinds: OF_CREDITS },
    Placeholder { name: "competition.rank", bytes: 13, kinds: OF_PLACES },
    Placeholder { name: "competition.players", bytes: 13, kinds: OF_PLACES },
    Placeholder { name: "competition.score", bytes: 16, kinds: OF_PLACES },
];

/// A text for the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RenderedText {
    /// The headline.
    pub title: String,
    /// The text below it.
    pub body: String,
}

/// The values of placeholders.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The user's first name (the attribute `first_name` of the profile).
    pub first_name: Option<&'a str>,
    /// A variable for the name, if one text goes to many users and Pinpoint fills it in.
    pub first_name_variable: Option<&'static str>,
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The moment.
    pub moment: &'a Moment,
    /// The user's count.
    pub count: u64,
    /// The reward's name.
    pub reward_name: Option<&'a str>,
    /// The credit's amount and category.
    pub credit: Option<&'a Credit>,
    /// The reward's expiry.
    pub expires_at: Option<Timestamp>,
    /// The link that redeems it.
    pub redeem_url: Option<&'a str>,
    /// The user's place at the end of a competition.
    pub place: Option<FinalPlace>,
    /// The zone of the user's days.
    pub time_zone: TimeZone,
}

impl<'a> Values<'a> {
    /// Returns the values that every message about a moment has.
    pub fn new(campaign: &'a Campaign, moment: &'a Moment) -> Self {
        let time_zone = campaign.time_zone.unwrap_or(TimeZone::UTC);
        Self {
            first_name: None,
            first_name_variable: None,
            campaign,
            moment,
            count: 0,
            reward_name: None,
            credit: None,
            expires_at: None,
            redeem_url: None,
            place: None,
            time_zone,
        }
    }

    fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        let whole = |number: u64| Some(Cow::Owned(number.to_string()));
        let day = |at: Timestamp| Cow::Owned(self.time_zone.date(at));
        match name {
            FIRST_NAME => self.first_name.map(Cow::Borrowed),
            "campaign.name" => Some(Cow::Borrowed(self.campaign.name.as_str())),
            // The last day of the campaign: the end itself is exclusive.
            "campaign.ends_on" => Some(day(self.campaign.ends_at.minus(jiff::SignedDuration::from_millis(1)))),
            "progress.target" => whole(self.moment.target),
            "progress.count" => whole(self.count),
            "progress.remaining" => whole(self.moment.target.saturating_sub(self.count)),
            "reward.name" => self.reward_name.map(Cow::Borrowed),
            "reward.amount" => self.credit.map(|credit| Cow::Owned(credit.amount.to_string())),
            "reward.category" => self.credit.and_then(|credit| credit.category.as_deref()).map(Cow::Borrowed),
            "reward.expires_on" => self.expires_at.map(day),
            "redeem_url" => self.redeem_url.map(Cow::Borrowed),
            "competition.rank" => self.place.and_then(|place| whole(place.rank)),
            "competition.players" => self.place.and_then(|place| whole(place.of)),
            "competition.score" => self.place.and_then(|place| place.score).and_then(whole),
            _ => None,
        }
    }
}

/// Cuts values to the lengths that the check assumed, and replaces braces, which Pinpoint takes for variables.
struct Filling<'a>(&'a Values<'a>);

impl leon::Values for Filling<'_> {
    fn get_value(&self, key: &str) -> Option<Cow<'_, str>> {
        let placeholder = PLACEHOLDERS.iter().find(|placeholder| placeholder.name == key)?;
        if let Some(variable) = self.0.first_name_variable.filter(|_| key == FIRST_NAME) {
            return Some(Cow::Owned(format!("{{{{{variable}}}}}")));
        }
        Some(Cow::Owned(clean(&self.0.value(key).unwrap_or_default(), placeholder.bytes)))
    }
}

fn clean(value: &str, bytes: usize) -> String {
    let clean = |character: char| match character {
        '{' => '(',
        '}' => ')',
        other if other.is_control() => ' ',
        other => other,
    };
    let mut clean: String = value.trim().chars().map(clean).collect();
    readable::cut(&mut clean, bytes);
    clean
}

/// Returns a first name as filled in, or `None` if nothing is left of it.
pub fn first_name(name: &str) -> Option<String> {
    let bytes = PLACEHOLDERS.iter().find(|placeholder| placeholder.name == FIRST_NAME).map_or(0, |found| found.bytes);
    Some(clean(name, bytes).trim().to_owned()).filter(|name| !readable::is_blank(name))
}

/// Returns the mistake in a text, in words for its author.
pub fn flaw(text: &str, kind: MessageKind) -> Option<String> {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            return Some(format!(
                "has a placeholder that cannot be read ({}); write \\{{ for a brace and \\\\ for a backslash",
                short(&error.to_string())
            ));
        }
    };
    let known = || PLACEHOLDERS.iter().filter(|placeholder| placeholder.kinds.contains(&kind));
    let mut literal = String::new();
    for item in template.items.iter() {
        match item {
            Item::Text(text) => literal.push_str(text),
            Item::Key(key) if known().any(|placeholder| placeholder.name == *key) => literal.push('x'),
            Item::Key(key) => {
                let known: Vec<String> = known().map(|placeholder| format!("{{{}}}", placeholder.name)).collect();
                let key = short(key);
                return Some(format!(
                    "has the unknown placeholder {{{key}}}; this message can have {}",
                    known.join(", ")
                ));
            }
        }
    }
    let variable = literal.contains("{{") || literal.contains("}}");
    variable.then(|| "must not have two braces in a row: Pinpoint takes them for a variable of its own".to_owned())
}

fn short(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(64).collect()
}

/// Returns the most bytes of a text with its values.
pub fn most_bytes(text: &str) -> usize {
    let Ok(template) = Template::parse(text) else { return text.len() };
    let bytes = |item: &Item<'_>| match item {
        Item::Text(text) => text.len(),
        Item::Key(key) => {
            PLACEHOLDERS.iter().find(|placeholder| placeholder.name == *key).map_or(0, |placeholder| placeholder.bytes)
        }
    };
    template.items.iter().map(bytes).sum()
}

/// True if a text differs per user, because it uses the name.
pub fn is_personal(text: &MessageText) -> bool {
    let names = |text: &str| Template::parse(text).is_ok_and(|template| template.has_key(FIRST_NAME));
    names(&text.title) || names(&text.body)
}

/// True if a text uses the user's progress.
pub fn needs_progress(text: &MessageText) -> bool {
    let needs = |text: &str| {
        let template = Template::parse(text);
        template.is_ok_and(|template| template.has_any_of_keys(&["progress.count", "progress.remaining"]))
    };
    needs(&text.title) || needs(&text.body)
}

/// Fills in a message. An empty result becomes the campaign's or reward's name: a message is never empty.
pub fn render(message: Message<'_>, values: &Values<'_>) -> RenderedText {
    let title = filled(&message.text.title, values);
    let body = filled(&message.text.body, values);
    let or = |text: String, instead: &str| if text.is_empty() { instead.to_owned() } else { text };
    RenderedText {
        title: or(title, &clean(&values.campaign.name, 200)),
        body: or(body, &clean(values.reward_name.unwrap_or(&values.campaign.name), 200)),
    }
}

fn filled(text: &str, values: &Values<'_>) -> String {
    // A text from before placeholders existed may hold a brace, and stays as it is.
    let Ok(mut template) = Template::parse(text) else { return text.trim().to_owned() };
    template.set_default(&"");
    template.render(&Filling(values)).unwrap_or_else(|_| text.to_owned()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::message::PushOptions;

    fn text(title: &str, body: &str) -> MessageText {
        MessageText { title: title.into(), body: body.into(), url: None, image_url: None }
    }

    fn rendered(title: &str, body: &str, first_name: Option<&str>) -> (String, String) {
        let campaign = fixtures::campaign();
        let values =
            Values { first_name, reward_name: Some("Gift card"), ..Values::new(&campaign, &campaign.moments[0]) };
        let text = text(title, body);
        let RenderedText { title, body } = render(Message { text: &text, delivery: &PushOptions::default() }, &values);
        (title, body)
    }

    #[test]
    fn placeholders_are_filled_in() {
        let (title, body) = rendered(
            "Well done, {user.first_name}!",
            "{ reward.name } of {campaign.name} until {campaign.ends_on}: {progress.remaining} to {progress.target} \\{x\\}",
            Some(" Ada "),
        );
        assert_eq!(title, "Well done, Ada!");
        assert_eq!(body, "Gift card of Spring until 2026-12-31: 5 to 5 {x}");
    }

    #[test]
    fn a_credit_says_how_much_and_of_what_and_anything_else_nothing() {
        let campaign = fixtures::campaign();
        let text = text("{reward.amount} for {reward.category}", "b");
        let amount = crate::money::Money { currency: iso_currency::Currency::EUR, amount_minor: 750 };
        let credit = Credit { amount, category: Some("Toys".into()) };
        let rendered = |credit| {
            let values = Values { credit, ..Values::new(&campaign, &campaign.moments[0]) };
            render(Message { text: &text, delivery: &PushOptions::default() }, &values).title
        };
        assert_eq!(rendered(Some(&credit)), "7.50 EUR for Toys");
        assert_eq!(rendered(None), "for");
    }

    #[test]
    fn a_text_that_comes_to_nothing_says_what_it_is_about() {
        assert_eq!(rendered("{user.first_name}", " {user.first_name} ", None), ("Spring".into(), "Gift card".into()));
        assert_eq!(rendered("{user.first_name}", "Enjoy", Some("\u{7}")), ("Spring".into(), "Enjoy".into()));
    }

    #[test]
    fn a_value_is_cut_and_cannot_be_taken_for_a_variable() {
        let long = "ä".repeat(50);
        assert_eq!(rendered("{user.first_name}", "b", Some(&long)).0, "ä".repeat(32));
        assert_eq!(rendered("{user.first_name}", "b", Some("{{User.Id}}")).0, "((User.Id))");
        assert_eq!(rendered("{user.first_name}", "b", Some("{redeem_url}")).0, "(redeem_url)");
    }

    #[test]
    fn a_text_from_before_there_were_placeholders_is_told_as_it_stands() {
        assert_eq!(rendered("A {", "b", None).0, "A {");
        assert_eq!(rendered("A {b}", "c", None).0, "A");
    }

    #[test]
    fn what_cannot_be_filled_in_is_refused_with_what_can() {
        let flaw = |text: &str, kind| flaw(text, kind);
        assert_eq!(flaw("Hi {user.first_name}, \\{x\\}", Waiting), None);
        assert!(flaw("{user.name}", Waiting).unwrap().contains("{user.first_name}"));
        assert!(flaw("{redeem_url}", Announcement).unwrap().contains("unknown placeholder {redeem_url}"));
        assert!(flaw("{", Waiting).unwrap().contains("cannot be read"));
        assert!(flaw("\\{\\{User.Id\\}\\}", Waiting).unwrap().contains("two braces"));
    }

    #[test]
    fn no_filled_in_text_is_longer_than_was_counted_with() {
        let name = "é".repeat(500);
        let text = "{user.first_name}, {user.first_name}: {reward.name}";
        assert!(rendered(text, "b", Some(&name)).0.len() <= most_bytes(text));
    }
}
