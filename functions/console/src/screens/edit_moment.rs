//! A moment of a campaign: what a user has to do, what it gives, and its messages. `new` adds one.

use serde_json::{Map, Value, json};

use crate::amounts;
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::refusal::Refusal;
use crate::screens::edit::{Draft, Edits, body_of};
use crate::screens::edit_basics::whole;
use crate::screens::edit_messages;
use crate::texts::Texts;
use crate::visit::Fields;
use crate::wording;

/// The ways in which events make a count, as the API names them.
const COUNTS: [&str; 4] = ["events", "quantity", "highest", "streak"];

/// The most rows of a form that are kept if its moment is gone: more than a moment has of anything.
const MOST_ROWS: usize = 100;

/// The section of a moment.
pub(crate) struct Moment {
    /// The place in the campaign; `None` for a new one.
    index: Option<usize>,
}

impl Moment {
    /// Reads the last part of an address: a number from 1, or `new`.
    pub(crate) fn of(number: &str) -> Result<Self, Refusal> {
        if number == "new" {
            return Ok(Self { index: None });
        }
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        index.map(|index| Self { index: Some(index) }).ok_or(Refusal::NotFound)
    }

    fn current<'a>(&self, campaign: &'a Value) -> Option<&'a Value> {
        match self.index {
            Some(index) => campaign["moments"].get(index),
            // Fields that are not there are null.
            None => (campaign["kind"] != "competition").then_some(&Value::Null),
        }
    }

    fn place(&self, campaign: &Value) -> usize {
        self.index.unwrap_or_else(|| campaign["moments"].as_array().map_or(0, Vec::len))
    }

    /// The fields of a moment; null stands for a new one.
    fn sections(&self, draft: &Draft<'_>, moment: &Value) -> Vec<Section> {
        let t = draft.t;
        let at = format!("/moments/{}", self.place(draft.campaign));
        let mut sections = vec![task(t, moment, &at)];
        if draft.campaign["kind"] != "competition" {
            sections.push(rewards(draft, moment, &at));
        }
        sections.extend(edit_messages::sections(t, &moment["messages"], &format!("{at}/messages")));
        sections
    }
}

/// Returns the id of the moment at a place.
pub(crate) fn id_at(campaign: &Value, place: usize) -> Option<String> {
    campaign["moments"][place]["moment_id"].as_str().map(str::to_owned)
}

/// Moves a place to the moment that a posted form was opened for. False if the campaign has no such moment any more.
pub(crate) fn follow(place: &mut usize, campaign: &Value, typed: &Fields) -> bool {
    let id = typed.get("opened_for");
    let moments = campaign["moments"].as_array().map(Vec::as_slice).unwrap_or_default();
    match moments.iter().position(|moment| moment["moment_id"] == id) {
        Some(found) => {
            *place = found;
            true
        }
        None => false,
    }
}

/// Says in a form that its moment is gone. Sent again, the form is refused again.
pub(crate) fn refuse_gone(t: &Texts, typed: &Fields, form: &mut Form) {
    form.opened_for = Some(typed.get("opened_for").to_owned());
    form.others.push(Mistake::new(t.get("mistake-moment-gone")));
}

/// Returns a moment whose form has room for every reward and language that was typed.
fn with_room(typed: &Fields) -> Value {
    // The last row of each is for one more.
    let rows = |part: &str| {
        let rows = (0..MOST_ROWS).take_while(|row| typed.has(&format!("{part}_{row}"))).count();
        0..rows.saturating_sub(1)
    };
    let reward = |row: usize| json!({"reward_group_id": typed.get(&format!("group_{row}"))});
    let rewards: Vec<Value> = rows("group").map(reward).collect();
    let language = |row: usize| (typed.get(&format!("lang_{row}")).to_owned(), json!({}));
    let languages: Map<String, Value> = rows("lang").map(language).collect();
    let mut moment = json!({"rewards": rewards, "messages": {"achievement": languages}});
    if typed.has("count") {
        moment["count"] = typed.get("count").into();
    }
    moment
}

impl Edits for Moment {
    fn address(&self) -> String {
        let number = self.index.map(|index| index.saturating_add(1).to_string());
        format!("moments/{}", number.as_deref().unwrap_or("new"))
    }

