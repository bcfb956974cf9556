//! `GET /v1/campaigns/{campaign}/leaderboard`: the top, page by page, or a user with the neighbours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::competition::Ties;
use domain::competition::WindowId;
use domain::competition::places::Ranking;
use domain::id::{CampaignId, UserId};
use domain::secret::LinkKey;
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::boards::{self, Row, Side};
use store::ladders;
use store::schema::ScorePlace;
use store::scores::{self, StoredScore};

use crate::RequestContext;
use crate::asked_board::{self, AskedBoard, State};
use crate::settled::Settled;
use crate::snapshot::{self, Rows, Snapshot};

/// A row as the API shows it.
#[derive(Serialize)]
pub(crate) struct RowView {
    pub(crate) rank: u64,
    pub(crate) score: u64,
    /// Null for users who are hidden.
    pub(crate) user_id: Option<UserId>,
    pub(crate) hidden: bool,
    pub(crate) reached_at: Timestamp,
}

/// The user of `around`.
#[derive(Serialize)]
struct Own {
    user_id: UserId,
    rank: Option<u64>,
    score: Option<u64>,
}

#[derive(Serialize)]
struct Leaderboard {
    window: WindowId,
    state: State,
    data: Vec<RowView>,
    cursor: Option<String>,
    of: u64,
    as_of: Timestamp,
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Own>,
}

pub(crate) async fn get(context: &RequestContext<'_>) -> Result<Response, Error> {
    let request = context.request;
    let campaign: CampaignId = request.path_id("campaign", "competition")?;
    let board = AskedBoard::of(context, &campaign, request.query("window")).await?;
    let page = request.page()?;
    let limit = usize::try_from(page.limit).unwrap_or(1);
    let around = request.query("around").map(|text| around(text, request.user())).transpose()?;
    if around.is_some() && page.cursor.is_some() {
        let detail = "cannot be combined with around, which has one page";
        return Err(Error::invalid("/cursor", "invalid_parameter", detail));
    }
    let after = page.cursor.as_deref().map(|text| Cursor::read(text, board.link_key())).transpose()?;
    let stored = board.stored(context).await?;
    let mut answer = Leaderboard {
        window: board.window.window,
        state: asked_board::state(stored.as_ref()),
        data: Vec::new(),
        cursor: None,
        of: 0,
        as_of: context.invocation.now,
        exact: true,
        user: None,
    };
    if context.test {
        answer.user = around.map(|user_id| Own { user_id, rank: None, score: None });
    } else if let Some(settled) = Settled::of(context, &board, stored.as_ref()).await? {
        fill_settled(context, &board, &settled, &mut answer, (around, after, limit)).await?;
    } else {
        fill_running(context, &board, &mut answer, (around, after, limit)).await?;
    }
    if let Some(user) = request.user().filter(|_| !board.shows_players()) {
        answer.data.iter_mut().filter(|row| row.user_id.as_ref() != Some(user)).for_each(|row| row.user_id = None);
    }
    Ok(http::json(200, &answer))
}

/// The rows that are asked for: around a user, or behind a cursor, and how many.
type Asked = (Option<UserId>, Option<Cursor>, usize);

async fn fill_running(
    context: &RequestContext<'_>,
    board: &AskedBoard,
    answer: &mut Leaderboard,
    (around, after, limit): Asked,
) -> Result<(), Error> {
    let snapshot = snapshot::of(context, board).await?;
    (answer.of, answer.as_of) = (snapshot.players(), snapshot.as_of);
    answer.exact = matches!(snapshot.rows, Rows::All(_)) || (around.is_none() && after.is_none());
    let shown = |rows: Vec<(u64, Row)>| rows.into_iter().map(|row| view(&snapshot, row)).collect::<Vec<_>>();
    match around {
        Some(user) => {
            let neighbours = neighbours(context, board, &snapshot, &user, limit).await?;
            answer.user = Some(Own { user_id: user, rank: neighbours.rank, score: neighbours.score });
            answer.data = shown(neighbours.rows);
        }
        None => {
            let (rows, cursor) = top(context, board, &snapshot, after, limit).await?;
            (answer.data, answer.cursor) = (shown(rows), cursor.map(|cursor| cursor.text(board.link_key())));
        }
    }
    Ok(())
}

