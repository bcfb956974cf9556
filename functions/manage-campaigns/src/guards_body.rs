//! The guards against fraud in the body of a campaign, checked down to their rules.

use domain::campaign::guards::{FingerprintKind, Guards, Limit, Review, Velocity};
use edge::fields::{Fields, FromField, Mistake, Value, Whole};
use rules::rule::RuleScope;

use crate::campaign_body::read_rule;

/// The most events that a stretch of time may have a place for: each event is stored that long.
const MAX_EVENTS: i64 = 1_000;

/// The longest stretch of time, in minutes: a week.
const MAX_MINUTES: i64 = 10_080;

/// Reads `guards`.
pub(crate) fn guards(fields: &mut Fields<'_>) -> Option<Guards> {
    let velocity = fields.optional_object("velocity", |fields| {
        let per_user = fields.optional_object("per_user", limit);
        let per_device = fields.optional_object("per_device", limit);
        Some(Velocity { per_user, per_device })
    });
    let one_reward_per = fields.optional::<Kinds>("one_reward_per").map(|kinds| kinds.0).unwrap_or_default();
    let review = fields.value("review").and_then(|value| match value {
        Value::Bool(true) => Some(Review::Always(true)),
        Value::Bool(false) => None,
        Value::Object(_) => fields.optional_object("review", |fields| {
            let when = fields.required::<Value>("when")?;
            match read_rule(&when, RuleScope::Event) {
                Ok(when) => return Some(Review::When { when }),
                Err(Mistake(code, detail)) => fields.refuse("when", code, detail),
            }
            None
        }),
        _ => {
            fields.refuse("review", "wrong_type", "must be true, or an object with a rule: {when}");
            None
        }
    });
    Some(Guards { velocity: velocity.unwrap_or_default(), one_reward_per, review })
}

fn limit(fields: &mut Fields<'_>) -> Option<Limit> {
    let events = fields.required::<Whole<1, MAX_EVENTS>>("events");
    let within_minutes = fields.required::<Whole<1, MAX_MINUTES>>("within_minutes");
    Some(Limit { events: events?.small(), within_minutes: within_minutes?.small() })
}

struct Kinds(Vec<FingerprintKind>);

impl FromField for Kinds {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("invalid_guard", "must be a list of device and payment, each once at the most".into());
        let mut kinds = Vec::new();
        for value in value.as_array().ok_or_else(mistake)? {
            let kind = match value.as_str() {
                Some("device") => FingerprintKind::Device,
                Some("payment") => FingerprintKind::Payment,
                _ => return Err(mistake()),
            };
            if kinds.contains(&kind) {
                return Err(mistake());
            }
            kinds.push(kind);
        }
        Ok(Self(kinds))
    }
}
