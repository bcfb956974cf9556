//! The basics of a campaign: name, kind, window with its zone, budget, hold-out. Of an approved campaign, its budget and
//! its end alone.

use domain::time_zone::TimeZone;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::amounts::{self, AmountError};
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::screens::edit::{Draft, Edits, body_of};
use crate::texts::{Texts, isolated};
use crate::times::{self, Fold, TimeError};
use crate::visit::Fields;
use crate::wording;

/// The section.
pub(crate) struct Basics;

impl Edits for Basics {
    fn address(&self) -> String {
        "basics".to_owned()
    }

    fn title(&self, t: &Texts) -> String {
        t.get("edit-basics")
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let (t, campaign) = (draft.t, draft.campaign);
        let sections = if draft.is_open() {
            let kind = campaign["kind"].as_str().unwrap_or_default();
            let holdout = campaign["holdout_percent"].as_u64().unwrap_or(0).to_string();
            let what = vec![
                name(t, campaign["name"].as_str().unwrap_or_default()),
                kind_field(t, kind),
                Field::line("holdout", t.get("field-holdout"), holdout)
                    .kind(Kind::Number)
                    .hint(t.get("hint-holdout"))
                    .at("/holdout_percent"),
            ];
            vec![
                Section::new(t.get("section-what"), what),
                window(t, campaign),
                budget(t, campaign, true),
                expected(t, campaign),
            ]
        } else {
            let zone = times::zone_of(campaign);
            let hint = t.with("hint-end-later", &[("zone", zone.name())]);
            let end = vec![time(t, "ends", "field-ends", campaign, "ends_at").hint(hint)];
            vec![Section::new(t.get("section-window"), end), budget(t, campaign, false), expected(t, campaign)]
        };
        Some(Form { sections, ..Form::default() })
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        if draft.is_open() {
            body["name"] = typed.get("name").into();
            body["kind"] = typed.get("kind").into();
            match whole(typed.get("holdout")) {
                Some(percent) => body["holdout_percent"] = percent.into(),
                None => form.refuse("holdout", Mistake::new(draft.t.get("mistake-whole"))),
            }
        }
        put_window(draft, typed, form, &mut body);
        put_budget(draft, typed, form, &mut body);
        put_expected(draft.t, typed, form, &mut body);
        body
    }

    fn is_for_approved(&self) -> bool {
        true
    }
}