async fn fill_settled(
    context: &RequestContext<'_>,
    board: &AskedBoard,
    settled: &Settled<'_>,
    answer: &mut Leaderboard,
    (around, after, limit): Asked,
) -> Result<(), Error> {
    (answer.of, answer.as_of) = (settled.players(), settled.counted_at());
    let before = match around {
        None => after.map_or(0, |after| after.players),
        Some(user_id) => {
            let score = own_score(context, board, &user_id).await?;
            let found = match &score {
                Some(own) => settled.find(&user_id, (own.score, own.reached_at)).await?,
                None => None,
            };
            let score = found.as_ref().map(|(_, place)| place.score).or(score.map(|own| own.score));
            answer.user = Some(Own { user_id, rank: found.as_ref().map(|(_, place)| place.rank), score });
            let Some((before, _)) = found else { return Ok(()) };
            let as_index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            let first = first_of(as_index(before), as_index(settled.players()), limit) as u64;
            answer.data = settled.page(first, limit).await?;
            return Ok(());
        }
    };
    answer.data = settled.page(before, limit).await?;
    let players = before.saturating_add(answer.data.len() as u64);
    let next = Cursor { players, rank: 0, score: 0, place: String::new() };
    answer.cursor = (players < settled.players()).then(|| next.text(None));
    Ok(())
}

async fn own_score(
    context: &RequestContext<'_>,
    board: &AskedBoard,
    user: &UserId,
) -> Result<Option<StoredScore>, Error> {
    match board.score_key(user) {
        Some(key) => scores::get(&context.environment.table.store, &key).await,
        None => Ok(None),
    }
}

/// Reads `?around=`: any user of the app, or with a user token `me`.
fn around(text: &str, own: Option<&UserId>) -> Result<UserId, Error> {
    let refuse = |detail: &'static str| Error::invalid("/around", "invalid_id", detail);
    match own {
        None => UserId::try_from(text).map_err(|error| refuse(error.0)),
        Some(own) if text == "me" => Ok(own.clone()),
        Some(_) => Err(refuse("must be me: a user token shows its own user")),
    }
}

pub(crate) fn view(snapshot: &Snapshot, (rank, row): (u64, Row)) -> RowView {
    let Row { score, reached_at, user, .. } = row;
    let hidden = snapshot.hidden.contains(&user);
    RowView { rank, score, user_id: Some(user).filter(|_| !hidden), hidden, reached_at }
}

/// The end of a page: its last row, and the number of rows up to it.
struct Cursor {
    players: u64,
    rank: u64,
    score: u64,
    /// The place without the user. Its last part is a hash of the user.
    place: String,
}

impl Cursor {
    /// Reads what `text` has written with the same key.
    fn read(text: &str, key: Option<&LinkKey>) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let cursor = bytes.as_deref().and_then(|text| {
            let mut parts = text.splitn(4, '|');
            let mut number = || parts.next()?.parse::<u64>().ok();
            let (players, rank, score) = (number()?, number()?, number()?);
            let place = parts.next()?.to_owned();
            let known = |character: char| character.is_ascii_hexdigit() || character == '#';
            place.chars().all(known).then_some(Self { players, rank, score, place })
        });
        cursor.map(|cursor| cursor.hidden(key)).ok_or_else(Error::invalid_cursor)
    }

    /// Writes the cursor. It names nobody: the hash is hidden, so a guessed id cannot be compared with it.
    fn text(self, key: Option<&LinkKey>) -> String {
        let Self { players, rank, score, place } = self.hidden(key);
        URL_SAFE_NO_PAD.encode(format!("{players}|{rank}|{score}|{place}"))
    }

    /// Hides the hash, or shows it again.
    fn hidden(self, key: Option<&LinkKey>) -> Self {
        let Self { players, rank, score, ref place } = self;
        let parts =
            place.rsplit_once('#').and_then(|(prefix, hash)| Some((prefix, u64::from_str_radix(hash, 16).ok()?)));
        let (Some(key), Some((prefix, hash))) = (key, parts) else { return self };
        let hash = key.hide(&format!("{players}|{rank}|{score}|{prefix}"), hash);
        Self { place: format!("{prefix}#{hash:016x}"), ..self }
    }

    /// The first place behind the page: `$` follows on `#`.
    fn after(&self) -> String {
        format!("{}$", self.place)
    }

    fn at(players: u64, (rank, row): &(u64, Row)) -> Self {
        let place = row.place.rsplit_once('#').map_or("", |(place, _)| place).to_owned();
        Self { players, rank: *rank, score: row.score, place }
    }
}

