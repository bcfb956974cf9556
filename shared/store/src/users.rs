//! Users: profiles, devices, one query for everything a check needs, and erasure.

use domain::Error;
use domain::campaign::{Campaign, Moment};
use domain::device::Device;
use domain::id::{AppId, CampaignId, MomentId, UserId};
use domain::message::NoticeId;
use domain::reward::group::RewardKind;
use domain::reward::{Reward, RewardState};
use domain::user::Profile;
use jiff::Timestamp;
use serde::Deserialize;

use super::devices;
use super::expression::SPENT_UNCHANGED;
use super::failure::Item;
use super::item::milliseconds;
use super::notices::{self, Notice};
use super::progress::StoredProgress;
use super::refusals::{self, Refusal};
use super::schema::{self, IndexKey, Key};
use super::{Store, failure, item, requests, rewards, shipping_addresses};

/// Everything that eligibility looks at.
#[derive(Debug, Default)]
pub struct UserState {
    /// What the app told about the user, if anything.
    pub profile: Option<Profile>,
    /// How far the user is, by moment.
    pub progress: Vec<(CampaignId, MomentId, StoredProgress)>,
    /// What the user has been awarded or waits for.
    pub rewards: Vec<Reward>,
    /// What was taken back from the user, and replaced.
    pub replaced: Vec<Reward>,
}

impl UserState {
    /// How far the user is in a campaign, by moment.
    pub fn progress_in(&self, campaign: &Campaign) -> impl Iterator<Item = (&MomentId, &StoredProgress)> {
        let of_campaign = self.progress.iter().filter(|(of, ..)| *of == campaign.campaign_id);
        of_campaign.map(|(_, moment, progress)| (moment, progress))
    }

    /// How far the user is towards a moment, if the user has begun.
    pub fn progress_of(&self, campaign: &Campaign, moment: &Moment) -> Option<&StoredProgress> {
        let mut all = self.progress_in(campaign);
        all.find(|(of, _)| **of == moment.moment_id).map(|(_, progress)| progress)
    }
}

/// Everything that is stored about a user.
#[derive(Debug, Default)]
pub struct Everything {
    /// The profile, all progress and all rewards.
    pub state: UserState,
    /// The progress that was made in test mode.
    pub test_progress: Vec<(CampaignId, MomentId, StoredProgress)>,
    /// When the app first told of the user.
    pub known_since: Option<Timestamp>,
    /// The devices, with their addresses, also those that are reached no more.
    pub devices: Vec<Device>,
    /// What became of the pushes of each message.
    pub notices: Vec<(NoticeId, Notice)>,
    /// Why the user's events did not count of late, by moment.
    pub refusals: Vec<(CampaignId, MomentId, Refusal)>,
    /// What was spent on the user, by campaigns that cap it, in minor units.
    pub spent: Vec<(CampaignId, i64)>,
}

#[derive(Deserialize)]
struct Known {
    #[serde(default, with = "milliseconds::optional")]
    known_since: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Allowance {
    spent: i64,
}

/// Writes a profile. Unconditional: what the app told last holds, but for when it first did.
pub async fn put_profile(
    store: &Store,
    app: &AppId,
    user: &UserId,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Error> {
    let (pk, sk) = IndexKey::Audience(app.clone(), user.clone()).pair();
    let mut update = store
        .update(&Key::User(app.clone(), user.clone()))
        .expression_attribute_values(":audience", item::text(pk))
        .expression_attribute_values(":user", item::text(sk))
        .expression_attribute_values(":now", item::time(now));
    let told = item::fields(profile)?;
    let mut sets = vec![
        "gsi1pk = :audience".to_owned(),
        "gsi1sk = :user".to_owned(),
        "known_since = if_not_exists(known_since, :now)".to_owned(),
    ];
    let mut removes = Vec::new();
    for name in ["marketplace", "locale", "time_zone", "attributes"] {
        update = update.expression_attribute_names(format!("#{name}"), name);
        let Some(value) = told.get(name) else {
            removes.push(format!("#{name}"));
            continue;
        };
        sets.push(format!("#{name} = :{name}"));
        update = update.expression_attribute_values(format!(":{name}"), value.clone());
    }
    let remove = if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
    update = update.update_expression(format!("SET {}{remove}", sets.join(", ")));
    store.update_item("put profile", update).await.map(drop)
}

/// Returns a user's profile. Half a unit, and at most a moment old.
pub async fn profile(store: &Store, app: &AppId, user: &UserId) -> Result<Option<Profile>, Error> {
    let found = store.get_item("get profile", &Key::User(app.clone(), user.clone()), false).await?;
    found.map(|found| item::shape("profile", found)).transpose()
}

/// Which of a user's two partitions is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The user's own.
    Live,
    /// The one that holds nothing but the progress made in test mode.
    Test,
}

/// How much of what was written a read sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Every write that was answered. Costs twice as much.
    Strong,
    /// All but the writes of the last moment.
    Eventual,
}

/// The profile, all progress and all rewards of a user, in one query: `PROFILE`, `PROGRESS#…`, `REPLACED#…` and `REWARD#…` are neighbours
/// (and `$` follows on `#`).
pub async fn state(
    store: &Store,
    app: &AppId,
    user: &UserId,
    partition: Partition,
    consistency: Consistency,
) -> Result<UserState, Error> {
    let pk = match partition {
        Partition::Live => schema::user_pk(app, user),
        Partition::Test => schema::test_pk(app, user),
    };
    let items = read(store, pk, "PROFILE", "REWARD$", consistency).await?;
    Ok(sorted(items)?.state)
}

