//! Queues pushes for rewards that were awarded or are waited for. It decides by the record alone, so that a reward that
//! cannot be read, or a push service that is down, never delays the shard.

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::message::NoticeId;
use domain::reward::RewardState;
use invocation::Invocation;
use outbound_queue::push_work::PushWork;
use outbound_queue::{Message, Queue};
use store::schema::Key;
use store::{record, rewards};

/// Queues the pushes of a batch of records. A record that comes again makes the same message, which the queue drops
/// within five minutes. After that, the results of its pushes show that it was sent.
pub(crate) async fn queue(pushes: &Queue, records: &[EventRecord], invocation: &Invocation) -> Result<(), Error> {
    let mut messages = Vec::with_capacity(records.len());
    for record in records {
        messages.extend(message(record, invocation).await?);
    }
    pushes.send(&messages).await
}

/// Returns the push for a record. A reward that cannot be read counts as an award: the queue's reader reads the reward
/// itself, and gives up without delaying anybody.
async fn message(record: &EventRecord, invocation: &Invocation) -> Result<Option<Message>, Error> {
    let once = record.change.sequence_number.as_deref().unwrap_or_default();
    let (app, user, campaign, moment, n) = match record::key(record) {
        Some(Key::Reward(app, user, campaign, moment, n)) => (app, user, campaign, moment, n),
        // Announcements are pushed by who writes them.
        Some(Key::Notice(app, user, notice @ NoticeId::Result(..))) if record::old_image(record).is_none() => {
            return PushWork::new(&app, &user, notice).message(once).map(Some);
        }
        _ => return Ok(None),
    };
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
    // A reward that replaces a voided one is news, and so is one that passed review.
    Ok(match (before, rewards::state_of(&image).ok_or_else(unreadable)?) {
        (None | Some(RewardState::Waiting | RewardState::InReview | RewardState::Voided), RewardState::Awarded) => {
            Some(News::Award)
        }
        (None, RewardState::Waiting) => Some(News::Waiting),
        _ => None,
    })
}
