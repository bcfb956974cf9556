//! What a campaign has achieved, from its report: how many users came how far, by moment and by reward group, and the
//! arms of its experiments with their intervals.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::figures;
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::{Texts, isolated};
use crate::times;
use crate::visit::Visit;

/// A step on the way to a redeemed reward.
struct Step {
    name: String,
    number: String,
    /// The share of the step before; empty for the first.
    share: String,
}

/// The figures of a moment or of a reward group.
struct Part {
    id: String,
    completions: String,
    awards: String,
    redemptions: String,
    spend: String,
}

struct Arm {
    name: String,
    participants: String,
    completers: String,
    rate: String,
    interval: String,
}

struct Experiment {
    title: String,
    arms: Vec<Arm>,
    findings: Vec<String>,
}

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    name: String,
    as_of: String,
    steps: Vec<Step>,
    cost: Option<String>,
    /// Moments, and reward groups, with their heading.
    divisions: [(String, Vec<Part>); 2],
    experiments: Vec<Experiment>,
}

/// `GET …/results`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let (path, report) = (place.path(), format!("{}/report", place.path()));
    let (frame, campaign, report) = tokio::try_join!(Frame::of(visit), visit.get(&path), visit.get(&report))?;
    let (t, report) = (visit.texts, &report.body);
    let parts =
        |list: &str, id: &str| report[list].as_array().into_iter().flatten().map(|of| part(t, id, of)).collect();
    let experiments = report["experiments"].as_array().into_iter().flatten();
    let page = ResultsPage {
        frame,
        t,
        address: place.address(),
        name: campaign.body["name"].as_str().unwrap_or_default().to_owned(),
        as_of: times::instant(t.language, times::zone_of(&campaign.body), &report["as_of"]),
        steps: steps(t, &report["totals"]),
        cost: cost(t, report),
        divisions: [
            (t.get("results-moments"), parts("by_moment", "moment_id")),
            (t.get("results-groups"), parts("by_group", "reward_group_id")),
        ],
        experiments: experiments.map(|experiment| experiment_of(t, experiment)).collect(),
    };
    Ok(page::html(200, &page))
}

fn steps(t: &Texts, totals: &Value) -> Vec<Step> {
    let mut before = None;
    let step = |name: &str| {
        let number = totals[name].as_u64().unwrap_or(0);
        let share = before.map(|before| share_of(t, number, before)).unwrap_or_default();
        before = Some(number);
        Step { name: t.get(&format!("figure-{name}")), number: amounts::whole(t.language, number), share }
    };
    ["participants", "completions", "awards", "redemptions"].map(step).into()
}

/// Writes a share in percent. A user may complete a moment more than once, so it may be more than 100.
fn share_of(t: &Texts, number: u64, all: u64) -> String {
    number.saturating_mul(1_000).checked_div(all).map(|share| figures::percent(t, share)).unwrap_or_default()
}

/// Writes what a completed moment has cost, rounded to the minor unit; `None` if nothing was rewarded.
fn cost(t: &Texts, report: &Value) -> Option<String> {
    let currency = report["budget"]["currency"].as_str()?;
    let minor = report["totals"]["cost_per_action"]["value"].as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "an amount of the API, rounded")]
    let minor = minor.round() as i64;
    let cost = format!("{}\u{a0}{currency}", amounts::amount(t.language, currency, minor));
    Some(t.with("results-cost", &[("cost", &cost)]))
}

fn part(t: &Texts, id: &str, of: &Value) -> Part {
    let number = |name: &str| amounts::whole(t.language, of[name].as_u64().unwrap_or(0));
    Part {
        id: of[id].as_str().unwrap_or_default().to_owned(),
        completions: number("completions"),
        awards: number("awards"),
        redemptions: number("redemptions"),
        spend: amounts::money(t.language, &of["spend"]),
    }
}

