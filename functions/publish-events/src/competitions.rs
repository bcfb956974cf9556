//! The domain events of competitions: the states of boards and brackets, and disqualifications.

use domain::Error;
use domain::competition::WindowId;
use domain::event::DomainEvent;
use domain::id::{AppId, CampaignId, UserId};
use serde_json::{Value, json};
use store::boards::{self, Board, BoardState};
use store::brackets::{self, BracketState};
use store::competitors;
use store::record::ItemImage;
use store::schema::Key;

/// Returns the events of a change to a board, a bracket or a decision about a competitor.
pub(crate) fn of_record(key: &Key, image: ItemImage, before: Option<ItemImage>) -> Result<Vec<DomainEvent>, Error> {
    let event = match key {
        Key::Board(app, campaign, window) => {
            of_board(app, campaign, *window, &boards::read(image)?, before.map(boards::read).transpose()?.as_ref())?
        }
        Key::Bracket(app, campaign) => of_bracket(app, campaign, image, before)?,
        Key::Competitor(app, campaign, user) => of_competitor(app, campaign, user, image, before)?,
        _ => None,
    };
    Ok(event.into_iter().collect())
}

fn of_board(
    app: &AppId,
    campaign: &CampaignId,
    window: WindowId,
    board: &Board,
    before: Option<&Board>,
) -> Result<Option<DomainEvent>, Error> {
    if before.is_some_and(|before| before.board_state == board.board_state) {
        return Ok(None);
    }
    let (name, at) = match board.board_state {
        // A board is frozen once. A further count begins with the same state.
        BoardState::Frozen if board.count > 1 => return Ok(None),
        BoardState::Frozen => ("frozen", Some(board.frozen_at)),
        BoardState::NeedsDecision => ("needs_decision", board.counted_at),
        BoardState::Counted => ("counted", board.counted_at),
        BoardState::Approved => ("approved", board.approved_at),
        BoardState::Settled => ("settled", board.settled_at),
    };
    let mut data = json!({ "campaign_id": campaign, "window": window, "version": board.revision });
    if board.has_places() {
        data["players"] = json!(board.players);
        data["winners"] = json!(board.winners.iter().sum::<u64>());
    }
    if board.board_state == BoardState::Approved {
        data["key_id"] = json!(board.approved_by);
        data["person_id"] = json!(board.approved_by_person);
    }
    let change = format!("{campaign} {window} {}", board.revision);
    DomainEvent::new(app, format!("competition.{name}"), at.unwrap_or(board.frozen_at), &change, data).map(Some)
}

fn of_bracket(
    app: &AppId,
    campaign: &CampaignId,
    image: ItemImage,
    before: Option<ItemImage>,
) -> Result<Option<DomainEvent>, Error> {
    let bracket = brackets::read(image)?;
    let before = before.map(brackets::read).transpose()?;
    if before.is_some_and(|before| before.bracket_state == bracket.bracket_state) {
        return Ok(None);
    }
    let (event_type, at) = match bracket.bracket_state {
        BracketState::Started => ("competition.bracket_started", bracket.started_at),
        BracketState::Finished => ("competition.bracket_finished", bracket.finished_at),
        BracketState::Draft | BracketState::Starting => return Ok(None),
    };
    let mut data = json!({ "campaign_id": campaign, "version": bracket.version, "players": bracket.entrants.len() });
    if bracket.bracket_state == BracketState::Finished {
        data["key_id"] = json!(bracket.finished_by);
        data["person_id"] = json!(bracket.finished_by_person);
    }
    DomainEvent::new(app, event_type, at.unwrap_or(bracket.made_at), &format!("{campaign} {}", bracket.version), data)
        .map(Some)
}

/// A decision that is taken back has no event: an erasure of the user makes the same change.
fn of_competitor(
    app: &AppId,
    campaign: &CampaignId,
    user: &UserId,
    image: ItemImage,
    before: Option<ItemImage>,
) -> Result<Option<DomainEvent>, Error> {
    let decision = competitors::read(image)?;
    let before = before.map(competitors::read).transpose()?.and_then(|before| before.disqualified);
    let Some(disqualified) = decision.disqualified.filter(|now| before.as_ref() != Some(now)) else { return Ok(None) };
    let data: Value = json!({
        "campaign_id": campaign, "user_id": user, "reason": disqualified.reason, "key_id": decision.key_id,
        "person_id": decision.person_id,
    });
    let change = format!("{campaign} {user:?} {}", decision.decided_at);
    DomainEvent::new(app, "competition.disqualified", decision.decided_at, &change, data).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(state: BoardState, count: u32, revision: u64) -> Board {
        let now = jiff::Timestamp::UNIX_EPOCH;
        Board { board_state: state, count, revision, ..Board::frozen(now) }
    }

    fn type_of(board: &Board, before: Option<&Board>) -> Option<String> {
        let (app, campaign) = ("shop".try_into().unwrap(), "cup".try_into().unwrap());
        of_board(&app, &campaign, WindowId::Campaign, board, before).unwrap().map(|event| event.event_type)
    }

    #[test]
    fn a_board_has_an_event_for_each_state_and_none_for_a_step_in_it() {
        let frozen = board(BoardState::Frozen, 1, 1);
        assert_eq!(type_of(&frozen, None).unwrap(), "competition.frozen");
        assert_eq!(type_of(&board(BoardState::Frozen, 1, 2), Some(&frozen)), None);
        let counted = board(BoardState::Counted, 1, 3);
        assert_eq!(type_of(&counted, Some(&frozen)).unwrap(), "competition.counted");
        // A disqualification begins a new count of the same board.
        let anew = board(BoardState::Frozen, 2, 4);
        assert_eq!(type_of(&anew, Some(&counted)), None);
        assert_eq!(type_of(&board(BoardState::Counted, 2, 5), Some(&anew)).unwrap(), "competition.counted");
        let approved = board(BoardState::Approved, 2, 6);
        assert_eq!(type_of(&approved, Some(&counted)).unwrap(), "competition.approved");
        assert_eq!(type_of(&board(BoardState::Settled, 2, 7), Some(&approved)).unwrap(), "competition.settled");
    }
}
