//! The expected number of rewards against budget, stock and caps, from the forecast of a campaign.

use outbound_api::Answer;
use serde_json::Value;

use crate::amounts;
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::Texts;
use crate::visit::Visit;

/// The forecast, as the review shows it.
pub(crate) enum Forecast {
    /// Nobody has said how many rewards are expected, or the app has none of the campaign's groups.
    Unknown,
    /// The API does not answer now.
    Late,
    Known(Expected),
}

impl Forecast {
    /// True if the page is shown without it.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self, Self::Late)
    }
}

/// What the review says about the expected rewards.
pub(crate) struct Expected {
    /// How many are expected, and what they cost.
    pub(crate) expected: String,
    pub(crate) rows: Vec<Row>,
}

/// Something that bounds the rewards.
pub(crate) struct Row {
    pub(crate) name: String,
    /// For how many rewards it suffices.
    pub(crate) reach: String,
    pub(crate) verdict: String,
    /// True if it does not suffice for all.
    pub(crate) is_short: bool,
}

/// Returns the forecast. It counts stock, which may take the API too long: the page must not fail with it.
pub(crate) async fn of(visit: &Visit<'_>, place: Place<'_>, campaign: &Value) -> Result<Forecast, Refusal> {
    if campaign["expected_rewards"].is_null() {
        return Ok(Forecast::Unknown);
    }
    judged(visit.texts, visit.call("GET", &format!("{}/forecast", place.path()), None, None).await)
}

fn judged(t: &Texts, answer: Result<Answer, Refusal>) -> Result<Forecast, Refusal> {
    match answer {
        Ok(answer) if answer.status < 300 => Ok(Forecast::Known(written(t, &answer.body))),
        Ok(_) => Ok(Forecast::Unknown),
        Err(Refusal::Busy(_) | Refusal::TooMany(_) | Refusal::Broken) => Ok(Forecast::Late),
        Err(other) => Err(other),
    }
}

fn written(t: &Texts, forecast: &Value) -> Expected {
    let expected = forecast["expected_rewards"].as_u64().unwrap_or(0);
    let cost = |name: &str| amounts::money(t.language, &forecast["cost"][name]);
    let (least, most) = (cost("least"), cost("most"));
    let cost = if least == most { least } else { t.with("forecast-between", &[("least", &least), ("most", &most)]) };
    Expected {
        expected: t.counted("forecast-expected", expected, &[("cost", &cost)]),
        rows: vec![
            row(t, "field-budget", &forecast["budget"], false),
            row(t, "forecast-stock", &forecast["stock"], true),
            row(t, "forecast-caps", &forecast["caps"], false),
        ],
    }
}

fn row(t: &Texts, name: &str, of: &Value, is_stock: bool) -> Row {
    let verdict = match of["enough"].as_str() {
        Some("yes") => "forecast-yes",
        Some("depends") => "forecast-depends",
        _ => "forecast-no",
    };
    let is_short = of["enough"] != "yes";
    // Stock is counted up to what is needed: then nobody knows how much more there is.
    let reach = if is_short || !is_stock { reach(t, of) } else { String::new() };
    Row { name: t.get(name), reach, verdict: t.get(verdict), is_short }
}

fn reach(t: &Texts, of: &Value) -> String {
    let number = |rewards: u64| amounts::whole(t.language, rewards);
    match (of["least"].as_u64(), of["most"].as_u64()) {
        (Some(least), Some(most)) if least == most => t.count("forecast-reach", least),
        (Some(least), Some(most)) => {
            t.with("forecast-reach-between", &[("least", &number(least)), ("most", &number(most))])
        }
        (Some(least), None) => t.count("forecast-reach-at-least", least),
        (None, _) => t.get("forecast-no-bound"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;

    #[test]
    fn a_page_needs_no_forecast_but_a_session() {
        let t = texts::of(Language::English);
        for passing in [Refusal::Busy(1), Refusal::TooMany(1), Refusal::Broken] {
            assert!(judged(t, Err(passing)).is_ok_and(|forecast| forecast.is_late()));
        }
        for other in [Refusal::SignedOut, Refusal::NotFound, Refusal::Forbidden(String::new())] {
            assert_eq!(judged(t, Err(other.clone())).err(), Some(other));
        }
    }
}