async fn top(
    context: &RequestContext<'_>,
    board: &AskedBoard,
    snapshot: &Snapshot,
    after: Option<Cursor>,
    limit: usize,
) -> Result<(Vec<(u64, Row)>, Option<Cursor>), Error> {
    let (rows, before) = match &snapshot.rows {
        Rows::All(rows) => {
            let behind = after.as_ref().map_or_else(String::new, Cursor::after);
            let first = rows.partition_point(|(_, row)| row.place < behind);
            let page: Vec<(u64, Row)> = rows.iter().skip(first).take(limit + 1).cloned().collect();
            (page, first as u64)
        }
        Rows::Ladder(_) => {
            let competition = board.competition()?;
            let place = after.as_ref().map_or_else(|| boards::START.to_owned(), Cursor::after);
            let store = &context.environment.table.store;
            let rows = boards::rows(store, board.id(), competition.score, Side::Worse, &place, limit + 1).await?;
            let before = after.as_ref().map_or(0, |after| after.players);
            let mut ranking = Ranking::behind(before, after.map(|after| (after.score, after.rank)));
            (rows.into_iter().map(|row| (ranking.next(competition.ties, row.score), row)).collect(), before)
        }
    };
    let has_more = rows.len() > limit;
    let rows: Vec<(u64, Row)> = rows.into_iter().take(limit).collect();
    let cursor =
        rows.last().filter(|_| has_more).map(|last| Cursor::at(before.saturating_add(rows.len() as u64), last));
    Ok((rows, cursor))
}

/// A user on a board.
pub(crate) struct Neighbours {
    /// Null without a score, for users of the hold-out, and for those who are disqualified.
    pub(crate) rank: Option<u64>,
    pub(crate) score: Option<u64>,
    pub(crate) rows: Vec<(u64, Row)>,
}

/// Returns a user's rank with the rows around, `limit` in all. The own score is read from its item, so that the user
/// sees what was just answered, even if the index does not yet.
pub(crate) async fn neighbours(
    context: &RequestContext<'_>,
    board: &AskedBoard,
    snapshot: &Snapshot,
    user: &UserId,
    limit: usize,
) -> Result<Neighbours, Error> {
    let none = |score| Neighbours { rank: None, score, rows: Vec::new() };
    let Some(own) = own_score(context, board, user).await? else { return Ok(none(None)) };
    if own.held_out || own.disqualified {
        return Ok(none(Some(own.score)));
    }
    let text = board.place(user, own.score, own.reached_at)?;
    // Only its order counts: the user's own id is not needed in it.
    let own = Row { score: own.score, reached_at: own.reached_at, user: user.clone(), place: format!("{text}#") };
    let placed = match &snapshot.rows {
        Rows::All(rows) => among_all(rows, own, board.competition()?.ties, limit),
        Rows::Ladder(ladder) => {
            let around = Around { context, board, ladder };
            around.read(own, limit).await?
        }
    };
    Ok(placed)
}

/// Puts the user's row, as it is now, among the others.
fn among_all(rows: &[(u64, Row)], own: Row, ties: Ties, limit: usize) -> Neighbours {
    let mut others: Vec<Row> = rows.iter().map(|(_, row)| row).filter(|row| row.user != own.user).cloned().collect();
    let at = others.partition_point(|row| row.place < own.place);
    let score = own.score;
    others.insert(at, own);
    let mut ranking = Ranking::default();
    let ranked: Vec<(u64, Row)> = others.into_iter().map(|row| (ranking.next(ties, row.score), row)).collect();
    let first = first_of(at, ranked.len(), limit);
    Neighbours {
        rank: ranked.get(at).map(|(rank, _)| *rank),
        score: Some(score),
        rows: ranked.into_iter().skip(first).take(limit).collect(),
    }
}

/// Returns the first row of a page of `limit` around a row, full unless the board is shorter.
fn first_of(at: usize, rows: usize, limit: usize) -> usize {
    at.saturating_sub(limit / 2).min(rows.saturating_sub(limit))
}

/// A user on a large board.
struct Around<'a> {
    context: &'a RequestContext<'a>,
    board: &'a AskedBoard,
    ladder: &'a ladders::Ladder,
}

