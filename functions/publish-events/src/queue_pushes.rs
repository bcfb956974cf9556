//! From the table's stream into the queue of pushes: a reward that was awarded, or has to be waited for. Nothing else is looked
//! at here, so that a reward which cannot be read, or a push service that is down, never holds up the shard.

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::message::NoticeId;
use domain::reward::RewardState;
use invocation::Invocation;
use outbound_queue::push_work::PushWork;
use outbound_queue::{Message, Queue};
use store::schema::Key;
use store::{record, rewards};

/// Puts what a batch of records tells into the queue. A record that comes again is the same message, which the queue drops
/// within five minutes; after that, the results of its pushes say that it was sent.
pub(crate) async fn queue(pushes: &Queue, records: &[EventRecord], invocation: &Invocation) -> Result<(), Error> {
    let mut messages = Vec::with_capacity(records.len());
    for record in records {
        messages.extend(message(record, invocation).await?);
    }
    pushes.send(&messages).await
}

/// What a record tells a user. One of which it cannot be found out is taken for an award: the queue's reader looks at the
/// reward itself, and gives up what it cannot read without holding up anybody.
async fn message(record: &EventRecord, invocation: &Invocation) -> Result<Option<Message>, Error> {
    let Some(Key::Reward(app, user, campaign, moment, n)) = record::key(record) else { return Ok(None) };
    let award = NoticeId::Achievement(campaign.clone(), moment.clone(), n);
    let notice = match invocation.contained(async { news(record) }).await {
        Ok(Some(News::Award)) => award,
        Ok(Some(News::Waiting)) => NoticeId::Waiting(campaign, moment, n),
        Ok(None) => return Ok(None),
        Err(error) => {
            let sequence = record.change.sequence_number.as_deref();
            tracing::error!(stream.sequence = sequence, error.cause = %error, "a record is queued by its key alone");
            award
        }
    };
    let once = record.change.sequence_number.as_deref().unwrap_or_default();
    PushWork::new(&app, &user, notice).message(once).map(Some)
}

enum News {
    Award,
    Waiting,
}

fn news(record: &EventRecord) -> Result<Option<News>, Error> {
    let Some((_, image)) = record::new_image(record)? else { return Ok(None) };
    let unreadable = || Error::Internal("the state of a reward cannot be read".into());
    let before = record::old_image(record).and_then(|image| rewards::state_of(&image));
    // A reward in the place of one that was voided is news, and so is one that has been reviewed.
    Ok(match (before, rewards::state_of(&image).ok_or_else(unreadable)?) {
        (None | Some(RewardState::Waiting | RewardState::InReview | RewardState::Voided), RewardState::Awarded) => {
            Some(News::Award)
        }
        (None, RewardState::Waiting) => Some(News::Waiting),
        _ => None,
    })
}
