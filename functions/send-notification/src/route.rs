//! From the table's stream into the queue of pushes: a reward that was awarded, or has to be waited for. Nothing else is looked
//! at here, so that a reward which cannot be read, or a push service that is down, never holds up the shard.

use aws_lambda_events::dynamodb::EventRecord;
use outbound_push::ways::Ways;
use outbound_queue::Message;
use outbound_queue::push_work::PushWork;
use shared::Error;
use shared::message::NoticeId;
use shared::reward::RewardState;
use shared::store::schema::Key;
use shared::store::{record, rewards};

/// Puts what a batch of records tells into the queue. A record that comes again is the same message, which the queue drops
/// within five minutes; after that, the results of its pushes say that it was sent.
pub(crate) async fn route(ways: &Ways, records: &[EventRecord]) -> Result<(), Error> {
    if ways.push.is_off() {
        return Ok(());
    }
    let mut messages = Vec::with_capacity(records.len());
    for record in records {
        messages.extend(message(record)?);
    }
    ways.pushes.send(&messages).await
}

fn message(record: &EventRecord) -> Result<Option<Message>, Error> {
    let Some((Key::Reward(app, user, campaign, moment, n), image)) = record::new_image(record)? else {
        return Ok(None);
    };
    let before = record::old_image(record).and_then(|image| rewards::state_of(&image));
    // A reward in the place of one that was voided is news, and so is one that has been reviewed.
    let notice = match (before, rewards::state_of(&image)) {
        (
            None | Some(RewardState::Waiting | RewardState::InReview | RewardState::Voided),
            Some(RewardState::Awarded),
        ) => NoticeId::Achievement(campaign, moment, n),
        (None, Some(RewardState::Waiting)) => NoticeId::Waiting(campaign, moment, n),
        _ => return Ok(None),
    };
    let once = record.change.sequence_number.as_deref().unwrap_or_default();
    PushWork::new(&app, &user, notice).message(once).map(Some)
}