    fn title(&self, t: &Texts) -> String {
        match self.index {
            Some(index) => t.count("edit-moment", u64::try_from(index).unwrap_or(0).saturating_add(1)),
            None => t.get("edit-new-moment"),
        }
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let t = draft.t;
        let mut sections = self.sections(draft, self.current(draft.campaign)?);
        if self.index.is_some() && draft.campaign["moments"].as_array().is_some_and(|all| all.len() > 1) {
            let choices = vec![(String::new(), t.get("value-no")), ("yes".to_owned(), t.get("value-yes"))];
            let remove = Field::line("remove", t.get("field-remove"), "").kind(Kind::Choice(choices));
            sections.push(Section::new(t.get("section-remove"), vec![remove]));
        }
        let opened_for = self.index.and_then(|index| id_at(draft.campaign, index));
        Some(Form { sections, opened_for, ..Form::default() })
    }

    fn follow(&mut self, campaign: &Value, typed: &Fields) -> bool {
        self.index.as_mut().is_none_or(|index| follow(index, campaign, typed))
    }

    fn form_of_gone(&mut self, draft: &Draft<'_>, typed: &Fields) -> Option<Form> {
        let mut form = Form { sections: self.sections(draft, &with_room(typed)), ..Form::default() };
        form.fill(typed);
        refuse_gone(draft.t, typed, &mut form);
        Some(form)
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        let Some(moments) = body["moments"].as_array_mut() else { return body };
        if let Some(index) = self.index.filter(|index| typed.get("remove") == "yes" && *index < moments.len()) {
            moments.remove(index);
            return body;
        }
        let mut moment = self.current(draft.campaign).filter(|moment| moment.is_object()).cloned().unwrap_or(json!({}));
        moment["moment_id"] = typed.get("moment_id").into();
        moment["action"] = typed.get("action").into();
        if draft.campaign["kind"] != "competition" {
            put_task(draft.t, typed, form, &mut moment);
            put_rewards(draft.t, typed, form, &mut moment);
        }
        edit_messages::put(&mut moment, typed);
        match self.index {
            Some(index) => moments[index] = moment,
            None => moments.push(moment),
        }
        body
    }

    fn needs_groups(&self) -> bool {
        true
    }
}

/// What a user has to do.
fn task(t: &Texts, moment: &Value, at: &str) -> Section {
    let text = |name: &str| moment[name].as_str().unwrap_or_default();
    let mut fields = vec![
        Field::line("moment_id", t.get("field-moment-id"), text("moment_id"))
            .required()
            .hint(t.get("hint-moment-id"))
            .at(format!("{at}/moment_id")),
        Field::line("action", t.get("field-action"), text("action"))
            .required()
            .hint(t.get("hint-action"))
            .at(format!("{at}/action")),
    ];
    // A competition counts by rules of its own.
    if moment.is_null() || moment["count"].is_string() {
        let number = |name: &str, default: u64| moment[name].as_u64().unwrap_or(default).to_string();
        let choices = COUNTS.map(|count| (count.to_owned(), wording::count(t, count)));
        let count = if moment.is_null() { COUNTS[0] } else { text("count") };
        let count = Field::line("count", t.get("field-count"), count).kind(Kind::Choice(choices.into()));
        fields.push(count.at(format!("{at}/count")));
        let target = Field::line("target", t.get("field-target"), number("target", 1)).kind(Kind::Number).required();
        fields.push(target.at(format!("{at}/target")));
        let most = Field::line("most", t.get("field-most"), number("max_rewards_per_user", 1)).kind(Kind::Number);
        fields.push(most.required().at(format!("{at}/max_rewards_per_user")));
    }
    Section::new(t.get("section-task"), fields)
}