/// Returns the sources of a user's inbox: notices, profile, progress and rewards, which are neighbours (`NOTICE#…` to
/// `REWARD#…`). One query, at most a moment old, at half the price.
pub async fn inbox(store: &Store, app: &AppId, user: &UserId) -> Result<Everything, Error> {
    sorted(read(store, schema::user_pk(app, user), "NOTICE#", "REWARD$", Consistency::Eventual).await?)
}

/// Returns everything that an announcement to a user needs: devices, notices, profile, progress and rewards, which
/// are neighbours (`DEVICE#…` to `REWARD#…`). One query, at most a moment old, at half the price.
pub async fn for_announcement(store: &Store, app: &AppId, user: &UserId) -> Result<Everything, Error> {
    sorted(read(store, schema::user_pk(app, user), "DEVICE#", "REWARD$", Consistency::Eventual).await?)
}

/// Returns everything stored about a user; `None` if there is nothing.
pub async fn everything(store: &Store, app: &AppId, user: &UserId) -> Result<Option<Everything>, Error> {
    let items = read(store, schema::user_pk(app, user), "A", "~", Consistency::Strong).await?;
    let test = read(store, schema::test_pk(app, user), "A", "~", Consistency::Strong).await?;
    if items.is_empty() && test.is_empty() {
        return Ok(None);
    }
    let test_progress = sorted(test)?.state.progress;
    Ok(Some(Everything { test_progress, ..sorted(items)? }))
}

fn sorted(items: Vec<Item>) -> Result<Everything, Error> {
    let mut sorted = Everything::default();
    for found in items {
        // What another version of the code has written, before or after this one, keeps nothing from the user.
        let Ok(at) = item::key_of(&found) else { continue };
        match at {
            Key::User(..) => {
                sorted.known_since = item::shape::<Known>("profile", found.clone())?.known_since;
                sorted.state.profile = Some(item::shape("profile", found)?);
            }
            Key::Device(..) => sorted.devices.push(devices::read(found)?),
            Key::Progress(_, _, campaign, moment) | Key::TestProgress(_, _, campaign, moment) => {
                sorted.state.progress.push((campaign, moment, StoredProgress::from_item(found)?));
            }
            Key::Reward(..) => sorted.state.rewards.push(rewards::read(found)?),
            Key::Replaced(..) => sorted.state.replaced.push(rewards::read(found)?),
            Key::Notice(_, _, notice) => sorted.notices.push((notice, notices::read(found)?)),
            Key::Refusal(_, _, campaign, moment) => {
                sorted.refusals.push((campaign, moment, refusals::read(found)?));
            }
            Key::Allowance(_, _, campaign) => {
                let Allowance { spent } = item::shape("allowance", found)?;
                sorted.spent.push((campaign, spent));
            }
            _ => {}
        }
    }
    Ok(sorted)
}

/// Erases a user: deletes profile, devices, progress and notices. Rewards lose their user and keep their figures,
/// their link and their URL. `false` if nothing was known. Running it again finishes what a crash left.
pub async fn erase(store: &Store, app: &AppId, user: &UserId) -> Result<bool, Error> {
    let mut items = read(store, schema::user_pk(app, user), "A", "~", Consistency::Strong).await?;
    let known = !items.is_empty();
    items.extend(read(store, schema::test_pk(app, user), "A", "~", Consistency::Strong).await?);
    // What was spent on the user is forgotten last: with rewards left, the user would have it to spend again.
    items.sort_by_key(|found| matches!(item::key_of(found), Ok(Key::Allowance(..))));
    for found in items {
        let Ok(at) = item::key_of(&found) else {
            // What another version of the code has written is the user's all the same. Unconditional, as below.
            delete_found(store, &found).await?;
            continue;
        };
        match at {
            Key::Reward(..) | Key::Replaced(..) => {
                forget_address(store, &found).await?;
                rewards::erase(store, found).await?;
            }
            Key::Device(.., device) => devices::delete(store, app, user, &device).await?,
            Key::Allowance(..) => forget_allowance(store, &item::key_of(&found)?, found).await?,
            // Unconditional: deleting what is gone changes nothing.
            at => delete(store, &at).await?,
        }
    }
    Ok(known)
}

/// An address goes with its user, unless its parcel is under way: then it goes 30 days after that has come to its end, and until
/// then nothing says whose it is but itself.
async fn forget_address(store: &Store, found: &Item) -> Result<(), Error> {
    let reward = rewards::read(found.clone())?;
    let is_under_way = matches!(reward.state, RewardState::Ordered | RewardState::Shipped);
    if reward.kind != RewardKind::Physical || is_under_way {
        return Ok(());
    }
    shipping_addresses::forget(store, &reward.reward_id).await
}

async fn forget_allowance(store: &Store, at: &Key, mut found: Item) -> Result<(), Error> {
    let spent = found.remove("spent").unwrap_or_else(|| item::number(0));
    let delete = store
        .delete_in_transaction(at)
        .condition_expression(SPENT_UNCHANGED)
        .expression_attribute_values(":spent", spent);
    match store.transaction("forget allowance", vec![requests::delete(delete)?]).await? {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::Unavailable("forget allowance: the user was just rewarded".into())),
    }
}

async fn read(
    store: &Store,
    pk: String,
    first: &str,
    last: &str,
    consistency: Consistency,
) -> Result<Vec<Item>, Error> {
    let request = store.range(pk, first, last).consistent_read(consistency == Consistency::Strong);
    store.query_all("read user", request).await
}

async fn delete_found(store: &Store, found: &Item) -> Result<(), Error> {
    store.delete_item("delete", store.delete_at(item::place(found))).await.map(drop)
}

async fn delete(store: &Store, at: &Key) -> Result<(), Error> {
    let request = store.delete(at).send().await;
    let answer = request.map_err(|error| failure::sort("delete", &error))?;
    store.meter().writing(answer.consumed_capacity());
    Ok(())
}
