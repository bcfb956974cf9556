use crate::fixtures::time;
use serde_json::json;

use super::*;

fn known(value: serde_json::Value) -> Attributes {
    let serde_json::Value::Object(map) = value else { panic!("attributes are an object") };
    Attributes(map)
}

/// A user in Germany who deposits 7 at noon of 1 June 2026, after 3 of 5.
fn facts<'a>(user: &'a Attributes, event: &'a Attributes) -> Facts<'a> {
    let noon = time("2026-06-01T12:00:00Z");
    Facts {
        user_id: "ada",
        marketplace: Some("DE"),
        locale: None,
        time_zone: Some(TimeZone::try_from("Europe/Berlin".to_owned()).unwrap()),
        user_attributes: Some(user),
        action: "deposit",
        quantity: 7,
        occurred_at: noon,
        event_attributes: Some(event),
        counted: 3,
        target: 5,
        earned: 0,
        now: noon,
    }
}

fn details(rule: &str, user: serde_json::Value) -> Vec<(bool, String)> {
    let (user, event) = (known(user), known(json!({"amount": 12.5})));
    let rule = check(rule, RuleScope::Event).unwrap_or_else(|flaw| panic!("{rule}: {flaw}"));
    let rule = CompiledRule::of(&rule);
    rule.findings(&facts(&user, &event)).into_iter().map(|finding| (finding.holds, finding.detail)).collect()
}

fn holds(rule: &str, user: serde_json::Value) -> bool {
    details(rule, user).into_iter().all(|(holds, _)| holds)
}

fn flaw(rule: &str) -> Flaw {
    match check(rule, RuleScope::Event) {
        Err(flaw) => flaw,
        Ok(_) => panic!("{rule} was taken"),
    }
}

#[test]
fn a_rule_looks_at_the_user_the_event_the_progress_and_the_time() {
    let gold = json!({"tier": "gold", "age": 41, "tags": ["vip", "beta"], "address": {"city": "Ulm"}});
    for rule in [
        "user.attributes.tier == 'gold' && user.marketplace in ['DE', 'AT']",
        "user.user_id == 'ada' && event.action == 'deposit' && event.quantity >= 5",
        "event.attributes.amount > 12.0 && event.attributes.amount < 13",
        "user.attributes.age > 18 || false",
        "user.attributes.tags.exists(tag, tag == 'vip') && !('old' in user.attributes.tags)",
        "user.attributes.tags.filter(tag, tag.startsWith('v')).size() == 1",
        "user.attributes.tags.all(t, t.size() > 2) && user.attributes.tags.exists_one(t, t == 'beta')",
        "user.attributes.address.city == 'Ulm' && user.attributes['tier'] == 'gold'",
        "has(user.attributes.tier) && !has(user.attributes.none) && !has(user.locale)",
        "progress.count == 3 && progress.target - progress.count == 2 && progress.rewards == 0",
        "now - event.occurred_at < duration('24h') && now < timestamp('2027-01-01T00:00:00Z')",
        "now.getHours('Europe/Berlin') == 14 && now.getHours(user.time_zone) == 14 && now.getDayOfWeek() == 1",
        "(has(user.attributes.none) ? user.attributes.none : 'gold') == user.attributes.tier",
        "user.attributes.age + 1 == 42 && user.attributes.age % 2 == 1 && event.quantity * user.attributes.age > 10",
        "{1: true}[1] && 1 in {1: true} && 'a' in {'a': 1}",
        "string(event.quantity) + '%' == '7%' && double(event.quantity) / 2.0 == 3.5 && -event.quantity < 0",
    ] {
        assert!(holds(rule, gold.clone()), "{rule}: {:?}", details(rule, gold.clone()));
    }
}

#[test]
fn each_clause_says_what_became_of_it() {
    let found =
        details("user.attributes.tier == 'gold' && event.quantity > 10\n && (true || false)", json!({"tier": "gold"}));
    let expected = [
        (true, "`user.attributes.tier == 'gold'` is true".to_owned()),
        (false, "`event.quantity > 10` is false".to_owned()),
        (true, "`(true || false)` is true".to_owned()),
    ];
    assert_eq!(found, expected);
    // Weaker operators, and lookalikes, stay in one clause.
    for whole in
        ["true && false || true", "'a && b' == 'a && b'", "true ? true && true : false", "r'\\' == '\\\\' // && '"]
    {
        assert_eq!(details(whole, json!({})).len(), 1, "{whole}");
        assert!(holds(whole, json!({})), "{whole}");
    }
    assert_eq!(details("'''it's && \"so\"''' != '' && \"\\\" && \" != ''", json!({})).len(), 2);
}

