//! Users: profiles, everything stored about a user in one query, and erasure.

use domain::Error;
use domain::campaign::{Campaign, Moment};
use domain::competition::WindowId;
use domain::device::Device;
use domain::id::{AppId, CampaignId, MomentId, UserId};
use domain::message::NoticeId;
use domain::reward::group::RewardKind;
use domain::reward::{Reward, RewardState};
use domain::user::Profile;
use jiff::Timestamp;
use serde::Deserialize;

use super::brackets;
use super::conditions::SPENT_UNCHANGED;
use super::devices;
use super::failure::Item;
use super::item::milliseconds;
use super::notices::{self, Notice};
use super::progress::StoredProgress;
use super::refusals::{self, Refusal};
use super::schema::{self, IndexKey, Key};
use super::scores::{self, StoredScore};
use super::{Consistency, Store, item, places, requests, rewards, shipping_addresses};

/// The state that an eligibility check reads.
#[derive(Debug, Default)]
pub struct UserState {
    /// The app's profile of the user, if any.
    pub profile: Option<Profile>,
    /// Progress by moment.
    pub progress: Vec<(CampaignId, MomentId, StoredProgress)>,
    /// The user's rewards, waiting ones included.
    pub rewards: Vec<Reward>,
    /// Voided rewards that another one replaced.
    pub replaced: Vec<Reward>,
}

