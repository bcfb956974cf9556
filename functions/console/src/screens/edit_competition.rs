//! The scoring and the prizes of a competition. Prizes stand in a row each, in any order; empty rows at the end are for
//! more prizes, and an emptied row goes. The API's body has ranks before percentages, and the best ranks first.

use serde_json::{Map, Value, json};

use crate::amounts;
use crate::competition_wording as wording;
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::screens::edit::{Draft, Edits, body_of};
use crate::screens::edit_basics::whole;
use crate::texts::Texts;
use crate::visit::Fields;

/// The most prizes that the API takes.
const MOST_PRIZES: usize = 20;

/// The rows that a form has at least.
const LEAST_ROWS: usize = 3;

/// The bytes of reward groups of which each row has a choice. More of them would make the page too large.
const MOST_CHOICES: usize = 500;

/// The minutes of grace of a competition that names none.
const USUAL_GRACE: u64 = 30;

/// The section.
pub(crate) struct Competition;

impl Edits for Competition {
    fn address(&self) -> String {
        "competition".to_owned()
    }

    fn title(&self, t: &Texts) -> String {
        t.get("edit-competition")
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let (sections, suggestions) = (sections(draft), suggestions(draft.groups));
        (draft.campaign["kind"] == "competition").then(|| Form { sections, suggestions, ..Form::default() })
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        put(draft, typed, form, &mut body);
        body
    }

    fn needs_groups(&self) -> bool {
        true
    }
}

/// Returns the fields of a competition; of one that is not there yet, with the usual values.
pub(crate) fn sections(draft: &Draft<'_>) -> Vec<Section> {
    let (t, competition) = (draft.t, &draft.campaign["competition"]);
    let prizes = competition["prizes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = prizes.len().saturating_add(1).clamp(LEAST_ROWS, MOST_PRIZES);
    let fields = (0..rows).flat_map(|row| prize(draft, prizes.get(row).unwrap_or(&Value::Null), row));
    let hint = t.get(if draft.groups.is_empty() { "hint-no-groups" } else { "hint-prizes" });
    vec![
        Section::new(t.get("section-scoring"), scoring(t, competition)),
        Section::new(t.get("section-prizes"), fields.collect()).columns(3).hint(hint),
    ]
}

/// Returns the reward groups that the rows of prizes have no choice of.
pub(crate) fn suggestions(groups: &[(String, String)]) -> Vec<(String, String)> {
    if are_many(groups) { groups.to_vec() } else { Vec::new() }
}

fn are_many(groups: &[(String, String)]) -> bool {
    // With the tags around them.
    groups.iter().map(|(id, label)| id.len() + label.len() + 30).sum::<usize>() > MOST_CHOICES
}

fn scoring(t: &Texts, competition: &Value) -> Vec<Field> {
    let choice = |name: &str, label: &str, words: &[&str]| {
        let choices = words.iter().map(|word| ((*word).to_owned(), wording::choice(t, name, word)));
        let chosen = competition[name].as_str().unwrap_or(words[0]);
        Field::line(name, t.get(label), chosen).kind(Kind::Choice(choices.collect())).at(format!("/competition/{name}"))
    };
    let number = |name: &str, label: &str, pointer: &str, value: Option<u64>| {
        let value = value.map(|number| number.to_string()).unwrap_or_default();
        Field::line(name, t.get(label), value).kind(Kind::Number).at(format!("/competition/{pointer}"))
    };
    let range = |end: &str| competition["score_range"][end].as_u64();
    let grace = competition["grace_minutes"].as_u64().unwrap_or(USUAL_GRACE);
    vec![
        choice("score", "field-score", &wording::SCORES).at("/competition"),
        number("best_of", "field-best-of", "best_of", competition["best_of"].as_u64()).hint(t.get("hint-best-of")),
        choice("window", "field-board-window", &wording::WINDOWS).hint(t.get("hint-board-window")),
        choice("ties", "field-ties", &wording::TIES),
        number("least", "field-least-score", "score_range/min", range("min"))
            .hint(t.get("hint-score-range"))
            .at("/competition/score_range"),
        number("greatest", "field-greatest-score", "score_range/max", range("max")),
        number("grace_minutes", "field-grace", "grace_minutes", Some(grace)).hint(t.get("hint-grace")).required(),
        choice("settle", "field-settle", &wording::SETTLES),
    ]
}

/// The row of a prize.
fn prize(draft: &Draft<'_>, prize: &Value, row: usize) -> [Field; 3] {
    let t = draft.t;
    let number = amounts::whole(t.language, (row as u64).saturating_add(1));
    let label = |id: &str| t.with(id, &[("number", &number)]);
    let id = prize["reward_group_id"].as_str().unwrap_or_default();
    let kind = if are_many(draft.groups) {
        Kind::Suggested
    } else {
        let mut choices = vec![(String::new(), t.get("choose-none"))];
        choices.extend(draft.groups.iter().cloned());
        // One that is gone.
        if !choices.iter().any(|(known, _)| known == id) {
            choices.push((id.to_owned(), id.to_owned()));
        }
        Kind::Choice(choices)
    };
    let at_most = prize["at_most"].as_u64().map(|most| most.to_string()).unwrap_or_default();
    let mut places = Field::line(format!("places_{row}"), label("field-places"), Tier::of(prize).written());
    if row == 0 {
        // What the API says of the list as a whole.
        places = places.at("/competition/prizes");
    }
    [
        places,
        Field::line(format!("group_{row}"), label("field-prize"), id).kind(kind),
        Field::line(format!("at_most_{row}"), label("field-winners"), at_most).kind(Kind::Number),
    ]
}

/// The places that a prize is for. Their order is the one that the API asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Ranks(u64, u64),
    Percent(u64),
    None,
}

