//! One rule: of a segment of users, or of the events that count for a moment. It is built as rows if rows can say it, byte
//! for byte, and else written in CEL. Nothing is rewritten unless somebody asks for it.

use serde_json::{Map, Value};

use crate::amounts;
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::refusal::Refusal;
use crate::rule_rows::{Comparison, FIELDS, Join, MOST_ROWS, Row, Rows, Scope, is_attribute, is_name, listed};
use crate::rule_wording as wording;
use crate::screens::edit::{Draft, Edits, body_of};
use crate::screens::edit_moment;
use crate::texts::{Texts, isolated};
use crate::visit::{Fields, part_of_path};

/// The rows that a form has at least.
const LEAST_ROWS: usize = 3;

/// The section of a rule.
pub(crate) enum Rule {
    /// A segment, by its name.
    Segment(String),
    NewSegment,
    /// The events of a moment, by its place.
    Events(usize),
}

/// How a form shows a rule.
enum Shape {
    /// With so many rows, of which the first ones are filled.
    Rows(usize, Rows),
    Written(String),
}

impl Shape {
    fn of(rule: &str, scope: Scope) -> Self {
        match Rows::read(rule, scope) {
            Some(rows) => Self::Rows(rows.rows.len().saturating_add(1).clamp(LEAST_ROWS, MOST_ROWS), rows),
            None => Self::Written(rule.to_owned()),
        }
    }
}

impl Rule {
    /// Reads the last parts of an address.
    pub(crate) fn of(parts: &[&str]) -> Result<Self, Refusal> {
        match parts {
            ["new-segment"] => Ok(Self::NewSegment),
            ["segments", name] => Ok(Self::Segment((*name).to_owned())),
            ["moments", number] => {
                let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                index.map(Self::Events).ok_or(Refusal::NotFound)
            }
            _ => Err(Refusal::NotFound),
        }
    }

    fn current<'a>(&self, campaign: &'a Value) -> Option<&'a str> {
        match self {
            Self::Segment(name) => campaign["segments"][name].as_str(),
            Self::NewSegment => Some(""),
            Self::Events(index) => {
                campaign["moments"].get(*index).map(|moment| moment["when"].as_str().unwrap_or_default())
            }
        }
    }

    fn scope(&self, campaign: &Value) -> Scope {
        match self {
            Self::Segment(_) | Self::NewSegment => Scope::User,
            Self::Events(_) if campaign["kind"] == "competition" => Scope::Score,
            Self::Events(_) => Scope::Event,
        }
    }

    /// Puts a rule into the form, in its shape.
    fn show(&self, draft: &Draft<'_>, shape: &Shape, form: &mut Form) {
        let t = draft.t;
        let mut facts = Vec::new();
        if !matches!(self, Self::Events(_)) {
            let name = if let Self::Segment(name) = self { name.as_str() } else { "" };
            let field = Field::line("name", t.get("field-name"), name).required().hint(t.get("hint-segment-name"));
            facts.push(field.at("/segments"));
        }
        if let Self::Events(index) = self {
            facts.extend(segments_of(draft, *index));
        }
        let hint = t.get(if matches!(self, Self::Events(_)) { "hint-every-event" } else { "hint-segment" });
        let pointer = match self {
            Self::Events(index) => format!("/moments/{index}"),
            Self::Segment(name) => format!("/segments/{name}"),
            Self::NewSegment => "/segments".to_owned(),
        };
        let mut sections = Vec::new();
        match shape {
            Shape::Rows(count, rows) => {
                facts.push(join(t, rows.join));
                sections.push(Section::new(t.get("section-rule"), facts).hint(hint));
                let mut fields = Table::new(t, self.scope(draft.campaign)).rows(*count, rows);
                fields[0] = fields[0].clone().at(pointer);
                sections.push(Section::new(t.get("section-rows"), fields).columns(4).hint(t.get("hint-rows")));
                form.other = Some(("cel".to_owned(), t.get("rule-to-cel")));
            }
            Shape::Written(rule) => {
                let field = Field::line("rule", t.get("field-cel"), rule.as_str()).kind(Kind::Code);
                facts.push(field.hint(t.get("hint-cel")).at(pointer));
                sections.push(Section::new(t.get("section-rule"), facts).hint(hint));
                form.other = Some(("rows".to_owned(), t.get("rule-to-rows")));
            }
        }
        if matches!(self, Self::Segment(_)) {
            let choices = vec![(String::new(), t.get("value-no")), ("yes".to_owned(), t.get("value-yes"))];
            let remove = Field::line("remove", t.get("field-remove-segment"), "").kind(Kind::Choice(choices));
            sections.push(Section::new(t.get("section-remove"), vec![remove]));
        }
        form.sections = sections;
    }

    /// Returns the typed rule, if it is good, and shows it in the shape that was asked for.
    fn typed(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Option<String> {
        let (t, scope) = (draft.t, self.scope(draft.campaign));
        if typed.has("rule") {
            let rule = written(typed, self.current(draft.campaign).unwrap_or_default());
            self.show(draft, &Shape::Written(rule.clone()), form);
            if typed.get("as") == "rows" {
                match Shape::of(&rule, scope) {
                    Shape::Written(_) => form.refuse("rule", Mistake::new(t.get("mistake-not-rows"))),
                    rows @ Shape::Rows(..) => self.show(draft, &rows, form),
                }
            }
            form.fill(typed);
            // A form leaves the blanks around a value out: not here.
            let fields = form.sections.iter_mut().flat_map(|section| &mut section.fields);
            fields.filter(|field| field.name == "rule").for_each(|field| rule.clone_into(&mut field.value));
            return Some(rule);
        }
        let count = (0..MOST_ROWS).take_while(|row| typed.has(&format!("field_{row}"))).count().max(1);
        self.show(draft, &Shape::Rows(count, Rows::new(Join::And, Vec::new())), form);
        form.fill(typed);
        let rule = read(t, scope, typed, form).and_then(|rows| rows.written())?;
        if typed.get("as") == "cel" {
            self.show(draft, &Shape::Written(rule.clone()), form);
            form.fill(typed);
        }
        Some(rule)
    }
}

