//! What went back to ledger and stock when a reward expired or was voided: the ledgers are told, so that what was noted to be used
//! up is looked at again, and those who wait are called. By the stream, so that it happens whoever died after the refund; a record
//! that comes again says it again, which costs a look and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::EventRecord;
use shared::id::{AppId, CampaignId, RewardGroupId};
use shared::reward::Reward;
use shared::store::ledger::{self, Account};
use shared::store::schema::Key;
use shared::store::{record, reward_changes, reward_groups, rewards};
use shared::{Environment, Error, Invocation, catalog};

/// Follows up what a batch of records gave back: each ledger once, each line once.
pub(crate) async fn follow(
    environment: &Environment,
    records: &[EventRecord],
    invocation: &Invocation,
) -> Result<(), Error> {
    // In a fixed order, so that a simulated season replays.
    let mut accounts: Vec<Account> = Vec::new();
    let mut restocked: BTreeSet<(AppId, RewardGroupId)> = BTreeSet::new();
    let mut campaigns: BTreeMap<AppId, BTreeSet<CampaignId>> = BTreeMap::new();
    for record in records {
        // One that cannot be read is `handle_record`'s to report.
        let Ok(Some((before, after))) = refunded(record) else { continue };
        for (account, _) in reward_changes::accounts(&after) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        let app = after.reward_id.app().clone();
        campaigns.entry(app.clone()).or_default().insert(after.campaign_id().clone());
        if before.url.is_some() && after.url.is_none() {
            restocked.insert((app, after.reward_group_id));
        }
    }
    let store = &environment.store;
    // First what keeps claims from looking, then the calls that make them look.
    for account in &accounts {
        ledger::note_refund(store, account).await?;
    }
    for (app, group) in &restocked {
        reward_groups::restocked(store, app, group, invocation.now).await?;
    }
    for (app, campaigns) in campaigns {
        let catalog = catalog::current(store, &app).await?;
        let groups: BTreeSet<&RewardGroupId> = campaigns
            .iter()
            .filter_map(|campaign| catalog.campaign(campaign).ok())
            .flat_map(|campaign| catalog.groups_of_campaign(campaign))
            .collect();
        for group in groups.into_iter().filter(|group| !restocked.contains(&(app.clone(), (*group).clone()))) {
            reward_groups::serve_line(store, &app, group).await?;
        }
    }
    Ok(())
}

/// The reward before and after, if the record is of the change that gave its money back.
fn refunded(record: &EventRecord) -> Result<Option<(Reward, Reward)>, Error> {
    let Some((Key::Reward(..) | Key::Replaced(..) | Key::ErasedReward(_), image)) = record::new_image(record)? else {
        return Ok(None);
    };
    let (Some(before), after) = (record::old_image(record), rewards::read(image)?) else { return Ok(None) };
    let before = rewards::read(before)?;
    let is_it = before.reward_id == after.reward_id && after.is_refunded && !before.is_refunded;
    Ok(is_it.then_some((before, after)))
}