/// Reads a whole number, written with or without signs between thousands.
pub(crate) fn whole(typed: &str) -> Option<u64> {
    let digits: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The name of a campaign.
pub(crate) fn name(t: &Texts, value: &str) -> Field {
    Field::line("name", t.get("field-name"), value).required().at("/name")
}

fn kind_field(t: &Texts, value: &str) -> Field {
    let kinds: &[&str] = if value == "competition" { &["competition"] } else { &["challenge", "surprise"] };
    let choices = kinds.iter().map(|kind| ((*kind).to_owned(), wording::kind(t, kind))).collect();
    Field::line("kind", t.get("field-kind"), value).kind(Kind::Choice(choices)).hint(t.get("hint-kind")).at("/kind")
}

/// The kind of a new campaign, or of a new competition.
pub(crate) fn kind_of_new(t: &Texts, is_competition: bool) -> Field {
    if is_competition {
        return kind_field(t, "competition").hint(t.get("hint-kind-competition"));
    }
    kind_field(t, "challenge")
}

/// Start, end and zone.
pub(crate) fn window(t: &Texts, campaign: &Value) -> Section {
    let zone = times::zone_of(campaign).name();
    let fields = vec![
        time(t, "starts", "field-starts", campaign, "starts_at").hint(t.with("hint-time", &[("example", &example(t))])),
        time(t, "ends", "field-ends", campaign, "ends_at").hint(t.get("hint-ends")),
        Field::line("zone", t.get("field-zone"), zone).required().hint(t.get("hint-zone")).at("/time_zone"),
    ];
    Section::new(t.get("section-window"), fields)
}

fn time(t: &Texts, name: &str, label: &str, campaign: &Value, pointer: &str) -> Field {
    let at =
        instant(campaign, pointer).map(|at| times::input(t.language, times::zone_of(campaign), at)).unwrap_or_default();
    Field::line(name, t.get(label), at).required().at(format!("/{pointer}"))
}

/// A time as people of the language type it.
fn example(t: &Texts) -> String {
    let at = "2026-12-31T18:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    times::input(t.language, TimeZone::UTC, at)
}

fn instant(campaign: &Value, name: &str) -> Option<Timestamp> {
    campaign[name].as_str()?.parse().ok()
}

/// Budget and currency. The currency of an approved budget stays.
pub(crate) fn budget(t: &Texts, campaign: &Value, is_open: bool) -> Section {
    let currency = campaign["budget"]["currency"].as_str().unwrap_or("EUR");
    let minor = campaign["budget"]["amount_minor"].as_i64();
    let amount = minor.map(|minor| amounts::amount(t.language, currency, minor)).unwrap_or_default();
    let label = if is_open { t.get("field-budget") } else { format!("{} ({currency})", t.get("field-budget")) };
    let example = amounts::amount(t.language, "EUR", 500_000);
    let hint = t.with("hint-budget", &[("example", &example)]);
    let mut fields = vec![Field::line("budget", label, amount).required().hint(hint).at("/budget")];
    if is_open {
        let field = Field::line("currency", t.get("field-currency"), currency).required().at("/budget/currency");
        fields.push(field.hint(t.get("hint-currency")));
    }
    Section::new(t.get("section-budget"), fields)
}

/// How many rewards the author expects.
fn expected(t: &Texts, campaign: &Value) -> Section {
    let number = campaign["expected_rewards"].as_u64().map(|number| number.to_string()).unwrap_or_default();
    let field = Field::line("expected", t.get("field-expected"), number).kind(Kind::Number).at("/expected_rewards");
    Section::new(t.get("forecast-title"), vec![field.hint(t.get("hint-expected"))])
}

/// Puts the typed number of expected rewards into the body; none if the field is empty.
fn put_expected(t: &Texts, typed: &Fields, form: &mut Form, body: &mut Value) {
    let number = typed.get("expected");
    match (body.as_object_mut(), whole(number)) {
        (Some(body), _) if number.is_empty() => drop(body.remove("expected_rewards")),
        (Some(body), Some(number)) => drop(body.insert("expected_rewards".to_owned(), number.into())),
        _ => form.refuse("expected", Mistake::new(t.get("mistake-whole"))),
    }
}

/// Puts the typed budget into the body.
pub(crate) fn put_budget(draft: &Draft<'_>, typed: &Fields, form: &mut Form, body: &mut Value) {
    let (t, current) = (draft.t, draft.campaign["budget"]["currency"].as_str().unwrap_or("EUR"));
    let currency = if typed.has("currency") { typed.get("currency").to_uppercase() } else { current.to_owned() };
    match amounts::parse(t.language, &currency, typed.get("budget")) {
        Ok(minor) => body["budget"] = json!({"currency": currency, "amount_minor": minor}),
        Err(error) => form.refuse("budget", Mistake::new(explain(t, &currency, &error))),
    }
}

/// Explains why an amount is not taken.
pub(crate) fn explain(t: &Texts, currency: &str, error: &AmountError) -> String {
    match error {
        AmountError::Missing => t.get("mistake-missing"),
        AmountError::NotANumber => {
            t.with("mistake-amount", &[("example", &amounts::amount(t.language, currency, 123_450))])
        }
        AmountError::TooFine(decimals) => {
            t.counted("mistake-decimals", u64::from(*decimals), &[("currency", currency)])
        }
        AmountError::TooLarge => t.get("mistake-too-large"),
        AmountError::Ambiguous(first, second) => {
            t.with("mistake-ambiguous-amount", &[("first", first), ("second", second)])
        }
    }
}

/// Puts the typed window into the body. An instant whose form shows what it was keeps its seconds.
pub(crate) fn put_window(draft: &Draft<'_>, typed: &Fields, form: &mut Form, body: &mut Value) {
    let (t, before) = (draft.t, times::zone_of(draft.campaign));
    let zone = if typed.has("zone") { times::zone(typed.get("zone")) } else { Some(before) };
    let Some(zone) = zone else {
        form.refuse("zone", Mistake::new(t.get("mistake-zone")));
        return;
    };
    if typed.has("zone") && (zone != before || draft.campaign["time_zone"].is_string()) {
        body["time_zone"] = zone.name().into();
    }
    for (name, field) in [("starts", "starts_at"), ("ends", "ends_at")] {
        if !typed.has(name) {
            continue;
        }
        let current = instant(draft.campaign, field);
        let is_unchanged =
            current.is_some_and(|at| zone == before && times::input(t.language, zone, at) == typed.get(name));
        if is_unchanged {
            continue;
        }
        let fold = match typed.get(&format!("{name}_fold")) {
            "first" => Some(Fold::First),
            "second" => Some(Fold::Second),
            _ => None,
        };
        match times::parse(t.language, zone, typed.get(name), fold) {
            Ok(at) => body[field] = at.to_string().into(),
            Err(error) => refuse_time(t, zone, form, name, &error),
        }
    }
}

fn refuse_time(t: &Texts, zone: TimeZone, form: &mut Form, name: &str, error: &TimeError) {
    let text = match error {
        TimeError::Missing => t.get("mistake-missing"),
        TimeError::NotATime => t.with("mistake-time", &[("example", &example(t))]),
        TimeError::Skipped(next) => {
            let next = times::clock(zone, *next);
            t.with("mistake-skipped", &[("zone", &isolated(zone.name())), ("next", &next)])
        }
        TimeError::Twice(first, second) => {
            let choice = |id: &str, at: &Timestamp| {
                let utc = times::without_zone(t.language, TimeZone::UTC, *at);
                t.with(id, &[("utc", &format!("{utc} UTC"))])
            };
            let choices = vec![
                ("first".to_owned(), choice("fold-first", first)),
                ("second".to_owned(), choice("fold-second", second)),
            ];
            let question = Field::line(format!("{name}_fold"), t.get("field-fold"), "");
            form.ask(name, question.kind(Kind::Question(choices)));
            t.with("mistake-twice", &[("zone", &isolated(zone.name()))])
        }
    };
    form.refuse(name, Mistake::new(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;

    fn campaign() -> Value {
        json!({"name": "Spring", "kind": "challenge", "state": "draft", "starts_at": "2026-12-01T00:00:30Z",
               "ends_at": "2026-12-31T23:00:00Z", "time_zone": "Europe/Berlin", "holdout_percent": 0,
               "budget": {"currency": "EUR", "amount_minor": 1_000}, "guards": {"review": {}}, "version": 3})
    }

    fn typed(changes: &[(&str, &str)]) -> Fields {
        let mut fields = vec![
            ("name", "Spring"),
            ("kind", "challenge"),
            ("holdout", "0"),
            ("starts", "01.12.2026 01:00"),
            ("ends", "01.01.2027 00:00"),
            ("zone", "Europe/Berlin"),
            ("budget", "10,00"),
            ("currency", "EUR"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn applied(changes: &[(&str, &str)]) -> (Value, Form) {
        let campaign = campaign();
        let draft = Draft { t: texts::of(Language::German), campaign: &campaign, groups: &[] };
        let mut form = Basics.form(&draft).unwrap();
        let body = Basics.apply(&draft, &typed(changes), &mut form);
        (body, form)
    }

    #[test]
    fn saving_what_is_shown_changes_nothing_not_even_a_second() {
        let (body, form) = applied(&[]);
        assert!(form.is_good(), "{:?}", form.mistaken());
        assert_eq!(body, body_of(&campaign()));
    }

    #[test]
    fn only_what_was_typed_changes() {
        let (body, form) = applied(&[("budget", "1.234,50"), ("ends", "2027-01-02T00:00")]);
        assert!(form.is_good());
        let mut expected = body_of(&campaign());
        expected["budget"]["amount_minor"] = 123_450.into();
        expected["ends_at"] = "2027-01-01T23:00:00Z".into();
        assert_eq!(body, expected);
    }

    #[test]
    fn a_time_that_is_there_twice_is_asked_about_and_the_answer_counts() {
        let (_, form) = applied(&[("ends", "2027-10-31T02:30")]);
        assert_eq!(form.mistaken().len(), 1);
        let asked = form.sections[1].fields.iter().find(|field| field.name == "ends_fold").unwrap();
        assert!(matches!(&asked.kind, Kind::Question(choices) if choices.len() == 2));
        let (body, form) = applied(&[("ends", "2027-10-31T02:30"), ("ends_fold", "second")]);
        assert!(form.is_good());
        assert_eq!(body["ends_at"], "2027-10-31T01:30:00Z");
    }
}