impl Edits for Rule {
    fn address(&self) -> String {
        match self {
            Self::Segment(name) => format!("rules/segments/{}", part_of_path(name)),
            Self::NewSegment => "rules/new-segment".to_owned(),
            Self::Events(index) => format!("rules/moments/{}", index.saturating_add(1)),
        }
    }

    fn title(&self, t: &Texts) -> String {
        match self {
            Self::Segment(name) => t.with("edit-segment", &[("name", &isolated(name))]),
            Self::NewSegment => t.get("edit-new-segment"),
            Self::Events(index) => t.count("edit-when", (*index as u64).saturating_add(1)),
        }
    }

    fn form(&self, draft: &Draft<'_>) -> Option<Form> {
        let shape = Shape::of(self.current(draft.campaign)?, self.scope(draft.campaign));
        let opened_for = match self {
            Self::Events(index) => edit_moment::id_at(draft.campaign, *index),
            Self::Segment(_) | Self::NewSegment => None,
        };
        let mut form = Form { opened_for, ..Form::default() };
        self.show(draft, &shape, &mut form);
        Some(form)
    }

    fn follow(&mut self, campaign: &Value, typed: &Fields) -> bool {
        match self {
            Self::Events(index) => edit_moment::follow(index, campaign, typed),
            Self::Segment(_) | Self::NewSegment => self.current(campaign).is_some(),
        }
    }

    /// What was typed of a segment that is gone can become a new one. A rule without its moment cannot be saved.
    fn form_of_gone(&mut self, draft: &Draft<'_>, typed: &Fields) -> Option<Form> {
        let mut form = Form::default();
        if matches!(self, Self::Segment(_)) {
            *self = Self::NewSegment;
            form.others.push(Mistake::new(draft.t.get("mistake-segment-gone")));
        } else {
            edit_moment::refuse_gone(draft.t, typed, &mut form);
        }
        self.typed(draft, typed, &mut form);
        Some(form)
    }

