//! The state of a board's settlement, as the API shows it: the audit of a counted board, and before the freezing a
//! dry run from the index.

use std::collections::BTreeMap;

use domain::Error;
use domain::competition::WindowId;
use domain::competition::places::{Overfull, Ranking};
use domain::competition::prizes::{Prize, Tier};
use domain::id::{CampaignId, KeyId, PersonId, RewardGroupId, UserId};
use domain::money::Money;
use edge::csv;
use edge::http::{self, Request, Response};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use store::boards::{self, Board, BoardState, START, Side};
use store::competitors::{self, Competitor};
use store::ledger::{self, Account};
use store::places::{self, Place, ROWS};
use store::{Store, codes, rewards};

use crate::settle::{Settlement, is_current};

/// The most places of a running board that the dry run regards.
const PROVISIONAL: usize = 1_000;

/// The columns of the audit as CSV.
const COLUMNS: &str = "rank,user_id,score,reached_at,prize,reward_group_id,outcome,reason,reward_id";

/// The state of a settlement.
#[derive(Serialize)]
pub(crate) struct Summary {
    campaign_id: CampaignId,
    window: WindowId,
    number: u32,
    state: &'static str,
    version: u64,
    starts_at: Timestamp,
    ends_at: Timestamp,
    freezes_at: Timestamp,
    frozen_at: Option<Timestamp>,
    counted_at: Option<Timestamp>,
    approved_at: Option<Timestamp>,
    approved_by: Option<KeyId>,
    /// The person who approved it, if the key is a person's.
    approved_by_person: Option<PersonId>,
    settled_at: Option<Timestamp>,
    players: Option<u64>,
    prizes: Vec<PrizeView>,
    cost: Money,
    budget_left: Money,
    short_of_budget: bool,
    short_of_stock: Vec<ShortGroup>,
    needs_decision: Vec<Overfull>,
}

/// A prize with its winners.
#[derive(Serialize)]
struct PrizeView {
    #[serde(flatten)]
    prize: Prize,
    winners: u64,
    given: u64,
    cost: Money,
}

/// A group with less stock than prizes still to be given.
#[derive(Serialize)]
struct ShortGroup {
    reward_group_id: RewardGroupId,
    needed: u64,
    available: u64,
}

/// A page of the audit.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    summary: Summary,
    disqualified: Vec<DisqualifiedView>,
    data: Vec<PlaceView>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct DisqualifiedView {
    user_id: UserId,
    reason: String,
    decided_at: Timestamp,
}

/// A place with its prize.
#[derive(Serialize)]
struct PlaceView {
    rank: u64,
    user_id: Option<UserId>,
    score: u64,
    reached_at: Timestamp,
    prize: Option<usize>,
    reward_group_id: Option<RewardGroupId>,
    outcome: Option<String>,
    reason: Option<String>,
    reward_id: Option<String>,
}

/// The known winners.
struct Tally {
    state: &'static str,
    players: Option<u64>,
    winners: Vec<u64>,
    given: Vec<u64>,
}

/// Returns the API's word for a value.
pub(crate) fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Answers with the settlement and one page of places, in the format of `Accept`.
pub(crate) async fn page(store: &Store, request: &Request, settlement: &Settlement<'_>) -> Result<Response, Error> {
    let page = request.page()?;
    let after = page.cursor.as_deref().map_or(Ok(0), |cursor| cursor.parse().map_err(|_| Error::invalid_cursor()))?;
    let id = settlement.id;
    let board = boards::get(store, id).await?;
    let decisions = competitors::list(store, id.app, id.campaign).await?;
    let limit = usize::try_from(page.limit).unwrap_or(100);
    let (tally, found, more) = match &board {
        Some(board) => {
            let tally = tally_of(board, &decisions);
            let (found, more) = if tally.players.is_some() {
                counted_page(store, settlement, board, after, limit).await?
            } else {
                (Vec::new(), false)
            };
            (tally, found, more)
        }
        None => {
            let (tally, rows) = provisional(store, settlement).await?;
            let found: Vec<Place> = rows.iter().skip(after).take(limit).cloned().collect();
            let more = after + found.len() < rows.len();
            (tally, found, more)
        }
    };
    let cursor = more.then(|| (after + found.len()).to_string());
    let views = found.into_iter().zip(after as u64..);
    let data = try_join_all(views.map(|(place, n)| view(store, settlement, board.as_ref(), place, n))).await?;
    if request.accepts("text/csv") {
        let next = cursor
            .map(|cursor| format!("{}?window={}&limit={}&cursor={cursor}", request.raw_path(), id.window, page.limit));
        let table = csv::table(COLUMNS, data.iter().map(row));
        return Ok(http::text_page("text/csv; charset=utf-8; header=present", table, next.as_deref()));
    }
    let disqualified = decisions.into_iter().filter_map(|(user_id, decision)| {
        let reason = decision.disqualified?.reason;
        Some(DisqualifiedView { user_id, reason, decided_at: decision.decided_at })
    });
    let disqualified = disqualified.collect();
    let summary = summarize(store, settlement, board.as_ref(), tally).await?;
    Ok(http::json(200, &Page { summary, disqualified, data, cursor }))
}

