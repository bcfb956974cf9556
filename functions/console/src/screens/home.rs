//! The home of an app: what waits for somebody, what ends soon, and where money or stock runs low. Reads the summaries of
//! its campaigns, the running campaigns and its reward groups: six calls of the API at most.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::amounts;
use crate::figures;
use crate::page::{self, Frame, campaign_address};
use crate::refusal::Refusal;
use crate::screens::group;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

/// The campaigns and groups that are looked at: a page of the API.
const MOST: &str = "100";

/// What ends sooner than this is named.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The groups with a threshold whose stock is read. With the other four calls these are six.
const MOST_STOCKS: usize = 2;

/// A matter: where it is handled, and a sentence.
struct Item {
    address: String,
    name: String,
    text: String,
}

/// Matters of one sort.
struct Section {
    id: &'static str,
    title: String,
    items: Vec<Item>,
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    t: &'static Texts,
    app: String,
    sections: Vec<Section>,
    /// True if the app has more than was looked at.
    is_partial: bool,
    may_support: bool,
}

/// What the API said.
struct Known<'a> {
    t: &'static Texts,
    app: &'a str,
    now: Timestamp,
    summaries: &'a [Value],
    running: &'a [Value],
    groups: &'a [Value],
}

/// `GET /console/apps/{app}`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let base = format!("/v1/apps/{}", part_of_path(app));
    let summaries = format!("{base}/campaign-summaries?state=pending_approval,approved,live,suspended&limit={MOST}");
    let running = format!("{base}/campaigns?state=approved,live,suspended&limit={MOST}");
    let groups = format!("{base}/reward-groups?limit={MOST}");
    let (frame, summaries, running, groups) =
        tokio::try_join!(Frame::of(visit), visit.get(&summaries), visit.get(&running), visit.get(&groups))?;
    let is_partial = [&summaries, &running, &groups].iter().any(|answer| answer.body["cursor"].is_string());
    let known = Known {
        t: visit.texts,
        app,
        now: visit.now,
        summaries: list(&summaries.body),
        running: list(&running.body),
        groups: list(&groups.body),
    };
    let stock = known.stock(visit).await?;
    let sections = [
        known.approvals(frame.may(&["approver"])),
        known.budgets_proposed(),
        known.reviews(),
        known.ending(),
        known.budgets_low(),
        stock,
    ];
    let sections = sections.into_iter().filter(|section| !section.items.is_empty() || section.note.is_some()).collect();
    let may_support = frame.may(&["support"]);
    let page = HomePage { frame, t: visit.texts, app: app.to_owned(), sections, is_partial, may_support };
    Ok(page::html(200, &page))
}

fn list(body: &Value) -> &[Value] {
    body["data"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl Known<'_> {
    fn item(&self, campaign: &Value, page: &str, text_of: String) -> Item {
        let address = campaign_address(self.app, text(campaign, "campaign_id"));
        Item { address: format!("{address}{page}"), name: text(campaign, "name").to_owned(), text: text_of }
    }

    fn section(&self, id: &'static str, title: String, items: Vec<Item>) -> Section {
        Section { id, title, items, note: None }
    }

    fn approvals(&self, may_approve: bool) -> Section {
        let waits = self.summaries.iter().filter(|campaign| campaign["state"] == "pending_approval");
        let budget = |campaign: &Value| amounts::money(self.t.language, &campaign["budget"]);
        let items: Vec<Item> = waits.map(|campaign| self.item(campaign, "/review", budget(campaign))).collect();
        let note = (!may_approve && !items.is_empty()).then(|| self.t.get("home-not-yours"));
        Section { note, ..self.section("approvals", self.t.get("home-approvals"), items) }
    }

    fn budgets_proposed(&self) -> Section {
        let items = self.running.iter().filter(|campaign| campaign["proposed_budget"].is_object()).map(|campaign| {
            let money = |name: &str| amounts::money(self.t.language, &campaign[name]);
            let (now, proposed) = (money("budget"), money("proposed_budget"));
            let text = self.t.with("home-proposed-budget", &[("now", &now), ("proposed", &proposed)]);
            self.item(campaign, "/review", text)
        });
        self.section("budgets", self.t.get("home-proposed"), items.collect())
    }

    fn reviews(&self) -> Section {
        let items = self.summaries.iter().filter_map(|campaign| {
            let held = campaign["figures"]["in_review"].as_u64().filter(|held| *held > 0)?;
            Some(self.item(campaign, "/reviews", self.t.count("home-held", held)))
        });
        self.section("reviews", self.t.get("home-reviews"), items.collect())
    }

    fn ending(&self) -> Section {
        let items = self.running.iter().filter_map(|campaign| {
            let end: Timestamp = text(campaign, "ends_at").parse().ok()?;
            if end <= self.now || end.duration_since(self.now) > SOON {
                return None;
            }
            let end = times::instant(self.t.language, times::zone_of(campaign), &campaign["ends_at"]);
            Some(self.item(campaign, "", self.t.with("home-ends", &[("end", &end)])))
        });
        self.section("ending", self.t.get("home-ending"), items.collect())
    }

    fn budgets_low(&self) -> Section {
        let running = self.summaries.iter().filter(|campaign| campaign["state"] != "pending_approval");
        let items = running.filter_map(|campaign| {
            let spending = figures::of_listed(self.t, campaign)?;
            // In tenths of a percent, rounded down.
            if spending.share <= 900 {
                return None;
            }
            let arguments = [("left", spending.left.as_str()), ("limit", spending.limit.as_str())];
            Some(self.item(campaign, "/live", self.t.with("home-left", &arguments)))
        });
        self.section("money", self.t.get("home-budget-low"), items.collect())
    }

    /// Reads the stock of the first groups with a threshold. Users who wait for stock are known without that.
    async fn stock(&self, visit: &Visit<'_>) -> Result<Section, Refusal> {
        let watched: Vec<&Value> = self.groups.iter().filter(|group| group["low_stock_threshold"].is_u64()).collect();
        let read = watched.iter().take(MOST_STOCKS).map(|found| async move {
            let path = group::path(self.app, text(found, "reward_group_id"));
            Ok::<_, Refusal>((*found, visit.get(&format!("{path}/stock")).await?.body))
        });
        let mut items: Vec<Item> = self.waiting();
        for (found, stock) in try_join_all(read).await? {
            items.extend((stock["low_stock"] == true).then(|| self.low(found, &stock)));
        }
        let more = watched.len().saturating_sub(MOST_STOCKS) as u64;
        let note = (more > 0).then(|| self.t.count("home-more-groups", more));
        Ok(Section { note, ..self.section("stock", self.t.get("home-stock-low"), items) })
    }

    fn waiting(&self) -> Vec<Item> {
        let waiting = self.summaries.iter().filter_map(|campaign| {
            let waiting = campaign["figures"]["waiting_for"]["no_stock"].as_u64().filter(|waiting| *waiting > 0)?;
            Some(self.item(campaign, "/live", self.t.count("home-waiting", waiting)))
        });
        waiting.collect()
    }

    fn low(&self, found: &Value, stock: &Value) -> Item {
        let id = text(found, "reward_group_id");
        let left = stock["available"].as_u64().unwrap_or(0);
        let end = times::instant(self.t.language, TimeZone::UTC, &stock["runs_out_at"]);
        let mut sentence = self.t.count("home-in-stock", left);
        if !end.is_empty() {
            sentence = format!("{sentence} {}", self.t.with("stock-ends", &[("end", &end)]));
        }
        Item { address: group::address(self.app, id), name: text(found, "name").to_owned(), text: sentence }
    }
}
