//! The parts of a rule's rows in words.

use crate::rule_rows::Comparison;
use crate::texts::Texts;

/// Returns the name of a field.
pub(crate) fn field(t: &Texts, field: &str) -> String {
    match field {
        "user.marketplace" => t.get("rule-marketplace"),
        "user.locale" => t.get("rule-locale"),
        "user.time_zone" => t.get("rule-time-zone"),
        "user.user_id" => t.get("rule-user-id"),
        "user.attributes" => t.get("rule-user-attribute"),
        "event.quantity" => t.get("rule-quantity"),
        "event.attributes" => t.get("rule-event-attribute"),
        "progress.count" => t.get("rule-count"),
        "progress.rewards" => t.get("rule-rewards"),
        other => other.to_owned(),
    }
}

/// Returns the name of a comparison.
pub(crate) fn comparison(t: &Texts, comparison: Comparison) -> String {
    match comparison {
        Comparison::Is => t.get("compare-is"),
        Comparison::IsNot => t.get("compare-is-not"),
        Comparison::OneOf => t.get("compare-one-of"),
        Comparison::NoneOf => t.get("compare-none-of"),
        Comparison::Begins => t.get("compare-begins"),
        Comparison::Equal => t.get("compare-equal"),
        Comparison::NotEqual => t.get("compare-not-equal"),
        Comparison::Less => t.get("compare-less"),
        Comparison::AtMost => t.get("compare-at-most"),
        Comparison::More => t.get("compare-more"),
        Comparison::AtLeast => t.get("compare-at-least"),
        Comparison::Yes => t.get("compare-yes"),
        Comparison::No => t.get("compare-no"),
        Comparison::Known => t.get("compare-known"),
        Comparison::Unknown => t.get("compare-unknown"),
    }
}