fn experiment_of(t: &Texts, experiment: &Value) -> Experiment {
    let title = match experiment["experiment"].as_str().unwrap_or_default() {
        "hold_out" => t.get("results-hold-out"),
        "moments" => t.get("results-of-moments"),
        _ => {
            let moment = isolated(experiment["moment_id"].as_str().unwrap_or_default());
            t.with("results-of-rewards", &[("moment", &moment)])
        }
    };
    let arms = experiment["arms"].as_array().into_iter().flatten().map(|arm| Arm {
        name: arm_name(t, arm["arm"].as_str().unwrap_or_default()),
        participants: amounts::whole(t.language, arm["participants"].as_u64().unwrap_or(0)),
        completers: amounts::whole(t.language, arm["completers"].as_u64().unwrap_or(0)),
        rate: arm["rate"].as_f64().map(|rate| format!("{}\u{a0}%", points(t, rate))).unwrap_or_default(),
        interval: interval(t, &arm["interval"]).unwrap_or_default(),
    });
    let findings = experiment["comparisons"].as_array().into_iter().flatten();
    Experiment { title, arms: arms.collect(), findings: findings.map(|found| finding(t, found)).collect() }
}

/// Names an arm: the two of a hold-out are words, others are ids.
fn arm_name(t: &Texts, arm: &str) -> String {
    match arm {
        "hold-out" => t.get("results-arm-hold-out"),
        "rewarded" => t.get("results-arm-rewarded"),
        id => isolated(id),
    }
}

/// Says in a sentence what a comparison has found.
fn finding(t: &Texts, found: &Value) -> String {
    let arm = |name: &str| arm_name(t, found[name].as_str().unwrap_or_default());
    let (arm, against) = (arm("arm"), arm("against"));
    let known = found["p_value"].as_f64().and(found["difference"].as_f64());
    let Some((difference, range)) = known.zip(interval(t, &found["interval"])) else {
        return t.with("results-too-few", &[("arm", &arm), ("against", &against)]);
    };
    let sentence = match (found["certain"].as_bool(), difference > 0.0) {
        (Some(true), true) => "results-more",
        (Some(true), false) => "results-fewer",
        _ => "results-open",
    };
    let difference = points(t, difference);
    t.with(sentence, &[("arm", arm.as_str()), ("against", &against), ("difference", &difference), ("interval", &range)])
}

/// Writes an interval of shares in percent.
fn interval(t: &Texts, interval: &Value) -> Option<String> {
    let (low, high) = (points(t, interval["low"].as_f64()?), points(t, interval["high"].as_f64()?));
    Some(t.with("results-range", &[("low", &low), ("high", &high)]))
}

/// Writes a share, or a difference of two, in percent.
fn points(t: &Texts, share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a share between -1 and 1, in tenths of a percent")]
    figures::points(t, (share * 1_000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_comparison_is_a_sentence_in_the_persons_language() {
        let t = texts::of(Language::German);
        let found = |p_value: Value, certain: bool, difference: f64| {
            let interval = json!({"low": -0.012, "high": 0.0345});
            let found = json!({"arm": "rewarded", "against": "hold-out", "difference": difference,
                "interval": interval, "p_value": p_value, "certain": certain, "verdict": "…"});
            finding(t, &found)
        };
        assert_eq!(
            found(Value::Null, false, 0.1),
            t.with("results-too-few", &[("arm", "belohnt"), ("against", "Kontrollgruppe")])
        );
        let open = found(json!(0.4), false, 0.011);
        assert!(open.contains("1,1") && open.contains("-1,2") && open.contains("3,5"), "{open}");
        assert_ne!(found(json!(0.01), true, 0.1), found(json!(0.01), true, -0.1));
    }

    #[test]
    fn more_completions_than_users_are_more_than_all() {
        let totals = json!({"participants": 2, "completions": 3, "awards": 0, "redemptions": 0});
        let steps = steps(texts::of(Language::English), &totals);
        let shares: Vec<&str> = steps.iter().map(|step| step.share.as_str()).collect();
        assert_eq!(shares, ["", "150.0\u{a0}%", "0.0\u{a0}%", ""]);
    }
}
