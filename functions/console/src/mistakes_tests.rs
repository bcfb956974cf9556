//! Tests that what the API refuses in forms of campaigns, groups and people has a sentence, in every language.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::texts;

/// The files of the API that judge these forms.
const JUDGES: [&str; 22] = [
    "functions/manage-campaigns/src/amendment.rs",
    "functions/manage-campaigns/src/campaign_body.rs",
    "functions/manage-campaigns/src/campaigns.rs",
    "functions/manage-campaigns/src/competition_body.rs",
    "functions/manage-campaigns/src/diff.rs",
    "functions/manage-campaigns/src/four_eyes.rs",
    "functions/manage-campaigns/src/guards_body.rs",
    "functions/manage-campaigns/src/lifecycle.rs",
    "functions/manage-campaigns/src/messages_body.rs",
    "functions/manage-campaigns/src/people.rs",
    "functions/manage-campaigns/src/person_identity.rs",
    "functions/manage-campaigns/src/person_keys.rs",
    "functions/manage-campaigns/src/reward_groups.rs",
    "functions/manage-campaigns/src/webhooks.rs",
    "shared/domain/src/campaign/mod.rs",
    "shared/domain/src/campaign/obstacles.rs",
    "shared/domain/src/marketplace.rs",
    "shared/edge/src/fields/mod.rs",
    "shared/edge/src/fields/values.rs",
    "shared/edge/src/json/mod.rs",
    "shared/edge/src/marketplaces.rs",
    "shared/edge/src/role_fields.rs",
];

/// The sources, without tests.
fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    JUDGES.map(|path| read(path).split("#[cfg(test)]").next().unwrap().to_owned()).into()
}

/// The words in quotes that stand as an argument of a call: `place` counts from 0.
fn words(call: &str, place: usize) -> BTreeSet<String> {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut found = BTreeSet::new();
    for source in sources() {
        for after in source.split(call).skip(1) {
            let argument = arguments(after).into_iter().nth(place).unwrap_or_default();
            let word = argument.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            found.extend(word.filter(|word| is_word(word)).map(str::to_owned));
        }
    }
    found
}

/// Splits what follows an open bracket at its own commas.
fn arguments(after: &str) -> Vec<String> {
    let (mut depth, mut is_text, mut parts) = (0_u32, false, vec![String::new()]);
    for sign in after.chars() {
        match sign {
            '"' => is_text = !is_text,
            '(' | '[' | '{' if !is_text => depth += 1,
            ')' | ']' | '}' if !is_text && depth == 0 => break,
            ')' | ']' | '}' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(sign);
    }
    parts
}

fn codes() -> BTreeSet<String> {
    let calls = [
        ("Mistake(", 0),
        ("word_field!(", 1),
        ("refuse(", 1),
        ("refuse_at(", 1),
        ("Error::invalid(", 1),
        ("FieldError::new(", 1),
    ];
    let mut found: BTreeSet<String> = calls.into_iter().flat_map(|(call, place)| words(call, place)).collect();
    // A conflict names its code as a field.
    for source in sources() {
        let named = source.split("Conflict { code: \"").skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(named.map(str::to_owned));
    }
    found
}

#[test]
fn every_code_of_the_api_has_a_sentence_in_every_language() {
    const KNOWN: [&str; 12] = [
        "required",
        "out_of_range",
        "invalid_rule",
        "invalid_prize",
        "invalid_score",
        "obstacle",
        "invalid_marketplace",
        "group_conflict",
        "budget_spent",
        "invalid_fallback",
        "invalid_role",
        "unknown_field",
    ];
    let codes = codes();
    for known in KNOWN {
        assert!(codes.contains(known), "{known} is not among {codes:?}");
    }
    for language in Language::ALL {
        let t = texts::of(language);
        for code in &codes {
            let said = whole(t, &json!({"code": code})).or_else(|| sentence(t, code));
            assert!(
                said.as_ref().is_some_and(|text| text.contains([' ', '。', '、'])),
                "{language:?}: {code}: {said:?}"
            );
        }
    }
}

#[test]
fn every_obstacle_has_a_sentence_in_every_language() {
    let reasons = words("obstacle(", 0);
    assert!(reasons.len() >= 12, "{reasons:?}");
    for language in Language::ALL {
        let t = texts::of(language);
        for reason in &reasons {
            let said = obstacle(t, reason, &json!({}));
            assert!(said.as_ref().is_some_and(|text| !text.contains("obstacle-")), "{language:?}: {reason}");
        }
    }
}

#[test]
fn values_are_written_as_the_language_does() {
    let t = texts::of(Language::German);
    let values = json!({"reason": "budget_too_low", "group": "gift", "cost_minor": "123450", "currency": "EUR"});
    let said = of_api(t, &json!({"code": "obstacle", "detail": "does not cover", "values": values}));
    assert!(said.text.contains("1.234,50\u{a0}EUR") && said.more.is_empty() && !said.is_english, "{said:?}");
    let values = json!({"least": "1", "most": "1000000"});
    let said = of_api(t, &json!({"code": "out_of_range", "detail": "must be", "values": values}));
    assert!(said.text.contains("1.000.000") && said.more.is_empty(), "{said:?}");
}

#[test]
fn what_has_no_sentence_stays_english_and_what_says_more_is_kept() {
    let error = json!({"code": "invalid_rule", "detail": "at 5: unknown name"});
    let said = of_api(texts::of(Language::French), &error);
    assert_eq!((said.is_english, said.more.as_str()), (false, "at 5: unknown name"));
    let said = of_api(texts::of(Language::English), &error);
    assert_eq!((said.text.as_str(), said.more.as_str()), ("at 5: unknown name", ""));
    let said = of_api(texts::of(Language::French), &json!({"code": "brand_new", "detail": "is new"}));
    assert_eq!((said.text.as_str(), said.is_english), ("is new", true));
}