impl UserState {
    /// The user's progress in a campaign, by moment.
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
    /// The profile, progress and rewards.
    pub state: UserState,
    /// Progress in test mode.
    pub test_progress: Vec<(CampaignId, MomentId, StoredProgress)>,
    /// When the app first wrote the profile or a device.
    pub known_since: Option<Timestamp>,
    /// The devices with their addresses, retired ones included.
    pub devices: Vec<Device>,
    /// The push results and reading of each message.
    pub notices: Vec<(NoticeId, Notice)>,
    /// Why the user's latest events did not count, by moment.
    pub refusals: Vec<(CampaignId, MomentId, Refusal)>,
    /// The scores in competitions, by campaign and window.
    pub scores: Vec<(CampaignId, WindowId, StoredScore)>,
    /// The campaigns with a bracket in which the user is, or was in a draft.
    pub brackets: Vec<CampaignId>,
    /// The amounts spent on the user, by campaigns that cap it, in minor units.
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

/// Writes a profile. Unconditional: the last write holds, except for `known_since`.
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
    let fields = item::fields(profile)?;
    let mut sets = vec![
        "gsi1pk = :audience".to_owned(),
        "gsi1sk = :user".to_owned(),
        "known_since = if_not_exists(known_since, :now)".to_owned(),
    ];
    let mut removes = Vec::new();
    for name in ["marketplace", "locale", "time_zone", "attributes"] {
        update = update.expression_attribute_names(format!("#{name}"), name);
        let Some(value) = fields.get(name) else {
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

/// Returns the app's profile of a user. An eventually consistent read, at half the price.
pub async fn profile(store: &Store, app: &AppId, user: &UserId) -> Result<Option<Profile>, Error> {
    let found = store.get_item_eventually("get profile", &Key::User(app.clone(), user.clone())).await?;
    found.map(|found| item::shape("profile", found)).transpose()
}

/// One of a user's two partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// Everything except progress in test mode.
    Live,
    /// Progress in test mode only.
    Test,
}

/// Returns a user's profile, progress and rewards in one query: `PROFILE`, `PROGRESS#…`, `REPLACED#…` and `REWARD#…`
/// are neighbours (and `$` follows on `#`).
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
    Ok(from_items(items)?.state)
}

/// Returns the sources of a user's messages: notices, profile, progress and rewards, which are neighbours (`NOTICE#…`
/// to `REWARD#…`). One eventually consistent query, at half the price.
pub async fn inbox(store: &Store, app: &AppId, user: &UserId) -> Result<Everything, Error> {
    from_items(read(store, schema::user_pk(app, user), "NOTICE#", "REWARD$", Consistency::Eventual).await?)
}

/// Returns everything that an announcement to a user needs: devices, notices, profile, progress and rewards, which are
/// neighbours (`DEVICE#…` to `REWARD#…`). One eventually consistent query, at half the price.
pub async fn for_announcement(store: &Store, app: &AppId, user: &UserId) -> Result<Everything, Error> {
    from_items(read(store, schema::user_pk(app, user), "DEVICE#", "REWARD$", Consistency::Eventual).await?)
}

/// Returns everything stored about a user; `None` if nothing is.
pub async fn everything(store: &Store, app: &AppId, user: &UserId) -> Result<Option<Everything>, Error> {
    let items = read(store, schema::user_pk(app, user), "A", "~", Consistency::Strong).await?;
    let test = read(store, schema::test_pk(app, user), "A", "~", Consistency::Strong).await?;
    if items.is_empty() && test.is_empty() {
        return Ok(None);
    }
    let test_progress = from_items(test)?.state.progress;
    Ok(Some(Everything { test_progress, ..from_items(items)? }))
}

fn from_items(items: Vec<Item>) -> Result<Everything, Error> {
    let mut user = Everything::default();
    for found in items {
        // An item that another version of the code wrote hides no other.
        let Ok(at) = item::key_of(&found) else { continue };
        match at {
            Key::User(..) => {
                user.known_since = item::shape::<Known>("profile", found.clone())?.known_since;
                user.state.profile = Some(item::shape("profile", found)?);
            }
            Key::Device(..) => user.devices.push(devices::read(found)?),
            Key::Progress(_, _, campaign, moment) | Key::TestProgress(_, _, campaign, moment) => {
                user.state.progress.push((campaign, moment, StoredProgress::from_item(found)?));
            }
            Key::Reward(..) => user.state.rewards.push(rewards::read(found)?),
            Key::Replaced(..) => user.state.replaced.push(rewards::read(found)?),
            Key::Notice(_, _, notice) => user.notices.push((notice, notices::read(found)?)),
            Key::Refusal(_, _, campaign, moment) => {
                user.refusals.push((campaign, moment, refusals::read(found)?));
            }
            Key::Score(_, _, campaign, _, window) => user.scores.push((campaign, window, scores::read(found)?)),
            Key::Entrant(_, _, campaign) => user.brackets.push(campaign),
            Key::Allowance(_, _, campaign) => {
                let Allowance { spent } = item::shape("allowance", found)?;
                user.spent.push((campaign, spent));
            }
            _ => {}
        }
    }
    Ok(user)
}

/// Erases a user: deletes profile, devices, progress and notices. Rewards lose their user and keep their figures, link
/// and URL. Returns `false` if nothing was stored. A repeat finishes what a crash left.
pub async fn erase(store: &Store, app: &AppId, user: &UserId) -> Result<bool, Error> {
    let mut items = read(store, schema::user_pk(app, user), "A", "~", Consistency::Strong).await?;
    let known = !items.is_empty();
    if forget_as_player(store, &items).await? {
        // A prize that was given before its score went, or before the bracket's place, is among the rewards now. One
        // that is given afterwards finds neither, and is forgotten by its giver (`forget_prize`).
        items = read(store, schema::user_pk(app, user), "A", "~", Consistency::Strong).await?;
    }
    items.extend(read(store, schema::test_pk(app, user), "A", "~", Consistency::Strong).await?);
    // Forget the amounts spent last: before the rewards are gone, the user could spend them again.
    items.sort_by_key(|found| matches!(item::key_of(found), Ok(Key::Allowance(..))));
    for found in items {
        let Ok(at) = item::key_of(&found) else {
            // An item that another version of the code wrote is the user's too. Unconditional, as below.
            store.delete_item("delete", store.delete_at(item::place(&found))).await?;
            continue;
        };
        match at {
            Key::Reward(..) | Key::Replaced(..) => {
                forget_address(store, &found).await?;
                rewards::erase(store, found).await?;
            }
            Key::Device(.., device) => devices::delete(store, app, user, &device).await?,
            Key::Allowance(..) => forget_allowance(store, &item::key_of(&found)?, found).await?,
            Key::Score(..) => places::forget(store, &at, &scores::read(found)?).await?,
            Key::Entrant(..) => brackets::erase(store, &at).await?,
            // Unconditional: deleting a missing item changes nothing.
            at => drop(store.delete_item("delete", store.delete(&at)).await?),
        }
    }
    Ok(known)
}

/// Forgets the user's scores and places in brackets. Returns `true` if there were any.
async fn forget_as_player(store: &Store, items: &[Item]) -> Result<bool, Error> {
    let mut any = false;
    for found in items {
        match item::key_of(found) {
            Ok(at @ Key::Score(..)) => places::forget(store, &at, &scores::read(found.clone())?).await?,
            Ok(at @ Key::Entrant(..)) => brackets::erase(store, &at).await?,
            _ => continue,
        }
        any = true;
    }
    Ok(any)
}

/// Forgets a prize that was given to a user while the user was being erased, with the amount spent on the user.
pub async fn forget_prize(store: &Store, app: &AppId, user: &UserId, prize: &Reward) -> Result<(), Error> {
    if let Some(found) = store.get_item("get prize", &rewards::key(prize)).await?
        && rewards::read(found.clone())?.reward_id == prize.reward_id
    {
        rewards::erase(store, found).await?;
    }
    let spent = Key::Allowance(app.clone(), user.clone(), prize.campaign_id().clone());
    match store.get_item("get allowance", &spent).await? {
        Some(found) => forget_allowance(store, &spent, found).await,
        None => Ok(()),
    }
}

/// Removes the address of a reward with its user, unless its parcel is on its way. Then it goes 30 days after the
/// order's end, and until then only the address itself names its owner.
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
        Err(_) => Err(Error::Unavailable("forget allowance: conflict".into())),
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