    fn apply(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Value {
        let mut body = body_of(draft.campaign);
        let rule = self.typed(draft, typed, form);
        let Self::Events(index) = self else {
            self.put_segment(draft, typed, form, rule.as_deref(), &mut body);
            return body;
        };
        if let (Some(rule), Some(moment)) = (rule, body["moments"][*index].as_object_mut()) {
            if typed.has("segments") {
                let names = listed(typed.get("segments"));
                match names.is_empty() {
                    true => moment.remove("segments"),
                    false => moment.insert("segments".to_owned(), names.split(", ").collect()),
                };
            }
            match rule.trim().is_empty() {
                true => moment.remove("when"),
                false => moment.insert("when".to_owned(), rule.into()),
            };
        }
        body
    }

    fn is_only_shown(&self, typed: &Fields) -> bool {
        !typed.get("as").is_empty()
    }
}

impl Rule {
    /// Puts a segment with its rule into the body, or takes it out. What names the segment keeps doing so.
    fn put_segment(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form, rule: Option<&str>, body: &mut Value) {
        let (t, name) = (draft.t, typed.get("name"));
        let before = if let Self::Segment(before) = self { before.as_str() } else { "" };
        let mut segments: Map<String, Value> = body["segments"].as_object().cloned().unwrap_or_default();
        segments.remove(before);
        if typed.get("remove") != "yes" {
            if name.is_empty() {
                form.refuse("name", Mistake::new(t.get("mistake-missing")));
            } else if segments.contains_key(name) {
                form.refuse("name", Mistake::new(t.get("mistake-segment-taken")));
            }
            if rule.is_some_and(|rule| rule.trim().is_empty()) && !self.is_only_shown(typed) {
                let first = if typed.has("rule") { "rule" } else { "field_0" };
                form.refuse(first, Mistake::new(t.get("mistake-missing")));
            }
            for field in form.sections.iter_mut().flat_map(|section| &mut section.fields) {
                if matches!(field.name.as_str(), "rule" | "field_0") {
                    *field = field.clone().at(format!("/segments/{name}"));
                }
            }
            segments.insert(name.to_owned(), rule.unwrap_or_default().into());
            rename(body, before, name);
        }
        match (segments.is_empty(), body.as_object_mut()) {
            (true, Some(fields)) => drop(fields.remove("segments")),
            (false, Some(fields)) => drop(fields.insert("segments".to_owned(), segments.into())),
            (_, None) => {}
        }
    }
}

/// Gives a segment its new name in the moments and rewards that are for it.
fn rename(body: &mut Value, before: &str, name: &str) {
    let rename_in = |owner: &mut Value| {
        let names = owner.get_mut("segments").and_then(Value::as_array_mut).into_iter().flatten();
        names.filter(|known| known.as_str() == Some(before)).for_each(|known| *known = name.into());
    };
    for moment in body["moments"].as_array_mut().into_iter().flatten() {
        rename_in(moment);
        moment.get_mut("rewards").and_then(Value::as_array_mut).into_iter().flatten().for_each(rename_in);
    }
}

/// Returns the rule as it was typed, with the blanks around it. Browsers change the ends of lines: a rule that differs in
/// nothing else is the stored one.
fn written(typed: &Fields, stored: &str) -> String {
    let text = typed.0.iter().find(|(name, _)| name == "rule").map_or("", |(_, text)| text.as_str());
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    if lines(text) == lines(stored) { stored.to_owned() } else { lines(text) }
}

/// The segments that a moment is for, if the campaign has any.
fn segments_of(draft: &Draft<'_>, index: usize) -> Option<Field> {
    let t = draft.t;
    let names = |names: Vec<&str>| names.join(", ");
    let known = draft.campaign["segments"].as_object()?.keys().map(String::as_str);
    let of_moment = draft.campaign["moments"][index]["segments"].as_array().into_iter().flatten();
    let value = names(of_moment.filter_map(Value::as_str).collect());
    let hint = t.with("hint-for-segments", &[("segments", &isolated(&names(known.collect())))]);
    let field = Field::line("segments", t.get("field-for-segments"), value).hint(hint);
    Some(field.at(format!("/moments/{index}/segments")))
}

fn join(t: &Texts, join: Join) -> Field {
    let choices = vec![("and".to_owned(), t.get("join-and")), ("or".to_owned(), t.get("join-or"))];
    let value = if join == Join::Or { "or" } else { "and" };
    Field::line("join", t.get("field-join"), value).kind(Kind::Choice(choices))
}

/// The rows of a form, with what each of them offers.
struct Table<'a> {
    t: &'a Texts,
    fields: Vec<(String, String)>,
    comparisons: Vec<(String, String)>,
}

impl<'a> Table<'a> {
    fn new(t: &'a Texts, scope: Scope) -> Self {
        let known = FIELDS.into_iter().filter(|field| scope.has(field));
        let known = known.map(|field| (field.to_owned(), wording::field(t, field)));
        let fields = [(String::new(), t.get("choose-none"))].into_iter().chain(known).collect();
        let comparison = |known: Comparison| (known.name().to_owned(), wording::comparison(t, known));
        Self { t, fields, comparisons: Comparison::ALL.map(comparison).into() }
    }

    fn rows(&self, count: usize, rows: &Rows) -> Vec<Field> {
        (0..count).flat_map(|index| self.row(index, rows.rows.get(index))).collect()
    }

