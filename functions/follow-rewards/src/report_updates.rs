//! Updates campaign reports: adds the changes of rewards, batch by batch of the stream, to their campaigns' figures. A
//! record that comes twice, late or out of order adds nothing, so a failure is simply repeated.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::id::{AppId, CampaignId, RewardId};
use domain::reward::{Reward, RewardState, report};
use domain::time_zone::TimeZone;
use invocation::Invocation;
use jiff::Timestamp;
use rewarding::Environment;
use store::reports::{self, Recount};
use store::schema::Key;
use store::{record, rewards};
use triggers::streams::Failures;

/// A reward before and after a change. One of them may be missing.
struct Change {
    before: Option<Reward>,
    after: Option<Reward>,
}

/// Counts the changes of rewards in a batch, campaign by campaign. A failure of one campaign stops no other.
pub(crate) async fn count(
    environment: &Environment,
    records: &[EventRecord],
    invocation: &Invocation,
    failures: &mut Failures,
) {
    let mut campaigns: BTreeMap<(AppId, CampaignId), (Vec<usize>, Vec<Change>)> = BTreeMap::new();
    for (position, change) in records.iter().enumerate().filter_map(|(at, record)| Some((at, change(record)?))) {
        let Some(reward) = change.after.as_ref().or(change.before.as_ref()) else { continue };
        let of = (reward.reward_id.app().clone(), reward.campaign_id().clone());
        let (positions, changes) = campaigns.entry(of).or_default();
        positions.push(position);
        changes.push(change);
    }
    for (of, (positions, changes)) in campaigns {
        if let Err(error) = invocation.in_time(count_campaign(environment, &of, changes, invocation)).await {
            failures.note(positions, &error);
        }
    }
}

async fn count_campaign(
    environment: &Environment,
    (app, campaign): &(AppId, CampaignId),
    changes: Vec<Change>,
    invocation: &Invocation,
) -> Result<(), Error> {
    let moment = changes.iter().find_map(|change| Some(&change.after.as_ref().or(change.before.as_ref())?.moment_id));
    let Some(moment) = moment else { return Ok(()) };
    let catalog = environment.catalogs.with_moment(&environment.store, app, campaign, moment, invocation.now).await;
    let catalog = match catalog {
        Ok(catalog) => Some(catalog),
        // A reward may outlive the campaign or the moment that awarded it.
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let recounts = recounts(changes, |at| day(catalog.as_ref(), campaign, at));
    reports::count(&environment.store, &environment.report, app, campaign, recounts, invocation.deadline).await
}

fn day(catalog: Option<&Arc<Catalog>>, campaign: &CampaignId, at: Timestamp) -> i32 {
    let campaign = catalog.and_then(|catalog| catalog.campaign(campaign).ok());
    campaign.map_or_else(|| TimeZone::UTC.day(at), |campaign| campaign.day(at))
}

/// Returns the change of a reward; `None` if the record is of another item, or of a reward that moved to another key.
fn change(record: &EventRecord) -> Option<Change> {
    let key = record::key(record)?;
    if !matches!(key, Key::Reward(..) | Key::Replaced(..) | Key::ErasedReward(_)) {
        return None;
    }
    let image = record::new_image(record).ok().flatten().map(|(_, image)| image);
    let read = |image| match rewards::read(image) {
        Ok(reward) => Some(reward),
        Err(error) => {
            tracing::error!(error.cause = %error, "a reward cannot be read, and is not in the report");
            None
        }
    };
    let before = record::old_image(record).and_then(read);
    match image {
        Some(image) => {
            let after = read(image)?;
            // Another reward was issued in its place: this one has no past.
            let before = before.filter(|before| before.reward_id == after.reward_id);
            Some(Change { before, after: Some(after) })
        }
        // A user who is erased while waiting leaves the line. The user's other rewards move to another key.
        None => before
            .filter(|before| before.state == RewardState::Waiting)
            .map(|before| Change { before: Some(before), after: None }),
    }
}

/// Returns one recount for each reward: from its first state in the batch to its last.
fn recounts(changes: Vec<Change>, day: impl Fn(Timestamp) -> i32) -> Vec<Recount> {
    let mut places: HashMap<RewardId, usize> = HashMap::new();
    let mut recounts: Vec<Recount> = Vec::new();
    for Change { before, after } in changes {
        let before_that = before.as_ref().map(|before| report::contribution(before, &day));
        let (reward, now) = match (&after, &before) {
            (Some(after), _) => (after, report::contribution(after, &day)),
            (None, Some(before)) => (before, report::given_up(before, &day)),
            (None, None) => continue,
        };
        let recount = Recount {
            reward_id: reward.reward_id.clone(),
            before: before_that,
            now,
            is_erased: reward.user_id.is_none(),
        };
        match places.get(&reward.reward_id) {
            Some(place) => {
                let known = &mut recounts[*place];
                if recount.now.revision > known.now.revision {
                    known.is_erased |= recount.is_erased;
                    known.now = recount.now;
                }
            }
            None => {
                places.insert(reward.reward_id.clone(), recounts.len());
                recounts.push(recount);
            }
        }
    }
    // A change without a new revision (a URL that is shown from now on) changes no figure.
    recounts.retain(|recount| recount.before.as_ref().is_none_or(|before| before.revision != recount.now.revision));
    recounts
}
