//! Making and editing a reward group. The body for the API is the group as the API shows it, with what the form has:
//! the rest of it stays. Kind and currency stay for ever.

use edge::http::Response;
use serde_json::{Value, json};

use crate::amounts;
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::reward_wording::{self, KINDS};
use crate::screens::edit_basics::{explain, name, whole};
use crate::screens::form_page::{FormPage, differences};
use crate::screens::group::{address, path};
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Fields, NOT_THERE, Visit};

/// `GET|POST /console/apps/{app}/new-reward-group`.
pub(crate) async fn make(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    frame.require("editor")?;
    let mut form = Form {
        action: format!("{}/new-reward-group", app_address(app)),
        sections: sections(t, &Value::Null),
        submit: t.get("group-create"),
        cancel: format!("{}/reward-groups", app_address(app)),
        ..Form::default()
    };
    if visit.is_post {
        form.fill(&visit.form);
        let body = body(t, &Value::Null, &visit.form, &mut form);
        let id = visit.form.get("id");
        if id.is_empty() {
            form.refuse("id", Mistake::new(t.get("mistake-missing")));
        }
        if form.is_good() && !visit.is_held() {
            let path = path(app, id);
            let answer = visit.call("PUT", &path, NOT_THERE, Some(&body)).await?;
            if answer.status < 300 {
                return Ok(lead_to(&format!("{}?saved", address(app, id))));
            }
            if answer.body["code"] == "version_conflict" {
                form.refuse("id", Mistake::new(t.get("group-taken")));
            } else {
                form.place(t, &answer.body);
            }
        }
    }
    let status = if form.is_good() { 200 } else { 400 };
    let crumb = (form.cancel.clone(), t.get("nav-groups"));
    let (title, is_held) = (t.get("groups-new"), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: Vec::new(), form, conflict: None, is_held }))
}

/// `GET|POST /console/apps/{app}/reward-groups/{group}/edit`.
pub(crate) async fn edit(visit: &Visit<'_>, app: &str, group: &str) -> Result<Response, Refusal> {
    let (path, t) = (path(app, group), visit.texts);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    frame.require("editor")?;
    let here = address(app, group);
    let mut form = Form {
        action: format!("{here}/edit"),
        version: if visit.is_post { visit.form.version() } else { answer.version },
        sections: sections(t, &answer.body),
        submit: t.get("save"),
        cancel: here.clone(),
        ..Form::default()
    };
    let (stored, mut conflict) = (form.clone(), None);
    if visit.is_post {
        form.fill(&visit.form);
        let body = body(t, &answer.body, &visit.form, &mut form);
        if form.is_good() && !visit.is_held() {
            let saved = visit.call("PUT", &path, Some(visit.form.seen()), Some(&body)).await?;
            if saved.status < 300 {
                return Ok(lead_to(&format!("{here}?saved")));
            }
            if saved.body["code"] == "version_conflict" {
                form.version = answer.version;
                conflict = Some(differences(t, &stored, &form));
            } else {
                form.place(t, &saved.body);
            }
        }
    }
    let status = match (&conflict, form.is_good()) {
        (Some(_), _) => 409,
        (None, true) => 200,
        (None, false) => 400,
    };
    let crumb = (here, answer.body["name"].as_str().unwrap_or_default().to_owned());
    let (title, is_held) = (t.get("group-edit"), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: Vec::new(), form, conflict, is_held }))
}