impl Tier {
    fn of(prize: &Value) -> Self {
        let rank = |place: usize| prize["ranks"][place].as_u64();
        match (rank(0), rank(1), prize["percent"].as_u64()) {
            (Some(from), Some(to), _) => Self::Ranks(from, to),
            (_, _, Some(percent)) => Self::Percent(percent),
            _ => Self::None,
        }
    }

    /// Writes it as a form shows it.
    fn written(self) -> String {
        match self {
            Self::Ranks(from, to) if from == to => from.to_string(),
            Self::Ranks(from, to) => format!("{from}-{to}"),
            Self::Percent(percent) => format!("{percent} %"),
            Self::None => String::new(),
        }
    }

    /// Reads `1`, `2-10` or `5 %`.
    fn read(typed: &str) -> Option<Self> {
        let text: String = typed.chars().filter(|sign| !sign.is_whitespace()).map(amounts::narrow).collect();
        if let Some(percent) = text.strip_suffix(['%', '％']).or_else(|| text.strip_prefix('%')) {
            return whole(percent).map(Self::Percent);
        }
        let (from, to) = text.split_once(['-', '–', '—', '－', '〜', '～']).unwrap_or((&text, &text));
        Some(Self::Ranks(whole(from)?, whole(to)?))
    }
}

/// Puts the typed scoring and prizes into the body. What no form shows of a competition stays.
pub(crate) fn put(draft: &Draft<'_>, typed: &Fields, form: &mut Form, body: &mut Value) {
    let t = draft.t;
    let mut competition = draft.campaign["competition"].as_object().cloned().unwrap_or_default();
    for name in ["score", "window", "ties", "settle"] {
        competition.insert(name.to_owned(), typed.get(name).into());
    }
    let best_of = number(t, typed, "best_of", form);
    let grace = number(t, typed, "grace_minutes", form);
    if typed.get("grace_minutes").is_empty() {
        // Without a number, the API would take its usual one for the stored one.
        form.refuse("grace_minutes", Mistake::new(t.get("mistake-missing")));
    }
    let (least, greatest) = (number(t, typed, "least", form), number(t, typed, "greatest", form));
    let ends = [("min", least), ("max", greatest)].into_iter();
    let range: Map<String, Value> = ends.filter_map(|(end, value)| Some((end.to_owned(), value?.into()))).collect();
    let optional: [(&str, Option<Value>); 3] = [
        ("best_of", best_of.map(Value::from)),
        ("grace_minutes", grace.map(Value::from)),
        ("score_range", (!range.is_empty()).then(|| range.into())),
    ];
    for (name, value) in optional {
        match value {
            Some(value) => competition.insert(name.to_owned(), value),
            None => competition.remove(name),
        };
    }
    competition.insert("prizes".to_owned(), prizes(draft, typed, form).into());
    body["competition"] = competition.into();
}

