//! Tests that a rule is saved as it was written or built, and otherwise stays as it is.

use serde_json::json;

use super::*;
use crate::language::Language;
use crate::texts;

fn campaign() -> Value {
    let moment = |when: &str| {
        json!({"moment_id": "m", "when": when, "segments": ["gold", "de"],
            "rewards": [{"reward_group_id": "gift", "segments": ["gold"]}]})
    };
    json!({"kind": "challenge", "state": "draft", "segments": {
            "gold": "user.attributes.tier == \"gold\"  &&\r\n  has(user.locale)\n ",
            "de": "user.marketplace in ['DE', 'AT'] || user.attributes.km >= 1234.50"},
        "moments": [moment("event.quantity > 1"), moment("event.quantity>1")]})
}

/// What a browser posts of the form that is shown, with changes.
fn applied(rule: &Rule, changes: &[(&str, &str)]) -> (Value, Form) {
    let campaign = campaign();
    let draft = Draft { t: texts::of(Language::German), campaign: &campaign, groups: &[] };
    let mut form = rule.form(&draft).unwrap();
    let mut typed = shown(&form);
    for (name, value) in changes {
        typed.0.retain(|(known, _)| known != name);
        typed.0.push(((*name).to_owned(), (*value).to_owned()));
    }
    form.fill(&typed);
    let body = rule.apply(&draft, &typed, &mut form);
    (body, form)
}

fn shown(form: &Form) -> Fields {
    let fields = form.sections.iter().flat_map(|section| &section.fields);
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
    Fields(fields.map(|field| (field.name.clone(), lines(&field.value))).collect())
}

fn value_of<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    let mut fields = form.sections.iter().flat_map(|section| &section.fields);
    fields.find(|field| field.name == name).map(|field| field.value.as_str())
}

fn segment(name: &str) -> Rule {
    Rule::Segment(name.to_owned())
}

#[test]
fn saving_a_rule_as_it_is_shown_changes_no_byte() {
    for rule in [segment("gold"), segment("de"), Rule::Events(0), Rule::Events(1)] {
        let (body, form) = applied(&rule, &[]);
        assert!(form.is_good(), "{}: {:?}", rule.address(), form.mistaken());
        assert_eq!(body, body_of(&campaign()), "{}", rule.address());
    }
}

#[test]
fn only_a_rule_that_rows_write_is_shown_as_rows() {
    let is_rows = |rule: &Rule| value_of(&applied(rule, &[]).1, "field_0").is_some();
    assert!(is_rows(&segment("de")) && is_rows(&Rule::Events(0)) && is_rows(&Rule::NewSegment));
    assert!(!is_rows(&segment("gold")) && !is_rows(&Rule::Events(1)));
    let (_, form) = applied(&segment("de"), &[]);
    assert_eq!(value_of(&form, "join"), Some("or"));
    assert_eq!(value_of(&form, "value_1"), Some("1234,50"));
}

#[test]
fn the_last_rows_are_for_more_and_an_emptied_one_goes() {
    let row = [("field_2", "event.attributes"), ("attribute_2", "currency"), ("value_2", "it's")];
    let emptied = [("field_0", ""), ("value_0", "")];
    let (body, form) = applied(&Rule::Events(0), &[row.as_slice(), &emptied].concat());
    assert!(form.is_good(), "{:?}", form.mistaken());
    assert_eq!(body["moments"][0]["when"], "event.attributes.currency == 'it\\'s'");
    let (body, _) = applied(&Rule::Events(0), &emptied);
    assert!(body["moments"][0].get("when").is_none());
}

#[test]
fn a_row_that_cannot_be_is_a_mistake_at_its_part() {
    for (changes, at) in [
        (&[("field_0", "")][..], "field_0"),
        (&[("field_0", "event.attributes")][..], "attribute_0"),
        (&[("field_0", "event.attributes"), ("attribute_0", "a-b")][..], "attribute_0"),
        (&[("attribute_0", "x")][..], "attribute_0"),
        (&[("comparison_0", "begins")][..], "comparison_0"),
        (&[("value_0", "")][..], "value_0"),
        (&[("value_0", "1.234")][..], "value_0"),
        (&[("field_0", "user.locale"), ("comparison_0", "known")][..], "value_0"),
    ] {
        let (_, form) = applied(&Rule::Events(0), changes);
        let mistaken: Vec<&str> = form.mistaken().iter().map(|(field, _)| field.name.as_str()).collect();
        assert_eq!(mistaken, [at]);
    }
}

#[test]
fn rows_become_cel_and_cel_becomes_rows_if_somebody_asks() {
    let (_, form) = applied(&segment("de"), &[("as", "cel"), ("value_0", "DE、 CH")]);
    let rule = "user.marketplace in ['DE', 'CH'] || user.attributes.km >= 1234.50";
    assert_eq!(value_of(&form, "rule"), Some(rule));
    let (_, form) = applied(&segment("gold"), &[("as", "rows"), ("rule", rule)]);
    assert_eq!(value_of(&form, "value_0"), Some("DE, CH"));
    assert!(form.is_good());
    let (_, form) = applied(&segment("gold"), &[("as", "rows")]);
    assert_eq!(value_of(&form, "rule"), campaign()["segments"]["gold"].as_str());
    assert_eq!(form.mistaken().len(), 1);
    assert!(segment("gold").is_only_shown(&Fields(vec![("as".to_owned(), "rows".to_owned())])));
}

#[test]
fn a_segment_with_a_new_name_is_still_the_moments_segment() {
    let (body, form) = applied(&segment("gold"), &[("name", "vip")]);
    assert!(form.is_good());
    assert_eq!(body["segments"]["vip"], campaign()["segments"]["gold"]);
    assert!(body["segments"].get("gold").is_none());
    assert_eq!(body["moments"][0]["segments"], json!(["vip", "de"]));
    assert_eq!(body["moments"][1]["rewards"][0]["segments"], json!(["vip"]));
    let (_, form) = applied(&segment("gold"), &[("name", "de")]);
    assert_eq!(form.mistaken()[0].0.name, "name");
}

#[test]
fn a_segment_is_added_and_removed() {
    let row = [("name", "near"), ("field_0", "user.marketplace"), ("value_0", "DE")];
    let (body, form) = applied(&Rule::NewSegment, &row);
    assert!(form.is_good(), "{:?}", form.mistaken());
    assert_eq!(body["segments"]["near"], "user.marketplace == 'DE'");
    assert_eq!(body["segments"].as_object().unwrap().len(), 3);
    let (body, _) = applied(&segment("gold"), &[("remove", "yes")]);
    assert_eq!(body["segments"].as_object().unwrap().keys().collect::<Vec<_>>(), ["de"]);
    let (_, form) = applied(&Rule::NewSegment, &[("name", "near")]);
    assert_eq!(form.mistaken()[0].0.name, "field_0");
}

#[test]
fn a_moment_is_for_the_segments_that_are_named() {
    let (body, _) = applied(&Rule::Events(1), &[("segments", "de、 gold ,")]);
    assert_eq!(body["moments"][1]["segments"], json!(["de", "gold"]));
    let (body, _) = applied(&Rule::Events(1), &[("segments", " ")]);
    assert!(body["moments"][1].get("segments").is_none());
}
