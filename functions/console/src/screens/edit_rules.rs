//! The rules of a campaign, as they are written: the segments of users, and the rule that an event of each moment must
//! pass. No rule is rewritten.

use serde_json::{Map, Value};

use crate::amounts;
use crate::form::{Field, Form, Kind, Section};
use crate::screens::edit::{Draft, Edits, body_of};
use crate::texts::{Texts, isolated};
use crate::visit::Fields;

/// The section.
pub(crate) struct Rules;

impl Edits for Rules {
    fn address(&self) -> String {
        "rules".to_owned()
    }

    fn title(&self, t: &Texts) -> String {
        t.get("edit-rules")
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let t = draft.t;
        let mut fields = Vec::new();
        for (index, (name, rule)) in segments(draft.campaign).into_iter().enumerate() {
            let number = amounts::whole(t.language, (index as u64).saturating_add(1));
            let label = t.with("field-segment-name", &[("number", &number)]);
            fields.push(Field::line(format!("segment_{index}"), label, name.as_str()).hint(t.get("hint-segment-name")));
            let label = t.with("field-segment-rule", &[("number", &number)]);
            let field = Field::line(format!("rule_{index}"), label, rule).kind(Kind::Code);
            fields.push(field.at(format!("/segments/{name}")));
        }
        if let Some(first) = fields.first_mut() {
            *first = first.clone().at("/segments");
        }
        let mut sections = vec![Section::new(t.get("section-segments"), fields).hint(t.get("hint-rules"))];
        let moments = draft.campaign["moments"].as_array().into_iter().flatten().enumerate();
        let when = moments.map(|(index, moment)| {
            let id = isolated(moment["moment_id"].as_str().unwrap_or_default());
            let label = t.with("field-when-of", &[("moment", &id)]);
            let field = Field::line(format!("when_{index}"), label, moment["when"].as_str().unwrap_or_default());
            field.kind(Kind::Code).at(format!("/moments/{index}"))
        });
        sections.push(Section::new(t.get("section-when"), when.collect()).hint(t.get("hint-when")));
        Some(Form { sections, ..Form::default() })
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, _: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        let mut rules: Map<String, Value> = Map::new();
        for (index, _) in segments(draft.campaign).iter().enumerate() {
            let (name, rule) = (typed.get(&format!("segment_{index}")), typed.get(&format!("rule_{index}")));
            if !name.is_empty() || !rule.is_empty() {
                rules.insert(name.to_owned(), rule.replace("\r\n", "\n").into());
            }
        }
        put(&mut body, "segments", (!rules.is_empty()).then(|| rules.into()));
        for (index, moment) in body["moments"].as_array_mut().into_iter().flatten().enumerate() {
            let when = typed.get(&format!("when_{index}"));
            put(moment, "when", (!when.is_empty()).then(|| when.replace("\r\n", "\n").into()));
        }
        body
    }
}

/// Returns the segments with their rules, and one more without a name.
fn segments(campaign: &Value) -> Vec<(String, String)> {
    let segments = campaign["segments"].as_object().into_iter().flatten();
    let known = segments.map(|(name, rule)| (name.clone(), rule.as_str().unwrap_or_default().to_owned()));
    known.chain([(String::new(), String::new())]).collect()
}

fn put(owner: &mut Value, name: &str, value: Option<Value>) {
    match (owner.as_object_mut(), value) {
        (Some(fields), Some(value)) => drop(fields.insert(name.to_owned(), value)),
        (Some(fields), None) => drop(fields.remove(name)),
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_rule_is_saved_as_it_is_written() {
        let rule = "user.attributes.tier == \"gold\"  &&\n  has(user.locale)";
        let campaign =
            json!({"segments": {"gold": rule}, "moments": [{"moment_id": "m", "when": "event.quantity > 1"}]});
        let draft = Draft { t: texts::of(Language::English), campaign: &campaign, groups: &[] };
        let mut form = Rules.form(&draft).unwrap();
        let shown = |form: &Form| {
            let fields = form.sections.iter().flat_map(|section| &section.fields);
            Fields(fields.map(|field| (field.name.clone(), field.value.replace('\n', "\r\n"))).collect())
        };
        let typed = shown(&form);
        assert_eq!(Rules.apply(&draft, &typed, &mut form), body_of(&campaign));
    }
}