impl Around<'_> {
    async fn read(&self, own: Row, limit: usize) -> Result<Neighbours, Error> {
        let Self { context, board, ladder } = *self;
        let (store, id, competition) = (&context.environment.table.store, board.id(), board.competition()?);
        let side = |side| boards::rows(store, id, competition.score, side, &own.place, limit);
        let (better, worse) = futures_util::future::try_join(side(Side::Better), side(Side::Worse)).await?;
        let others = |rows: Vec<Row>| rows.into_iter().filter(|row| row.user != own.user).collect::<Vec<Row>>();
        let (better, worse) = (others(better), others(worse));
        // The row itself may stand in the index at an older place before this one.
        let position = ladders::better_than(store, id, ladder, &own.place).await?;
        let wanted = first_of(better.len(), better.len() + 1 + worse.len(), limit);
        let before: Vec<Row> = better.into_iter().rev().skip(wanted).collect();
        let first = position.saturating_sub(before.len() as u64);
        let score = own.score;
        let rank_of_first = match (competition.ties, before.first().unwrap_or(&own)) {
            (Ties::Earliest, _) => first,
            (Ties::Shared, row) => {
                let best = ScorePlace::new(competition.score, row.score, Timestamp::UNIX_EPOCH).prefix();
                ladders::better_than(store, id, ladder, &best).await?
            }
        };
        let mut ranking = Ranking::behind(first, None);
        let at = before.len();
        let page = before.into_iter().chain([own]).chain(worse).take(limit);
        let mut rows = Vec::with_capacity(limit);
        for (n, row) in page.enumerate() {
            let rank = ranking.next(competition.ties, row.score);
            // Those who share the first row's score share its rank, however many of them are before the page.
            if n == 0 {
                ranking = Ranking::behind(first + 1, Some((row.score, rank_of_first + 1)));
            }
            rows.push((if n == 0 { rank_of_first + 1 } else { rank }, row));
        }
        Ok(Neighbours { rank: rows.get(at).map(|(rank, _)| *rank), score: Some(score), rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(scores: &[u64]) -> Vec<(u64, Row)> {
        let row = |(n, score): (usize, &u64)| {
            let user: UserId = format!("u{n}").try_into().unwrap();
            let reached_at = Timestamp::from_second(n as i64).unwrap();
            (n as u64 + 1, Row { score: *score, reached_at, user, place: format!("{:04}#{n:02}#", 9_999 - score) })
        };
        scores.iter().enumerate().map(row).collect()
    }

    /// nakama#480, #605: ranks 1 to 10, the user at 2, four rows around: exactly 1 to 4.
    #[test]
    fn a_page_around_a_user_is_full_wherever_the_user_is() {
        let all = rows(&[100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
        let around = |at: usize, limit| {
            let found = among_all(&all, all[at].1.clone(), Ties::Earliest, limit);
            (found.rank.unwrap(), found.rows.iter().map(|(rank, _)| *rank).collect::<Vec<_>>())
        };
        assert_eq!(around(1, 4), (2, vec![1, 2, 3, 4]));
        assert_eq!(around(0, 4), (1, vec![1, 2, 3, 4]));
        assert_eq!(around(9, 4), (10, vec![7, 8, 9, 10]));
        assert_eq!(around(5, 3), (6, vec![5, 6, 7]));
        assert_eq!(around(5, 1), (6, vec![6]));
        assert_eq!(around(5, 100).1.len(), 10);
    }

    /// flappy-royale#328: the score just answered is on the page, though the index shows an older one.
    #[test]
    fn the_own_row_is_where_its_score_is_now() {
        let all = rows(&[100, 90, 80, 70]);
        let own = Row { score: 95, place: "9904#99#".to_owned(), ..all[3].1.clone() };
        let found = among_all(&all, own, Ties::Earliest, 10);
        let shown: Vec<(u64, u64)> = found.rows.iter().map(|(rank, row)| (*rank, row.score)).collect();
        assert_eq!((found.rank, shown), (Some(2), vec![(1, 100), (2, 95), (3, 90), (4, 80)]));
    }

    #[test]
    fn equal_scores_share_a_rank_and_leave_out_the_next() {
        let found = among_all(&rows(&[100, 90, 90, 80]), rows(&[100, 90, 90, 80])[3].1.clone(), Ties::Shared, 10);
        assert_eq!(found.rows.iter().map(|(rank, _)| *rank).collect::<Vec<_>>(), [1, 2, 2, 4]);
    }
}