/// What it gives: a line for each reward, and one more.
fn rewards(draft: &Draft<'_>, moment: &Value, at: &str) -> Section {
    let t = draft.t;
    let mut choices = vec![(String::new(), t.get("choose-none"))];
    choices.extend(draft.groups.iter().cloned());
    let rewards = moment["rewards"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut fields = Vec::new();
    for index in 0..=rewards.len() {
        let reward = rewards.get(index).unwrap_or(&Value::Null);
        let id = reward["reward_group_id"].as_str().unwrap_or_default();
        let mut choices = choices.clone();
        // A group beyond the first hundred, or one that is gone.
        if !choices.iter().any(|(known, _)| known == id) {
            choices.push((id.to_owned(), id.to_owned()));
        }
        let number = amounts::whole(t.language, (index as u64).saturating_add(1));
        let label = t.with("field-reward", &[("number", &number)]);
        let group = Field::line(format!("group_{index}"), label, id).kind(Kind::Choice(choices));
        let group = group.at(format!("{at}/rewards/{index}"));
        fields.push(if index == 0 { group.at(format!("{at}/rewards")) } else { group });
        let weight = reward["weight"].as_u64().unwrap_or(1).to_string();
        let label = t.with("field-weight", &[("number", &number)]);
        let weight = Field::line(format!("weight_{index}"), label, weight).kind(Kind::Number);
        fields.push(weight.at(format!("{at}/rewards/{index}/weight")));
    }
    let hint = if draft.groups.is_empty() { t.get("hint-no-groups") } else { t.get("hint-rewards") };
    Section::new(t.get("section-rewards"), fields).hint(hint)
}

/// Puts the typed task into a moment.
pub(crate) fn put_task(t: &Texts, typed: &Fields, form: &mut Form, moment: &mut Value) {
    moment["count"] = typed.get("count").into();
    for (name, field) in [("target", "target"), ("most", "max_rewards_per_user")] {
        match whole(typed.get(name)) {
            Some(number) => moment[field] = number.into(),
            None => form.refuse(name, Mistake::new(t.get("mistake-whole"))),
        }
    }
}

/// Puts the typed rewards into a moment. What no form shows of a reward, such as its segments, stays with its group.
fn put_rewards(t: &Texts, typed: &Fields, form: &mut Form, moment: &mut Value) {
    let before = moment["rewards"].as_array().cloned().unwrap_or_default();
    let mut rewards = Vec::new();
    for index in 0..=before.len() {
        let group = typed.get(&format!("group_{index}"));
        if group.is_empty() {
            continue;
        }
        let known = before.iter().find(|reward| reward["reward_group_id"] == group);
        let mut reward = known.cloned().unwrap_or_else(|| json!({"reward_group_id": group}));
        let name = format!("weight_{index}");
        match whole(typed.get(&name)) {
            Some(weight) => reward["weight"] = weight.into(),
            None => form.refuse(&name, Mistake::new(t.get("mistake-whole"))),
        }
        rewards.push(reward);
    }
    moment["rewards"] = rewards.into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;

    fn typed(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_moment_keeps_what_no_form_shows() {
        let campaign = json!({"kind": "challenge", "state": "draft", "version": 1, "moments": [{
            "moment_id": "five", "action": "deposit", "count": "events", "target": 5, "max_rewards_per_user": 1,
            "within_hours": 24, "when": "event.amount > 1",
            "rewards": [{"reward_group_id": "gift", "weight": 1, "segments": ["vip"]}],
            "messages": {"achievement": {"en": {"title": "A", "body": "B"}}}}]});
        let draft = Draft { t: texts::of(Language::English), campaign: &campaign, groups: &[] };
        let section = Moment::of("1").unwrap();
        let mut form = section.form(&draft).unwrap();
        let fields = typed(&[
            ("moment_id", "five"),
            ("action", "deposit"),
            ("count", "events"),
            ("target", "6"),
            ("most", "1"),
            ("group_0", "gift"),
            ("weight_0", "1"),
            ("group_1", ""),
            ("lang_0", "en"),
            ("ach_title_0", "A"),
            ("ach_body_0", "B"),
        ]);
        let body = section.apply(&draft, &fields, &mut form);
        let mut expected = body_of(&campaign);
        expected["moments"][0]["target"] = 6.into();
        assert_eq!(body, expected);
        assert!(form.is_good());
    }

    #[test]
    fn a_moment_that_is_not_there_is_no_page() {
        let campaign = json!({"kind": "challenge", "state": "draft", "moments": []});
        let draft = Draft { t: texts::of(Language::English), campaign: &campaign, groups: &[] };
        assert!(Moment::of("1").unwrap().form(&draft).is_none());
        assert!(Moment::of("new").unwrap().form(&draft).is_some());
        for wrong in ["0", "-1", "x", ""] {
            assert!(Moment::of(wrong).is_err(), "{wrong}");
        }
    }
}
