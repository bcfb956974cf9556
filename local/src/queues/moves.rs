//! Moves dead letters back to their source queues, as SQS's message move tasks do.

use std::sync::MutexGuard;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Queues, arn, missing, number, refusal};
use crate::{LocalError, lock};

/// All moves so far.
#[derive(Default)]
pub(super) struct Moves {
    held_up: bool,
    /// Newest last.
    all: Vec<Move>,
}

/// A move of all dead letters of a queue.
struct Move {
    from: String,
    /// The destination; `None` is each message's source queue.
    to: Option<String>,
    started: i64,
    of: usize,
    /// Number of moved messages, once the move has ended.
    moved: Option<usize>,
}

impl Queues {
    fn moves_begun(&self) -> MutexGuard<'_, Moves> {
        lock(&self.moves)
    }

    /// Moves everything at once, unless moves are held up. SQS takes longer.
    pub(super) fn start_move(&self, body: &Value, now: i64) -> Answer {
        let from = self.queue_of_arn(body, "SourceArn")?.ok_or_else(|| missing("SourceArn"))?.name;
        let to = self.queue_of_arn(body, "DestinationArn")?.map(|queue| queue.name);
        let messages = self.messages();
        if messages.sources(&from).is_empty() {
            let text = "Source queue must be configured as a Dead Letter Queue.";
            return Err(refusal("InvalidParameterValue", text));
        }
        let dead = messages.all(&from);
        drop(messages);
        if to.is_none() && dead.iter().any(|message| message.given_up_by.is_none()) {
            let text = "A message did not come here from another queue: DestinationArn is needed.";
            return Err(refusal("InvalidParameterValue", text));
        }
        let mut moves = self.moves_begun();
        if moves.all.iter().any(|known| known.from == from && known.moved.is_none()) {
            return Err(refusal("UnsupportedOperation", "There is already a task running."));
        }
        let handle = format!("{from}#{}", moves.all.len());
        moves.all.push(Move { from, to, started: now, of: dead.len(), moved: None });
        if !moves.held_up {
            self.move_all(&mut moves, now)?;
        }
        Ok(json!({ "TaskHandle": handle }))
    }

    fn move_all(&self, moves: &mut Moves, now: i64) -> Result<(), LocalError> {
        for under_way in moves.all.iter_mut().filter(|known| known.moved.is_none()) {
            let mut messages = self.messages();
            let dead = messages.all(&under_way.from);
            under_way.moved = Some(dead.len());
            for message in dead {
                let to = under_way.to.clone().or_else(|| message.given_up_by.clone());
                to.map_or(Ok(()), |to| messages.bring_back(message, &to, now))?;
            }
        }
        Ok(())
    }

    /// Holds up this and further moves, or finishes those that were held up.
    pub fn hold_up_moves(&self, held_up: bool, now: Timestamp) -> Result<(), LocalError> {
        let mut moves = self.moves_begun();
        moves.held_up = held_up;
        if held_up { Ok(()) } else { self.move_all(&mut moves, now.as_millisecond()) }
    }

    /// Number of moves so far.
    pub fn moves(&self) -> usize {
        self.moves_begun().all.len()
    }

    pub(super) fn list_moves(&self, body: &Value) -> Answer {
        let from = self.queue_of_arn(body, "SourceArn")?.ok_or_else(|| missing("SourceArn"))?;
        let most = usize::try_from(number(body, "MaxResults", 1, 1..=10)?).unwrap_or(1);
        let moves = self.moves_begun();
        let latest = moves.all.iter().rev().filter(|known| known.from == from.name).take(most);
        Ok(json!({ "Results": latest.map(Move::shown).collect::<Vec<_>>() }))
    }
}

impl Move {
    fn shown(&self) -> Value {
        json!({
            "Status": if self.moved.is_some() { "COMPLETED" } else { "RUNNING" },
            "SourceArn": arn(&self.from),
            "ApproximateNumberOfMessagesMoved": self.moved.unwrap_or_default(),
            "ApproximateNumberOfMessagesToMove": self.of,
            "StartedTimestamp": self.started,
        })
    }
}
