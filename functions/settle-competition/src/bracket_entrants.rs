//! The players of a bracket: the users that the body lists, or the first ones of a counted board.

use std::collections::HashMap;

use domain::Error;
use domain::competition::WindowId;
use domain::competition::bracket::{FEWEST, FEWEST_WITH_THIRD_PLACE, MOST_ENTRANTS};
use domain::id::UserId;
use edge::fields::{Fields, FromField, Mistake, Value, Whole};
use store::Store;
use store::boards::{self, BoardId, BoardState};
use store::brackets::BracketId;
use store::places;

use crate::brackets_api::state_conflict;

/// The players that a body names, the best seed first.
pub(crate) struct Entrants {
    named: Named,
    pub(crate) third_place: bool,
}

enum Named {
    Users(Vec<UserId>),
    FromBoard { window: WindowId, size: usize },
}

struct WindowField(WindowId);

impl FromField for WindowField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let window = value.as_str().and_then(WindowId::parse).map(Self);
        let advice = "must be campaign, or the first day of a window, like 2026-11-30";
        window.ok_or_else(|| Mistake("invalid_window", advice.to_owned()))
    }
}

/// Reads the body.
pub(crate) fn entrants(fields: &mut Fields<'_>) -> Option<Entrants> {
    let from_board = fields.optional_object("from_board", |fields| {
        let window = fields.required::<WindowField>("window");
        let size = fields.required::<Whole<{ FEWEST as i64 }, { MOST_ENTRANTS as i64 }>>("size");
        Some(Named::FromBoard { window: window?.0, size: usize::try_from(size?.0).ok()? })
    });
    let third_place = fields.optional::<bool>("third_place").unwrap_or(false);
    let has_board = fields.value("from_board").is_some();
    if has_board && fields.value("entrants").is_some() {
        fields.refuse("entrants", "out_of_range", "must be left out where from_board is given: one of them seeds");
        return None;
    }
    let named = if has_board { from_board? } else { Named::Users(users(fields)?) };
    let size = match &named {
        Named::Users(users) => users.len(),
        Named::FromBoard { size, .. } => *size,
    };
    if third_place && size < FEWEST_WITH_THIRD_PLACE {
        let detail = format!(
            "needs {FEWEST_WITH_THIRD_PLACE} players or more, because the losers of two semi-finals play for it; leave it out"
        );
        fields.refuse("third_place", "out_of_range", detail);
    }
    Some(Entrants { named, third_place })
}

fn users(fields: &mut Fields<'_>) -> Option<Vec<UserId>> {
    let values = fields.array("entrants", FEWEST..=MOST_ENTRANTS)?;
    let (mut users, mut seen) = (Vec::with_capacity(values.len()), HashMap::new());
    for (position, value) in values.iter().enumerate() {
        let place = format!("entrants/{position}");
        let user = match UserId::from_field(value) {
            Ok(user) => user,
            Err(Mistake(code, detail)) => {
                fields.refuse_at(&place, code, detail);
                continue;
            }
        };
        if let Some(before) = seen.insert(user.clone(), position) {
            let detail = format!("is the same user as /entrants/{before}: a player has one seed, so leave one out");
            fields.refuse_at(&place, "duplicate", detail);
        }
        users.push(user);
    }
    Some(users)
}

impl Entrants {
    /// Returns the users, the best seed first.
    pub(crate) async fn users(self, store: &Store, id: BracketId<'_>) -> Result<Vec<UserId>, Error> {
        match self.named {
            Named::Users(users) => Ok(users),
            Named::FromBoard { window, size } => {
                first_of(store, BoardId { app: id.app, campaign: id.campaign, window }, size).await
            }
        }
    }
}

/// Returns the first users of a counted board. Erased users leave no gap.
async fn first_of(store: &Store, id: BoardId<'_>, size: usize) -> Result<Vec<UserId>, Error> {
    let window = id.window;
    let Some(board) = boards::get(store, id).await?.filter(boards::Board::has_places) else {
        return Err(state_conflict(format!(
            "the board of {window} has no places yet; they are counted after the window and its grace are over"
        )));
    };
    let mut users = Vec::with_capacity(size);
    for number in 0..board.chunks() {
        let Some(chunk) = places::chunk(store, id, board.count, number).await? else { break };
        users.extend(chunk.rows.into_iter().filter_map(|place| place.user).take(size - users.len()));
        if users.len() == size {
            return Ok(users);
        }
    }
    let detail = format!("is {size}, but the board of {window} has {} players; choose at most that many", users.len());
    Err(Error::invalid("/from_board/size", "out_of_range", detail))
}

/// Fails with a 409 if a board of the campaign gives the prizes, or has given them: they cannot be won twice.
pub(crate) async fn check_prizes_are_left(store: &Store, id: BracketId<'_>) -> Result<(), Error> {
    let all = boards::list(store, id.app, id.campaign).await?;
    let gives = |state| matches!(state, BoardState::Approved | BoardState::Settled);
    match all.iter().find(|(_, board)| gives(board.board_state) && board.players > 0) {
        None => Ok(()),
        Some((window, _)) => Err(state_conflict(format!(
            "the board of {window} gives the campaign's prizes already, so no bracket can; make a campaign for the \
             bracket, or let boards be settled by_hand and put the bracket before an approval"
        ))),
    }
}