/// The form of a group; of a new one with its id, kind and currency.
fn sections(t: &Texts, group: &Value) -> Vec<Section> {
    let is_new = group.is_null();
    let text = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
    let mut what = vec![name(t, &text("name"))];
    if is_new {
        what.push(Field::line("id", t.get("field-id"), "").required().hint(t.get("hint-id")).at("/group"));
        let kinds = KINDS.map(|kind| (kind.to_owned(), reward_wording::kind(t, kind)));
        what.push(Field::line("kind", t.get("field-kind"), KINDS[0]).kind(Kind::Choice(kinds.into())).at("/kind"));
    }
    let names = group["marketplaces"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let marketplaces = names.collect::<Vec<_>>().join(", ");
    let marketplaces = Field::line("marketplaces", t.get("group-marketplaces"), marketplaces).at("/marketplaces");
    what.push(marketplaces.hint(t.get("group-marketplaces-hint")));
    let test_url = Field::line("test_url", t.get("group-test-url"), text("test_url")).required().at("/test_url");
    what.push(test_url.hint(t.get("group-test-url-hint")));
    what.extend(of_kind(t, group));
    vec![
        Section::new(t.get("group-facts"), what),
        Section::new(t.get("group-cpa"), cost(t, group)),
        Section::new(t.get("stock-title"), limits(t, group)),
    ]
}

/// The fields that only some kinds have. A new group of any kind shows them all.
fn of_kind(t: &Texts, group: &Value) -> Vec<Field> {
    let (kind, text) = (group["kind"].as_str(), |name: &str| group[name].as_str().unwrap_or_default().to_owned());
    let weight = group["shipping"]["weight_grams"].as_u64().map(|grams| grams.to_string()).unwrap_or_default();
    let url = Field::line("url", t.get("group-url"), text("url")).at("/url").hint(t.get("group-url-hint"));
    let category = Field::line("category", t.get("group-category"), text("category")).at("/category");
    let weight = Field::line("weight", t.get("group-weight"), weight).kind(Kind::Number).at("/shipping");
    let fields = [
        ("shared_url", url),
        ("catalog_credit", category.hint(t.get("group-category-hint"))),
        ("physical", weight.hint(t.get("group-weight-hint"))),
    ];
    fields.into_iter().filter(|(of, _)| kind.is_none_or(|kind| kind == *of)).map(|(_, field)| field).collect()
}

fn cost(t: &Texts, group: &Value) -> Vec<Field> {
    let currency = group["cpa"]["currency"].as_str().unwrap_or("EUR");
    let minor = group["cpa"]["amount_minor"].as_i64();
    let amount = minor.map(|minor| amounts::amount(t.language, currency, minor)).unwrap_or_default();
    let is_new = group.is_null();
    let label = if is_new { t.get("group-cpa") } else { format!("{} ({currency})", t.get("group-cpa")) };
    let mut fields = vec![Field::line("cpa", label, amount).required().hint(t.get("group-cpa-hint")).at("/cpa")];
    if is_new {
        let field = Field::line("currency", t.get("field-currency"), currency).required().at("/cpa/currency");
        fields.push(field.hint(t.get("hint-currency")));
    }
    fields
}

fn limits(t: &Texts, group: &Value) -> Vec<Field> {
    let number = |name: &str| group[name].as_u64().map(|number| number.to_string()).unwrap_or_default();
    let field = |name: &str, label: &str, pointer: &str| {
        Field::line(name, t.get(label), number(pointer)).kind(Kind::Number).at(format!("/{pointer}"))
    };
    let fallback = group["fallback_group_id"].as_str().unwrap_or_default();
    let fallback = Field::line("fallback", t.get("group-fallback"), fallback).at("/fallback_group_id");
    let threshold = field("threshold", "group-threshold", "low_stock_threshold").hint(t.get("group-threshold-hint"));
    // What a supplier makes has no stock.
    let threshold = Some(threshold).filter(|_| group["supplier"].is_null());
    let rest = [field("expires", "group-expires", "expires_after_days"), fallback.hint(t.get("group-fallback-hint"))];
    threshold.into_iter().chain(rest).collect()
}

/// Returns the body for the API.
fn body(t: &Texts, group: &Value, typed: &Fields, form: &mut Form) -> Value {
    let mut body = if group.is_null() { json!({"kind": typed.get("kind")}) } else { group.clone() };
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "reward_group_id" | "version"));
    }
    body["name"] = typed.get("name").into();
    body["test_url"] = typed.get("test_url").into();
    let names = typed.get("marketplaces").split([',', ';', ' ', '、']).filter(|name| !name.is_empty());
    body["marketplaces"] = names.collect::<Vec<_>>().into();
    let current = group["cpa"]["currency"].as_str().unwrap_or_default();
    let currency = if group.is_null() { typed.get("currency").to_uppercase() } else { current.to_owned() };
    match amounts::parse(t.language, &currency, typed.get("cpa")) {
        Ok(minor) => body["cpa"] = json!({"currency": currency, "amount_minor": minor}),
        Err(error) => form.refuse("cpa", Mistake::new(explain(t, &currency, &error))),
    }
    for (name, field) in [("url", "url"), ("category", "category"), ("fallback", "fallback_group_id")] {
        if typed.has(name) {
            body[field] = Some(typed.get(name)).filter(|text| !text.is_empty()).into();
        }
    }
    for (name, field) in [("threshold", "low_stock_threshold"), ("expires", "expires_after_days")] {
        body[field] = if typed.has(name) { number(t, typed, name, form) } else { Value::Null };
    }
    if typed.has("weight") {
        match number(t, typed, "weight", form) {
            Value::Null => body["shipping"] = Value::Null,
            grams => body["shipping"]["weight_grams"] = grams,
        }
    }
    body
}

/// Reads a whole number; null if nothing is typed.
fn number(t: &Texts, typed: &Fields, name: &str, form: &mut Form) -> Value {
    if typed.get(name).is_empty() {
        return Value::Null;
    }
    let number = whole(typed.get(name));
    if number.is_none() {
        form.refuse(name, Mistake::new(t.get("mistake-whole")));
    }
    number.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;

    #[test]
    fn what_the_form_does_not_know_is_kept() {
        let t = texts::of(Language::German);
        let shipping = json!({"weight_grams": 400, "sku": "MUG", "customs": {"hs_code": "691110"}});
        let group = json!({"reward_group_id": "mug", "name": "Mug", "kind": "physical", "version": 3,
            "cpa": {"currency": "JPY", "amount_minor": 500}, "marketplaces": ["DE", "DACH"], "shipping": shipping,
            "test_url": "https://gift.example/test", "expires_after_days": 90, "low_stock_threshold": null,
            "fallback_group_id": "gift", "url": null, "category": null, "credit": null, "supplier": null});
        let mut supplied = group.clone();
        supplied["kind"] = json!("unique_url");
        supplied["shipping"] = Value::Null;
        supplied["supplier"] = json!({"id": "cards", "product": "gift-10"});
        for group in [group, supplied] {
            keeps(t, &group);
        }
    }

    fn keeps(t: &Texts, group: &Value) {
        let mut form = Form { sections: sections(t, group), ..Form::default() };
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        let typed = Fields(fields.map(|field| (field.name.clone(), field.value.clone())).collect());
        let mut expected = group.clone();
        expected.as_object_mut().unwrap().retain(|name, _| name != "reward_group_id" && name != "version");
        assert_eq!(body(t, group, &typed, &mut form), expected);
        assert!(form.is_good());
    }
}