#[test]
fn what_is_missing_or_has_another_type_than_before_does_not_hold_and_says_so() {
    let missing = details("user.attributes.tier == 'gold' && event.quantity > 5", json!({}));
    assert_eq!(
        missing[0],
        (false, "`user.attributes.tier == 'gold'` cannot be decided: `tier` is not known".to_owned())
    );
    assert!(missing[1].0);
    assert_eq!(
        details("user.locale == 'de'", json!({}))[0].1,
        "`user.locale == 'de'` cannot be decided: `locale` is not known"
    );
    let rule = "user.attributes.age > 18";
    assert!(holds(rule, json!({"age": 19})) && holds(rule, json!({"age": 18.5})));
    for age in [json!("19"), json!(null), json!([19]), json!({"years": 19}), json!(true)] {
        let [(holds, detail)] = details(rule, json!({"age": age})).try_into().unwrap();
        assert!(!holds && detail.starts_with("`user.attributes.age > 18` cannot be decided: "), "{age}: {detail}");
        assert!(!detail.contains("19"), "a reason repeats no attribute: {detail}");
    }
    assert!(!holds("user.attributes.flag", json!({"flag": "yes"})));
    let detail = |rule: &str, user| details(rule, user).remove(0).1;
    assert!(detail("1 / user.attributes.n == 1", json!({"n": 0})).ends_with("it divides by zero"));
    assert!(detail("user.attributes.n + 1 > 0", json!({"n": i64::MAX})).ends_with("a number in it is too large"));
    // The reason hides keys that are values.
    let leak = detail("{'gold': true}[user.attributes.tier]", json!({"tier": "melancholic"}));
    assert!(leak.ends_with("a key in it is not known"), "{leak}");
    assert!(!holds("user.attributes.list[7] == 1", json!({"list": [1]})));
    assert!(!holds("timestamp(user.attributes.since) < now", json!({"since": "yesterday"})));
    assert!(!holds("now.getHours(user.attributes.zone) > 0", json!({"zone": "Mars/Olympus"})));
}

#[test]
fn a_rule_that_mistypes_is_refused_with_its_place() {
    for (rule, column, reason) in [
        ("event.quantity > '5'", 16, "`>` does not take int and string"),
        ("event.quantity == '5'", 16, "`==` does not take int and string"),
        ("user.marketplace + 1 == ''", 18, "`+` does not take string and int"),
        ("event.quantity", 6, "is a int; a rule must be true or false"),
        ("user.tier == 'gold'", 5, "user has no `tier`; it has user_id, marketplace"),
        ("usr.marketplace == 'DE'", 1, "there is no `usr`"),
        ("event.quantity.size() > 1", 20, "`size` does not take int"),
        ("user.marketplace.matches('D.*')", 25, "there is no function `matches`"),
        ("frobnicate(user)", 11, "there is no function `frobnicate`"),
        ("now > 5", 5, "`>` does not take timestamp and int"),
        ("1 + 1u == 2", 3, "`+` does not take int and uint"),
        ("user.marketplace in 'DE'", 18, "`in` does not take string and string"),
        ("true && event.quantity", 6, "`&&` does not take bool and int"),
        ("duration('1 day') < duration('1h')", 9, "duration() cannot read this text"),
        ("timestamp('2026-13-01T00:00:00Z') < now", 10, "timestamp() cannot read this text"),
        ("now.getHours('Mars/Olympus') > 1", 14, "a time zone must be the name of an IANA time zone"),
        ("event.attributes.l.exists(x, x + 1)", 0, "the condition must be true or false"),
        ("event.attributes.l.exists(x, y == 1)", 30, "there is no `y`"),
        ("event.quantity.exists(x, true)", 0, "loops over a list or a map, not over a int"),
    ] {
        let flaw = flaw(rule);
        assert!(flaw.reason.contains(reason), "{rule}: {flaw}");
        assert!(column == 0 || (flaw.line, flaw.column) == (1, column), "{rule}: {flaw}");
    }
    assert_eq!(
        (flaw("true &&\n  'ü' == event.quantity").line, flaw("true &&\n  'ü' == event.quantity").column),
        (2, 7)
    );
    let segment = check("event.quantity > 1", RuleScope::User).unwrap_err();
    assert!(segment.reason.contains("a segment knows user and now, and no event"), "{segment}");
}

#[test]
fn a_rule_that_is_no_cel_is_refused_with_its_place() {
    for (rule, line, column) in
        [("user.marketplace ==", 1, 20), ("a b", 1, 3), ("true &&\n event >> 5", 2, 9), ("'abc", 1, 1), ("", 1, 1)]
    {
        let flaw = flaw(rule);
        assert_eq!((flaw.line, flaw.column), (line, column), "{rule}: {flaw}");
        assert!(flaw.reason.starts_with("is not CEL: "), "{flaw}");
    }
}