/// Returns how the settlement of a board stands.
pub(crate) async fn summary(
    store: &Store,
    settlement: &Settlement<'_>,
    board: Option<&Board>,
) -> Result<Summary, Error> {
    let tally = match board {
        Some(board) => tally_of(board, &competitors::list(store, settlement.id.app, settlement.id.campaign).await?),
        None => provisional(store, settlement).await?.0,
    };
    summarize(store, settlement, board, tally).await
}

/// Returns the winners that a frozen board knows. Places that leave out others than are disqualified now are about to
/// be counted anew: they are not shown.
fn tally_of(board: &Board, decisions: &[(UserId, Competitor)]) -> Tally {
    let outdated = board.is_open() && !is_current(board, decisions);
    if !board.has_places() || outdated {
        return Tally { state: "frozen", players: None, winners: Vec::new(), given: Vec::new() };
    }
    let state = match board.board_state {
        BoardState::Frozen => "frozen",
        BoardState::NeedsDecision => "needs_decision",
        BoardState::Counted => "counted",
        BoardState::Approved => "approved",
        BoardState::Settled => "settled",
    };
    let given = board.given.clone();
    // Once every prize is given, the decision about ties has said who won.
    let winners = if board.board_state == BoardState::Settled { given.clone() } else { board.winners.clone() };
    Tally { state, players: Some(board.players), winners, given }
}

/// The best places of a running board, as far as the index knows, with what they would win now.
async fn provisional(store: &Store, settlement: &Settlement<'_>) -> Result<(Tally, Vec<Place>), Error> {
    let Settlement { id, competition, .. } = *settlement;
    let rows = boards::rows(store, id, competition.score, Side::Worse, START, PROVISIONAL).await?;
    let has_percent = competition.prizes.iter().any(|prize| matches!(prize.tier, Tier::Percent(_)));
    let players = match rows.len() {
        few if few < PROVISIONAL => Some(few as u64),
        // Counting a large board is dear, so it happens only if the prizes depend on it.
        _ if has_percent => Some(boards::count(store, id, "\u{1}", "~").await?),
        _ => None,
    };
    let mut ranking = Ranking::default();
    let mut winners = vec![0; competition.prizes.len()];
    let place = |row: boards::Row| {
        let rank = ranking.next(competition.ties, row.score);
        let prize = competition.prize_of(rank, players.unwrap_or(u64::MAX));
        if let Some(winners) = prize.and_then(|prize| winners.get_mut(prize)) {
            *winners += 1;
        }
        Place { rank, user: Some(row.user), score: row.score, at: row.reached_at, prize, closed: None }
    };
    let places = rows.into_iter().map(place).collect();
    Ok((Tally { state: "open", players, winners, given: Vec::new() }, places))
}

/// Returns a page of a counted board, and whether more follow.
async fn counted_page(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    after: usize,
    limit: usize,
) -> Result<(Vec<Place>, bool), Error> {
    let (mut found, mut at) = (Vec::new(), after);
    while found.len() < limit {
        let Ok(number) = u32::try_from(at / ROWS) else { break };
        if number >= board.chunks() {
            break;
        }
        let Some(chunk) = places::chunk(store, settlement.id, board.count, number).await? else { break };
        let rows = chunk.rows.into_iter().skip(at % ROWS).take(limit - found.len());
        found.extend(rows);
        at = (number as usize + 1) * ROWS;
    }
    let more = (after + found.len()) < usize::try_from(board.players).unwrap_or(usize::MAX) && !found.is_empty();
    Ok((found, more))
}

/// Shows a place with what became of its prize; `n` is its number from 0.
async fn view(
    store: &Store,
    settlement: &Settlement<'_>,
    board: Option<&Board>,
    place: Place,
    n: u64,
) -> Result<PlaceView, Error> {
    let Settlement { id, campaign, competition, window, .. } = settlement;
    let prize = place.prize.and_then(|prize| competition.prizes.get(prize));
    let mut shown = PlaceView {
        rank: place.rank,
        user_id: place.user.clone(),
        score: place.score,
        reached_at: place.at,
        prize: place.prize,
        reward_group_id: prize.map(|prize| prize.reward_group_id.clone()),
        outcome: None,
        reason: place.closed.clone(),
        reward_id: None,
    };
    if prize.is_none() {
        return Ok(shown);
    }
    let is_paid = board.is_some_and(|board| n < board.paid);
    let reward = match (&place.user, campaign.moments.first()) {
        (Some(user), Some(moment)) if is_paid && place.closed.is_none() => {
            rewards::get(store, id.app, user, id.campaign, &moment.moment_id, window.number).await?
        }
        _ => None,
    };
    shown.outcome = Some(match &reward {
        Some(reward) => word(&reward.state),
        None if place.closed.is_some() || place.user.is_none() => "closed".to_owned(),
        None => "pending".to_owned(),
    });
    if place.user.is_none() {
        shown.reason = Some("user_erased".to_owned());
    }
    shown.reward_id = reward.map(|reward| reward.reward_id.as_str().to_owned());
    Ok(shown)
}

