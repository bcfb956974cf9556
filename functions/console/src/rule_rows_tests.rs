//! Tests that rows and CEL are the same rule, and that nothing else is ever taken for rows.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;

const SCOPES: [Scope; 3] = [Scope::User, Scope::Score, Scope::Event];

/// Signs that break quotes, lists and joins.
const SIGNS: [&str; 16] =
    ["a", "Z", "7", " ", "'", "\\", "\"", "&& ", "|| ", "]", ")", "(", "é", "日本", "👩‍👩‍👧", "\u{202e}"];

fn one_of<T: Copy>(random: &mut StdRng, all: &[T]) -> T {
    all[random.random_range(0..all.len())]
}

fn text(random: &mut StdRng) -> String {
    loop {
        let parts = random.random_range(1..6);
        let text: String = (0..parts).map(|_| one_of(random, &SIGNS)).collect();
        if !text.trim().is_empty() {
            return text.trim().to_owned();
        }
    }
}

fn any_number(random: &mut StdRng) -> String {
    let sign = one_of(random, &["", "-"]);
    let digits = random.random_range(1..15);
    let whole = random.random_range(0..10_u64.pow(digits));
    let fraction = one_of(random, &["", ".0", ".5", ".250"]);
    format!("{sign}{whole}{fraction}")
}

fn any_row(random: &mut StdRng, scope: Scope) -> Row {
    let field = loop {
        let field = one_of(random, &FIELDS);
        if scope.has(field) {
            break field;
        }
    };
    let comparison = loop {
        let comparison = one_of(random, &Comparison::ALL);
        if comparison.fits(field) {
            break comparison;
        }
    };
    let attribute = if is_attribute(field) { one_of(random, &["tier", "_x9", "startsWith", "has"]) } else { "" };
    let value = match comparison {
        OneOf | NoneOf => (0..random.random_range(1..4)).map(|_| text(random)).collect::<Vec<_>>().join(", "),
        _ if comparison.is_of_number() => any_number(random),
        _ if comparison.has_value() => text(random),
        _ => String::new(),
    };
    Row { field, attribute: attribute.to_owned(), comparison, value }
}

fn any_rows(random: &mut StdRng, scope: Scope) -> Rows {
    let rows = (0..random.random_range(0..=MOST_ROWS)).map(|_| any_row(random, scope)).collect();
    Rows::new(one_of(random, &[Join::And, Join::Or]), rows)
}

#[test]
fn rows_written_and_read_are_the_same_rows() {
    for seed in 0..20_000 {
        let mut random = StdRng::seed_from_u64(seed);
        let scope = one_of(&mut random, &SCOPES);
        let rows = any_rows(&mut random, scope);
        let rule = rows.written().unwrap_or_else(|| panic!("{seed}: {rows:?}"));
        assert_eq!(Rows::read(&rule, scope), Some(rows), "{seed}: {rule}");
    }
}

/// One sign more, less or other: what is still rows writes exactly that.
#[test]
fn what_is_read_as_rows_is_written_back_byte_for_byte() {
    let mut read = 0;
    for seed in 0..20_000 {
        let mut random = StdRng::seed_from_u64(seed);
        let scope = one_of(&mut random, &SCOPES);
        let mut rule: Vec<char> = any_rows(&mut random, scope).written().unwrap().chars().collect();
        for _ in 0..random.random_range(0..3) {
            let at = random.random_range(0..=rule.len());
            match random.random_range(0..3) {
                0 => rule.splice(at..at, one_of(&mut random, &SIGNS).chars()).for_each(drop),
                1 => drop((at < rule.len()).then(|| rule.remove(at))),
                _ => rule.truncate(at),
            }
        }
        let rule: String = rule.into_iter().collect();
        if let Some(rows) = Rows::read(&rule, scope) {
            read += 1;
            assert_eq!(rows.written().as_deref(), Some(rule.as_str()), "{seed}");
        }
    }
    assert!((5_000..19_000).contains(&read), "{read}");
}

#[test]
fn a_rule_that_rows_write_otherwise_stays_as_it_is() {
    for rule in [
        " ",
        "event.quantity>1",
        "event.quantity > 1 ",
        "event.quantity > 01",
        "event.quantity > 1u",
        "event.quantity > 1.",
        "event.quantity > '1'",
        "event.quantity in [1, 2]",
        "1 < event.quantity",
        "has(event.quantity)",
        "user.marketplace == \"DE\"",
        "user.marketplace == ''",
        "user.marketplace == ' DE'",
        "user.marketplace == 'D\\u0045'",
        "user.marketplace == 'D\nE'",
        "user.marketplace in []",
        "user.marketplace in ['DE','AT']",
        "user.marketplace in ['DE, AT']",
        "user.marketplace in ['D、E']",
        "!user.attributes.vip",
        "user.attributes['tier'] == 'gold'",
        "user.attributes.tier.x == 'gold'",
        "user.attributes.in == 'gold'",
        "user.attributes.tier == 'gold' // why",
        "user.attributes.tier == 'gold' && user.locale == 'de' || event.quantity > 1",
        "(user.attributes.tier == 'gold')",
        "user.attributes.tags.exists(tag, tag == 'beta')",
        "now > timestamp('2026-01-01T00:00:00Z')",
    ] {
        assert_eq!(Rows::read(rule, Scope::Event), None, "{rule}");
    }
    let long = ["event.quantity > 1"; MOST_ROWS + 1].join(" && ");
    assert_eq!(Rows::read(&long, Scope::Event), None);
    assert_eq!(Rows::read("event.quantity > 1", Scope::User), None);
    assert_eq!(Rows::read("progress.count > 1", Scope::Score), None);
}

#[test]
fn rules_of_the_documentation_are_rows() {
    let shown = |rule: &str| {
        let rows = Rows::read(rule, Scope::Event).unwrap();
        rows.rows.iter().map(|row| format!("{} {} {}", row.attribute, row.comparison.name(), row.value)).collect()
    };
    let amount: Vec<String> = shown("event.attributes.amount >= 10.0 && event.attributes.currency == 'EUR'");
    assert_eq!(amount, ["amount at_least 10.0", "currency is EUR"]);
    let adult: Vec<String> = shown("user.attributes.age >= 18 && !(user.marketplace in ['US', 'CA'])");
    assert_eq!(adult, ["age at_least 18", " none_of US, CA"]);
}