#[test]
fn a_rule_that_is_too_long_too_deep_or_too_slow_is_refused_at_once() {
    let long = format!("true{}", " && true".repeat(12_500));
    assert!(flaw(&long).reason.contains("a rule has 2048 at the most"));
    let reason = |rule: &str| flaw(rule).reason;
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}")] {
        let deep = format!("{}true{}", open.repeat(300), close.repeat(300));
        assert!(reason(&deep).contains("nests more than 32 deep"), "{open}");
        assert!(reason(&open.repeat(2_048 / open.len())).contains("nests"), "{open}");
    }
    for deep in [
        format!("user{} == 1", ".attributes.a".repeat(150)),
        format!("{}true", "!".repeat(2_000)),
        format!("{}true", "! ".repeat(1_000)),
        format!("{}1 > 0", "- ".repeat(1_000)),
        format!("1{} > 0", "+1".repeat(1_000)),
        format!("{}true", "true ? true : ".repeat(140)),
        format!("1{}", "==1".repeat(600)),
        format!("user.attributes.l{} == 1", "[0]".repeat(600)),
        format!("'{}", "(".repeat(2_000)),
        format!("`a//`{}", "(".repeat(2_000)),
        format!("user{}", ".a".repeat(1_000)),
        format!("1{}", "<1".repeat(1_000)),
    ] {
        // The parser may shorten these, so they may pass; they must neither overflow nor take long.
        let _ = check(&deep, RuleScope::Event);
    }
    let slow = format!("user.attributes.l.exists(x, {})", vec!["x == 1"; 100].join(" || "));
    assert!(reason(&slow).contains("may take more than 10000 steps"), "{}", reason(&slow));
    let nested = "user.attributes.a.exists(x, user.attributes.b.exists(y, x == y))";
    assert!(reason(nested).contains("a loop over a list contains another one"));
    // With `map`, every sixty bytes double a text.
    assert!(
        reason("['a'].map(x, x + x).map(x, x + x).size() > 1").contains("with exists, all, exists_one and filter only")
    );
    assert!(reason("user.attributes.l.map(x, x > 1, x + 1).size() > 1").contains("filter only"));
}

#[test]
fn a_list_that_is_too_long_is_not_gone_through() {
    let rule = "user.attributes.l.exists(x, x == 1)";
    assert!(holds(rule, json!({"l": vec![1; MAX_LIST]})));
    let [(holds, detail)] = details(rule, json!({"l": vec![1; MAX_LIST + 1]})).try_into().unwrap();
    assert!(!holds && detail.contains("a list of more than 100"), "{detail}");
    assert!(self::holds("1 in user.attributes.l", json!({"l": vec![1; 3_000]})));
    // A short rule can join lists again and again.
    let joined = format!("({}).size() > 0", vec!["user.attributes.l"; 26].join(" + "));
    assert!(self::holds(&joined, json!({"l": vec![1; MAX_LIST]})));
    assert!(!self::holds(&joined, json!({"l": vec![1; MAX_LIST + 1]})));
}

#[test]
fn a_rule_says_what_it_has_to_be_told() {
    let needs = |rule: &str| CompiledRule::of(&check(rule, RuleScope::Event).unwrap()).needs().unwrap().clone();
    let some = needs(
        "user.attributes.tier == 'gold' && has(user.attributes.b) && user.marketplace == 'DE' && user.user_id != ''",
    );
    assert_eq!(some.attributes, ["b", "tier"].map(str::to_owned).into());
    assert_eq!((some.user, some.all_attributes, some.progress), (["marketplace"].into(), false, false));
    assert!(needs("user.attributes['tier'] == 'gold'").all_attributes);
    assert!(needs("user.attributes.size() > 3").all_attributes);
    assert!(needs("user.attributes.exists(a, a == 'x')").all_attributes);
    assert_eq!(needs("event.quantity > 1"), Needs::default());
    assert!(needs("progress.count > 1").progress);
    // The variable hides the user.
    assert_eq!(needs("event.attributes.l.exists(user, user == 'x')"), Needs::default());
}

#[test]
fn a_stored_rule_is_compiled_once_and_one_that_cannot_be_used_holds_for_nobody() {
    let text = "user.attributes.unlike_any_other == 1";
    let [first, second] = [0, 1].map(|_| CompiledRule::of(&Rule::new(text)));
    assert!(Arc::ptr_eq(&first.0.clone().ok().unwrap(), &second.0.ok().unwrap()));
    assert_eq!(serde_json::to_value(Rule::new(text)).unwrap(), json!(text));
    let broken = CompiledRule::of(&Rule::new("of an older version =="));
    let (user, event) = (known(json!({})), known(json!({})));
    let found = broken.findings(&facts(&user, &event));
    assert!(!found[0].holds && found[0].detail.starts_with("the rule cannot be used: line 1, column"), "{found:?}");
}