    fn row(&self, index: usize, row: Option<&Row>) -> [Field; 4] {
        let t = self.t;
        let number = amounts::whole(t.language, (index as u64).saturating_add(1));
        let field = |name: &str, label: &str, value: &str| {
            Field::line(format!("{name}_{index}"), t.with(label, &[("number", &number)]), value)
        };
        let comparison = row.map_or(Comparison::Is, |row| row.comparison);
        let value = row.map(|row| row.value.clone()).unwrap_or_default();
        let value = if comparison.is_of_number() { shown_number(t, &value) } else { value };
        [
            field("field", "field-row-field", row.map_or("", |row| row.field)).kind(Kind::Choice(self.fields.clone())),
            field("attribute", "field-row-attribute", row.map_or("", |row| &row.attribute)),
            field("comparison", "field-row-comparison", comparison.name()).kind(Kind::Choice(self.comparisons.clone())),
            field("value", "field-row-value", &value),
        ]
    }
}

fn shown_number(t: &Texts, number: &str) -> String {
    number.replace('.', &amounts::decimal_sign(t.language).to_string())
}

/// Reads a number as rows write it. Signs between thousands could be decimals somewhere else: they are not taken.
fn typed_number(t: &Texts, typed: &str) -> Option<String> {
    let sign = amounts::decimal_sign(t.language);
    let text: String = typed.chars().filter(|sign| !sign.is_whitespace()).map(amounts::narrow).collect();
    if sign != '.' && text.contains('.') {
        return None;
    }
    let text = text.replace(sign, ".").replace(['−', '－'], "-");
    crate::rule_rows::is_number(&text).then_some(text)
}

/// Reads the typed rows. `None` if one of them has a mistake, which is then at its field.
fn read(t: &Texts, scope: Scope, typed: &Fields, form: &mut Form) -> Option<Rows> {
    let mut rows = Vec::new();
    let mut is_good = true;
    for index in (0..MOST_ROWS).take_while(|row| typed.has(&format!("field_{row}"))) {
        let get = |part: &str| typed.get(&format!("{part}_{index}"));
        if ["field", "attribute", "value"].iter().all(|part| get(part).is_empty()) {
            continue;
        }
        match read_row(t, scope, &get) {
            Ok(row) => rows.push(row),
            Err((part, mistake)) => {
                form.refuse(&format!("{part}_{index}"), Mistake::new(mistake));
                is_good = false;
            }
        }
    }
    let join = if typed.get("join") == "or" { Join::Or } else { Join::And };
    is_good.then(|| Rows::new(join, rows))
}

/// Reads one row, or says which part of it is wrong.
fn read_row<'a>(t: &Texts, scope: Scope, get: &impl Fn(&str) -> &'a str) -> Result<Row, (&'static str, String)> {
    let known = FIELDS.into_iter().find(|known| *known == get("field") && scope.has(known));
    let field = known.ok_or_else(|| ("field", t.get("mistake-missing")))?;
    let (attribute, typed) = (get("attribute"), get("value"));
    match is_attribute(field) {
        true if attribute.is_empty() => return Err(("attribute", t.get("mistake-missing"))),
        true if !is_name(attribute) => return Err(("attribute", t.get("mistake-attribute"))),
        false if !attribute.is_empty() => return Err(("attribute", t.get("mistake-not-needed"))),
        _ => {}
    }
    let comparison = Comparison::named(get("comparison")).filter(|comparison| comparison.fits(field));
    let comparison = comparison.ok_or_else(|| ("comparison", t.get("mistake-comparison")))?;
    let value = match comparison {
        _ if comparison.has_value() && typed.is_empty() => return Err(("value", t.get("mistake-missing"))),
        _ if !comparison.has_value() && !typed.is_empty() => return Err(("value", t.get("mistake-not-needed"))),
        _ if comparison.is_of_number() => {
            let example = [("example", &*shown_number(t, "1234.5"))];
            typed_number(t, typed).ok_or_else(|| ("value", t.with("mistake-number", &example)))?
        }
        Comparison::OneOf | Comparison::NoneOf => listed(typed),
        _ => typed.to_owned(),
    };
    let row = Row { field, attribute: attribute.to_owned(), comparison, value };
    match row.written() {
        Some(_) => Ok(row),
        None => Err(("value", t.get("mistake-missing"))),
    }
}

#[cfg(test)]
#[path = "edit_rule_tests.rs"]
mod tests;