async fn summarize(
    store: &Store,
    settlement: &Settlement<'_>,
    board: Option<&Board>,
    tally: Tally,
) -> Result<Summary, Error> {
    let Settlement { id, catalog, campaign, competition, window } = *settlement;
    let cost = |amount_minor: i64| Money { currency: campaign.budget.currency, amount_minor };
    let of = |counts: &[u64], prize: usize| counts.get(prize).copied().unwrap_or(0);
    let (mut prizes, mut needed, mut total, mut left_to_pay) = (Vec::new(), BTreeMap::new(), 0_i64, 0_i64);
    for (position, prize) in competition.prizes.iter().enumerate() {
        let (winners, given) = (of(&tally.winners, position), of(&tally.given, position));
        let cpa = catalog.group(&prize.reward_group_id).map_or(0, |group| group.cpa.amount_minor);
        let price = |times: u64| cpa.saturating_mul(i64::try_from(times).unwrap_or(i64::MAX));
        total = total.saturating_add(price(winners));
        // A settled board has nothing left to give, whatever a decision about ties took from a prize.
        let is_settled = board.is_some_and(|board| board.board_state == BoardState::Settled);
        let missing = if is_settled { 0 } else { winners.saturating_sub(given) };
        left_to_pay = left_to_pay.saturating_add(price(missing));
        *needed.entry(&prize.reward_group_id).or_insert(0_u64) += missing;
        prizes.push(PrizeView { prize: prize.clone(), winners, given, cost: cost(price(winners)) });
    }
    let mut short_of_stock = Vec::new();
    for (group, needed) in needed.into_iter().filter(|(_, needed)| *needed > 0) {
        let is_endless = catalog.group(group).is_some_and(|group| !group.has_stock());
        let available = if is_endless { needed } else { codes::count_up_to(store, id.app, group, needed).await? };
        if available < needed {
            short_of_stock.push(ShortGroup { reward_group_id: group.clone(), needed, available });
        }
    }
    let budget_left = budget_left(store, settlement).await?;
    let is_undecided = board.is_none_or(Board::is_open);
    let known = board.filter(|_| tally.players.is_some());
    Ok(Summary {
        campaign_id: id.campaign.clone(),
        window: window.window,
        number: window.number,
        state: tally.state,
        version: board.map_or(0, |board| board.revision),
        starts_at: window.starts_at,
        ends_at: window.ends_at,
        freezes_at: window.freezes_at,
        frozen_at: board.map(|board| board.frozen_at),
        counted_at: known.and_then(|board| board.counted_at),
        approved_at: known.and_then(|board| board.approved_at),
        approved_by: known.and_then(|board| board.approved_by.clone()),
        approved_by_person: known.and_then(|board| board.approved_by_person.clone()),
        settled_at: known.and_then(|board| board.settled_at),
        players: tally.players,
        prizes,
        cost: cost(total),
        budget_left: cost(budget_left),
        short_of_budget: budget_left < left_to_pay,
        short_of_stock,
        needs_decision: if is_undecided { competition.overfull(&tally.winners) } else { Vec::new() },
    })
}

/// Returns the rest of the campaign's budget, in minor units.
async fn budget_left(store: &Store, settlement: &Settlement<'_>) -> Result<i64, Error> {
    let account = Account::whole(settlement.id.app, settlement.id.campaign);
    let Some(budget) = ledger::budget(store, &account).await? else {
        return Ok(settlement.campaign.budget.amount_minor);
    };
    let slots = ledger::slots(store, &account, settlement.campaign.slots).await?;
    Ok(slots.iter().fold(budget.unleased, |sum, (_, slot)| sum.saturating_add(slot.remaining)))
}

fn row(place: &PlaceView) -> [String; 9] {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    [
        place.rank.to_string(),
        place.user_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        place.score.to_string(),
        place.reached_at.to_string(),
        place.prize.map(|prize| prize.to_string()).unwrap_or_default(),
        place.reward_group_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(place.outcome.as_ref()),
        text(place.reason.as_ref()),
        text(place.reward_id.as_ref()),
    ]
}