/// Reads a whole number that may be left out.
fn number(t: &Texts, typed: &Fields, name: &str, form: &mut Form) -> Option<u64> {
    let number = whole(typed.get(name));
    if number.is_none() && !typed.get(name).is_empty() {
        form.refuse(name, Mistake::new(t.get("mistake-whole")));
    }
    number
}

/// Returns the typed prizes in their order, and leads the API's mistakes to their rows.
fn prizes(draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Vec<Value> {
    let t = draft.t;
    make_room(draft, typed, form);
    let mut prizes: Vec<(Tier, usize, Value)> = Vec::new();
    for row in (0..MOST_PRIZES).filter(|row| is_row(typed, *row)) {
        let name = |part: &str| format!("{part}_{row}");
        let (places, group) = (name("places"), name("group"));
        if ["places", "group", "at_most"].iter().all(|part| typed.get(&name(part)).is_empty()) {
            continue;
        }
        for name in [&places, &group] {
            if typed.get(name).is_empty() {
                form.refuse(name, Mistake::new(t.get("mistake-missing")));
            }
        }
        let at_most = number(t, typed, &name("at_most"), form);
        let tier = Tier::read(typed.get(&places)).unwrap_or(Tier::None);
        let mut prize = json!({"reward_group_id": typed.get(&group)});
        match tier {
            Tier::Ranks(from, to) => prize["ranks"] = json!([from, to]),
            Tier::Percent(percent) => prize["percent"] = percent.into(),
            Tier::None => form.refuse(&places, Mistake::new(t.get("mistake-places"))),
        }
        match (at_most, tier) {
            (Some(most), _) => prize["at_most"] = most.into(),
            (None, Tier::Percent(_)) => form.refuse(&name("at_most"), Mistake::new(t.get("mistake-winners"))),
            (None, _) => {}
        }
        prizes.push((tier, row, prize));
    }
    prizes.sort_by_key(|(tier, ..)| *tier);
    for (position, (_, row, _)) in prizes.iter().enumerate() {
        lead(form, &format!("places_{row}"), format!("/competition/prizes/{position}"));
        lead(form, &format!("group_{row}"), format!("/competition/prizes/{position}/reward_group_id"));
        lead(form, &format!("at_most_{row}"), format!("/competition/prizes/{position}/at_most"));
    }
    prizes.into_iter().map(|(_, _, prize)| prize).collect()
}

fn is_row(typed: &Fields, row: usize) -> bool {
    typed.has(&format!("places_{row}"))
}

/// Gives the form all rows that were typed: the stored competition may have fewer prizes by now.
fn make_room(draft: &Draft<'_>, typed: &Fields, form: &mut Form) {
    let Some(section) = form.sections.iter_mut().find(|section| section.fields.iter().any(is_places)) else { return };
    let shown = section.fields.iter().filter(|field| is_places(field)).count();
    let more = (shown..MOST_PRIZES).filter(|row| is_row(typed, *row));
    section.fields.extend(more.flat_map(|row| prize(draft, &Value::Null, row)));
    form.fill(typed);
}

fn is_places(field: &Field) -> bool {
    field.name.starts_with("places_")
}

/// Leads the mistakes at a place of the API's body to a field.
fn lead(form: &mut Form, name: &str, pointer: String) {
    let fields = form.sections.iter_mut().flat_map(|section| &mut section.fields);
    for field in fields.filter(|field| field.name == name) {
        *field = field.clone().at(pointer.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;

    fn campaign() -> Value {
        json!({"kind": "competition", "state": "draft", "competition": {
            "score": "best_of", "best_of": 3, "window": "week", "ties": "shared", "settle": "by_hand",
            "score_range": {"min": 30, "max": 900}, "grace_minutes": 45, "prizes": [
                {"ranks": [1, 1], "reward_group_id": "console"},
                {"ranks": [2, 10], "at_most": 12, "reward_group_id": "card"},
                {"percent": 5, "at_most": 200, "reward_group_id": "sticker"}]}})
    }

    /// What the form shows, with changes.
    fn applied(changes: &[(&str, &str)]) -> (Value, Form) {
        let campaign = campaign();
        let draft = Draft { t: texts::of(Language::German), campaign: &campaign, groups: &[] };
        let mut form = Competition.form(&draft).unwrap();
        let shown = form.sections.iter().flat_map(|section| &section.fields);
        let mut typed: Vec<_> = shown.map(|field| (field.name.clone(), field.value.clone())).collect();
        for (name, value) in changes {
            typed.retain(|(known, _)| known != name);
            typed.push(((*name).to_owned(), (*value).to_owned()));
        }
        let typed = Fields(typed);
        form.fill(&typed);
        let body = Competition.apply(&draft, &typed, &mut form);
        (body, form)
    }

    #[test]
    fn saving_what_is_shown_of_a_competition_changes_nothing() {
        let (body, form) = applied(&[]);
        assert_eq!(body, body_of(&campaign()));
        assert!(form.is_good());
    }

    #[test]
    fn an_emptied_row_goes_and_prizes_stand_in_the_order_of_places() {
        let (body, form) = applied(&[
            ("places_0", ""),
            ("group_0", ""),
            ("places_3", "１ 〜 ４"),
            ("group_3", "mug"),
            ("places_1", "5–10"),
            ("at_most_1", ""),
            ("best_of", ""),
            ("least", ""),
            ("greatest", ""),
        ]);
        assert!(form.is_good(), "{:?}", form.mistaken());
        let prizes = &body["competition"]["prizes"];
        assert_eq!(prizes[0], json!({"ranks": [1, 4], "reward_group_id": "mug"}));
        assert_eq!(prizes[1], json!({"ranks": [5, 10], "reward_group_id": "card"}));
        assert_eq!(prizes[2]["percent"], 5);
        assert!(body["competition"].get("score_range").is_none() && body["competition"].get("best_of").is_none());
    }

    #[test]
    fn a_mistake_of_the_api_finds_the_row_of_its_prize() {
        let (_, mut form) = applied(&[("places_0", ""), ("group_0", ""), ("places_3", "1"), ("group_3", "mug")]);
        let error = |pointer: &str| json!({"pointer": format!("/competition{pointer}"), "code": "x", "detail": "x"});
        let errors = ["/prizes/0", "/prizes/1/at_most", "/prizes/2/reward_group_id", "/score_range/max", "/window"];
        form.place(texts::of(Language::German), &json!({"errors": errors.map(error)}));
        let mistaken: Vec<&str> = form.mistaken().iter().map(|(field, _)| field.name.as_str()).collect();
        assert_eq!(mistaken, ["window", "greatest", "at_most_1", "group_2", "places_3"]);
    }

    #[test]
    fn half_a_prize_is_a_mistake_at_the_missing_half() {
        let (_, form) = applied(&[("places_0", "first"), ("group_1", ""), ("at_most_2", ""), ("grace_minutes", "x")]);
        let mistaken: Vec<&str> = form.mistaken().iter().map(|(field, _)| field.name.as_str()).collect();
        assert_eq!(mistaken, ["grace_minutes", "places_0", "group_1", "at_most_2"]);
    }

    #[test]
    fn the_grace_must_be_said() {
        let (_, form) = applied(&[("grace_minutes", " ")]);
        let mistaken: Vec<&str> = form.mistaken().iter().map(|(field, _)| field.name.as_str()).collect();
        assert_eq!(mistaken, ["grace_minutes"]);
    }

    #[test]
    fn a_hundred_groups_are_listed_once() {
        let groups: Vec<_> = (0..100).map(|number| (format!("g{number}"), format!("Group {number}"))).collect();
        let campaign = campaign();
        let draft = Draft { t: texts::of(Language::German), campaign: &campaign, groups: &groups };
        let form = Competition.form(&draft).unwrap();
        assert_eq!(form.suggestions, groups);
        assert!(form.sections[1].fields.iter().all(|field| !matches!(field.kind, Kind::Choice(_))));
    }

    #[test]
    fn rows_that_the_stored_competition_lacks_are_kept() {
        let (body, form) = applied(&[("places_4", "11"), ("group_4", "late")]);
        assert_eq!(body["competition"]["prizes"][2], json!({"ranks": [11, 11], "reward_group_id": "late"}));
        let shown = form.sections[1].fields.iter().find(|field| field.name == "places_4").unwrap();
        assert_eq!(shown.value, "11");
    }
}
