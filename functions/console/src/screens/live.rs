//! A campaign while it runs: figures, spending, its announcement, the leaders of a competition, and awards over time, as a
//! picture beside a table. The script reads the page again every few seconds; without it a link does.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use jiff::Timestamp;
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

/// An hour with its awards.
struct Bar {
    label: String,
    number: u64,
    awards: String,
    spent: String,
    x: u64,
    y: u64,
    height: u64,
}

/// The progress of the latest announcement.
struct Announcement {
    progress: String,
    figures: [Figure; 4],
}

/// The leaders of a competition's current window.
struct Board {
    /// True if the board is so large that it is counted first, which takes seconds.
    is_counting: bool,
    players: String,
    rows: Vec<BoardRow>,
}

struct BoardRow {
    rank: String,
    /// Empty for a user who is hidden.
    user: String,
    score: String,
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
    figures: Vec<Figure>,
    spending: Option<Spending>,
    announcement: Option<Announcement>,
    board: Option<Board>,
    /// False for a campaign that was approved before hours were counted.
    are_hours_known: bool,
    bars: Vec<Bar>,
    width: u64,
    most: String,
    zone: &'static str,
}

/// `GET …/live`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let activity = format!("{}/activity", place.path());
    let (frame, summary, activity) =
        tokio::try_join!(Frame::of(visit), figures::summary(visit, place), visit.get(&activity))?;
    let (t, campaign) = (visit.texts, &summary);
    let board = board(visit, place, campaign).await?;
    let text = |name: &str| campaign[name].as_str().unwrap_or_default().to_owned();
    let (zone, hours) = (times::zone_of(campaign), activity.body["hours"].as_array());
    let bars = bars(t, zone, hours.map(Vec::as_slice).unwrap_or_default());
    let page = LivePage {
        frame,
        t,
        address: place.address(),
        name: text("name"),
        state_name: wording::state(t, &text("state")),
        state: text("state"),
        window: wording::window(t, campaign),
        as_of: times::instant(t.language, zone, &summary["as_of"]),
        figures: figures::figures(t, &summary),
        spending: figures::spending(t, &summary),
        announcement: announcement(t, campaign),
        board,
        are_hours_known: hours.is_some(),
        width: (bars.len() as u64).saturating_mul(STEP).max(STEP),
        most: amounts::whole(t.language, bars.iter().map(|bar| bar.number).max().unwrap_or(0)),
        bars,
        zone: zone.name(),
    };
    Ok(page::html(200, &page))
}

fn announcement(t: &Texts, campaign: &Value) -> Option<Announcement> {
    let announcement = Some(&campaign["announcement"]).filter(|announcement| announcement.is_object())?;
    let at = times::instant(t.language, times::zone_of(campaign), &announcement["created_at"]);
    let is_over = announcement["finished_at"].is_string();
    let progress = if is_over { "live-announced" } else { "live-announcing" };
    let figure = |text: &str, name: &str| Figure {
        name: t.get(text),
        value: amounts::whole(t.language, announcement[name].as_u64().unwrap_or(0)),
    };
    Some(Announcement {
        progress: t.with(progress, &[("at", &at)]),
        figures: [
            figure("live-announced-users", "announced"),
            figure("live-announced-later", "put_off"),
            figure("live-announced-accepted", "accepted"),
            figure("live-announced-failed", "failed"),
        ],
    })
}

/// Returns the leaders of a competition; `None` for other campaigns.
async fn board(visit: &Visit<'_>, place: Place<'_>, campaign: &Value) -> Result<Option<Board>, Refusal> {
    if campaign["kind"] != "competition" {
        return Ok(None);
    }
    let counting = Board { is_counting: true, players: String::new(), rows: Vec::new() };
    match visit.find(&format!("{}/leaderboard?limit=10", place.path())).await {
        Ok(found) => Ok(found.map(|found| leaders(visit.texts, &found.body))),
        Err(Refusal::Busy(_)) => Ok(Some(counting)),
        Err(other) => Err(other),
    }
}

fn leaders(t: &Texts, board: &Value) -> Board {
    let number = |of: &Value| amounts::whole(t.language, of.as_u64().unwrap_or(0));
    let row = |row: &Value| BoardRow {
        rank: number(&row["rank"]),
        user: row["user_id"].as_str().unwrap_or_default().to_owned(),
        score: number(&row["score"]),
    };
    Board {
        is_counting: false,
        players: t.count("live-board-players", board["of"].as_u64().unwrap_or(0)),
        rows: board["data"].as_array().into_iter().flatten().map(row).collect(),
    }
}

fn bars(t: &Texts, zone: TimeZone, hours: &[Value]) -> Vec<Bar> {
    let most = hours.iter().filter_map(|hour| hour["awards"].as_u64()).max().unwrap_or(0);
    hours.iter().zip(0_u64..).map(|(hour, at)| bar(t, zone, hour, at, most)).collect()
}

fn bar(t: &Texts, zone: TimeZone, hour: &Value, at: u64, most: u64) -> Bar {
    let number = hour["awards"].as_u64().unwrap_or(0);
    let height = number.saturating_mul(HEIGHT).checked_div(most).unwrap_or(0);
    // Few are not none.
    let height = if number > 0 { height.max(1) } else { 0 };
    let from = hour["hour"].as_str().and_then(|hour| hour.parse::<Timestamp>().ok());
    Bar {
        label: from.map(|from| times::without_zone(t.language, zone, from)).unwrap_or_default(),
        number,
        awards: amounts::whole(t.language, number),
        spent: amounts::money(t.language, &hour["spend"]),
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
        let hours = [0, 1, 500, 1_000].map(|awards| json!({"hour": "2026-12-01T12:00:00Z", "awards": awards}));
        let bars = bars(texts::of(Language::English), TimeZone::UTC, &hours);
        let heights: Vec<u64> = bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [0, 1, 50, 100]);
    }
}
