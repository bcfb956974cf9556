//! Follows up money and URLs that went back when a reward expired or was voided: notes the refund in the ledgers, so
//! that claims look there again, and calls the waiting lines. The stream triggers it, so it happens even if the
//! function that refunded died. A record that comes twice costs a read and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::id::{AppId, CampaignId, RewardGroupId};
use domain::reward::Reward;
use invocation::Invocation;
use rewarding::Environment;
use store::catalogs;
use store::ledger::{self, Account};
use store::schema::Key;
use store::{record, reward_changes, reward_groups, rewards};
use triggers::streams::Failures;

/// The stock and money that the records of one app in a batch gave back.
#[derive(Default)]
struct GivenBack {
    positions: Vec<usize>,
    accounts: Vec<Account>,
    restocked: BTreeSet<RewardGroupId>,
    campaigns: BTreeSet<CampaignId>,
}

/// Follows up the refunds of a batch: each ledger once, each line once. A failure of one app stops no other.
pub(crate) async fn follow(
    environment: &Environment,
    records: &[EventRecord],
    invocation: &Invocation,
    failures: &mut Failures,
) {
    // Sorted, so that a simulated season replays.
    let mut apps: BTreeMap<AppId, GivenBack> = BTreeMap::new();
    for (position, record) in records.iter().enumerate() {
        // `handle_record` reports records that cannot be read.
        let Ok(Some(refunded)) = refunded(record) else { continue };
        let after = refunded.reward;
        let of = apps.entry(after.reward_id.app().clone()).or_default();
        of.positions.push(position);
        for (account, _) in reward_changes::accounts(&after) {
            if !of.accounts.contains(&account) {
                of.accounts.push(account);
            }
        }
        of.campaigns.insert(after.campaign_id().clone());
        if refunded.restocks {
            of.restocked.insert(after.reward_group_id);
        }
    }
    for (app, given_back) in apps {
        if let Err(error) = invocation.in_time(follow_app(environment, &app, &given_back, invocation)).await {
            failures.note(given_back.positions, &error);
        }
    }
}

async fn follow_app(
    environment: &Environment,
    app: &AppId,
    given_back: &GivenBack,
    invocation: &Invocation,
) -> Result<(), Error> {
    let store = &environment.store;
    // First the notes by which claims look again, then the calls that make them claim.
    for account in &given_back.accounts {
        ledger::note_refund(store, account).await?;
    }
    for group in &given_back.restocked {
        reward_groups::restocked(store, app, group, invocation.now).await?;
    }
    let catalog = catalogs::current(store, app).await?;
    let campaigns = given_back.campaigns.iter().filter_map(|campaign| catalog.campaign(campaign).ok());
    let groups: BTreeSet<&RewardGroupId> =
        campaigns.flat_map(|campaign| catalog.groups_of_campaign(campaign)).collect();
    for group in groups.into_iter().filter(|group| !given_back.restocked.contains(*group)) {
        reward_groups::serve_line(store, app, group).await?;
    }
    Ok(())
}

/// A reward whose money went back.
struct Refunded {
    reward: Reward,
    /// True if its URL went back to stock, too.
    restocks: bool,
}

/// Returns the reward if this record shows its refund. A record without its past counts as one.
fn refunded(record: &EventRecord) -> Result<Option<Refunded>, Error> {
    let Some((Key::Reward(..) | Key::Replaced(..) | Key::ErasedReward(_), image)) = record::new_image(record)? else {
        return Ok(None);
    };
    let reward = rewards::read(image)?;
    if !reward.is_refunded {
        return Ok(None);
    }
    if record::is_without_past(record) {
        let restocks = reward.url.is_none();
        return Ok(Some(Refunded { reward, restocks }));
    }
    let Some(before) = record::old_image(record).map(rewards::read).transpose()? else { return Ok(None) };
    let restocks = before.url.is_some() && reward.url.is_none();
    let is_it = before.reward_id == reward.reward_id && !before.is_refunded;
    Ok(is_it.then_some(Refunded { reward, restocks }))
}
