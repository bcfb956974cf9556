//! A campaign while it runs: figures, spending and awards over time, as a picture beside a table. The script reads the
//! page again every few seconds; without it a link does.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::figures::{self, Figure, Spending};
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::Texts;
use crate::times;
use crate::visit::Visit;
use crate::wording;

/// The height of the picture in units of its own.
const HEIGHT: u64 = 100;

/// The width of a bar with its gap.
const STEP: u64 = 14;

/// The most periods that the picture shows.
const MOST_BARS: usize = 60;

/// A period with its awards.
struct Bar {
    label: String,
    awards: String,
    spent: String,
    x: u64,
    y: u64,
    height: u64,
}

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    name: String,
    state: String,
    state_name: String,
    window: String,
    as_of: String,
    funnel: Vec<Figure>,
    spending: Option<Spending>,
    bars: Vec<Bar>,
    width: u64,
    most: String,
}

/// `GET …/live`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let path = place.path();
    let (frame, campaign, report) =
        tokio::try_join!(Frame::of(visit), visit.get(&path), figures::report(visit, place))?;
    let (t, campaign) = (visit.texts, &campaign.body);
    let text = |name: &str| campaign[name].as_str().unwrap_or_default().to_owned();
    let (zone, bars) = (times::zone_of(campaign), bars(t, &report));
    let page = LivePage {
        frame,
        t,
        address: place.address(),
        name: text("name"),
        state_name: wording::state(t, &text("state")),
        state: text("state"),
        window: wording::window(t, campaign),
        as_of: as_of(t, zone, &report),
        funnel: figures::funnel(t, &report),
        spending: figures::spending(t, &report),
        width: (bars.len() as u64).saturating_mul(STEP).max(STEP),
        most: amounts::whole(t.language, most(&report)),
        bars,
    };
    Ok(page::html(200, &page))
}

fn as_of(t: &Texts, zone: TimeZone, report: &Value) -> String {
    times::instant(t.language, zone, &report["as_of"])
}

/// Returns the latest periods.
fn periods(report: &Value) -> &[Value] {
    let all = report["by_day"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.get(all.len().saturating_sub(MOST_BARS)..).unwrap_or_default()
}

fn most(report: &Value) -> u64 {
    periods(report).iter().filter_map(|period| period["awards"].as_u64()).max().unwrap_or(0)
}

fn bars(t: &Texts, report: &Value) -> Vec<Bar> {
    let most = most(report);
    periods(report).iter().zip(0_u64..).map(|(period, at)| bar(t, period, at, most)).collect()
}

fn bar(t: &Texts, period: &Value, at: u64, most: u64) -> Bar {
    let awards = period["awards"].as_u64().unwrap_or(0);
    let height = awards.saturating_mul(HEIGHT).checked_div(most).unwrap_or(0);
    // Few are not none.
    let height = if awards > 0 { height.max(1) } else { 0 };
    Bar {
        label: times::date(t.language, period["date"].as_str().unwrap_or_default()),
        awards: amounts::whole(t.language, awards),
        spent: amounts::money(t.language, &period["spend"]),
        x: at.saturating_mul(STEP),
        y: HEIGHT.saturating_sub(height),
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_bar_is_as_high_as_its_share_and_few_are_not_none() {
        let day = |awards: u64| json!({"date": "2026-12-01", "awards": awards, "spend": null});
        let report = json!({"by_day": [day(0), day(1), day(500), day(1_000)]});
        let heights: Vec<u64> = bars(texts::of(Language::English), &report).iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [0, 1, 50, 100]);
    }
}
