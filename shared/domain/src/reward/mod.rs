//! A reward: one award of a reward group to a user for a moment, and its form in the API.

pub mod credit;
pub mod group;
pub mod order;
pub mod report;
pub mod shipping;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::campaign::catalog::Catalog;
use crate::campaign::guards::Fingerprints;
use crate::campaign::{Campaign, Cap, Moment};
use crate::competition::places::FinalPlace;
use crate::id::{CampaignId, KeyId, MomentId, PersonId, RewardGroupId, RewardId, UserId};
use crate::identity::Caller;
use crate::message::{self, MessageKind, RenderedText, Values};
use crate::money::Money;
use crate::reward::credit::{Credit, CreditView};
use crate::reward::group::{RewardGroup, RewardKind};
use crate::reward::order::OrderFacts;
use crate::secret::{Attributes, RewardUrl};
use crate::supplier::Supply;
use crate::time_zone::TimeZone;

/// A reward's state. Every transition is a write on condition of the state before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardState {
    /// Earned, but without stock or budget; first in, first out.
    Waiting,
    /// URL and money are reserved, and an admin has to release them.
    InReview,
    /// The user has a URL.
    Awarded,
    /// The user has visited the URL, or the app or merchant confirms the use.
    Redeemed,
    /// Physical rewards: the address is known.
    Ordered,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Came back.
    Returned,
    /// Lost on the way.
    Lost,
    /// Not redeemed in time.
    Expired,
    /// Taken back by an admin.
    Voided,
}

impl RewardState {
    /// True if URL and money are taken and the user has a link.
    pub fn is_held(self) -> bool {
        !matches!(self, Self::Waiting | Self::InReview | Self::Expired | Self::Voided)
    }

    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::InReview => "in_review",
            Self::Awarded => "awarded",
            Self::Redeemed => "redeemed",
            Self::Ordered => "ordered",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Voided => "voided",
        }
    }
}

impl fmt::Display for RewardState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The user, by the link.
    User,
    /// The app or an admin, by the public name of the key.
    Key(KeyId),
    /// A person or a service who administers.
    Person(PersonId),
    /// The merchant or carrier, by a signed call.
    Partner,
    /// The clock.
    Schedule,
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        caller.person.clone().map_or_else(|| Self::Key(caller.key_id.clone()), Self::Person)
    }
}

/// A change of a reward after it was earned. The changes are its audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardChange {
    /// The new state.
    pub state: RewardState,
    /// The time of the change.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The author.
    pub by: Actor,
    /// The reason, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Facts of a physical reward's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderFacts>,
}

/// The reason why a reward waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// The group had no URL left.
    NoStock,
    /// The campaign's budget did not cover another reward.
    NoBudget,
    /// The campaign was suspended.
    Suspended,
    /// The day's limit was spent; the line moves on with the next day.
    DaySpent,
}

impl WaitingReason {
    /// Every reason. Their order is stored, so a further one comes last.
    pub const ALL: [Self; 4] = [Self::NoStock, Self::NoBudget, Self::Suspended, Self::DaySpent];

    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoStock => "no reward URL is in stock; the user is in line for the next one",
            Self::NoBudget => "the budget does not cover another reward; the user is in line until it does",
            Self::DaySpent => "today's limit is spent; the user is in line for the next day",
            Self::Suspended => "the campaign was suspended; the user is in line until it resumes",
        }
    }
}

/// One reward of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    /// The id, with the app, the campaign and the shard.
    pub reward_id: RewardId,
    /// The user: absent after an erasure.
    pub user_id: Option<UserId>,
    /// The moment that earned it.
    pub moment_id: MomentId,
    /// Which reward of the moment this is for the user, from 1.
    pub occurrence: u32,
    /// The reward group.
    pub reward_group_id: RewardGroupId,
    /// Its kind.
    pub kind: RewardKind,
    /// The stored state.
    pub state: RewardState,
    /// The price when it was awarded.
    pub cost: Money,
    /// The amount and category of a credit; absent while waiting.
    pub credit: Option<Credit>,
    /// The URL: absent while waiting.
    pub url: Option<RewardUrl>,
    /// What is ordered from a supplier when the user first opens the link; the URL is stored nowhere. Absent while
    /// waiting.
    pub supply: Option<Supply>,
    /// When the supplier first made it, if that is known: the note may be missing.
    pub supplied_at: Option<Timestamp>,
    /// The ledger slot that paid: absent while waiting.
    pub slot: Option<u16>,
    /// The reason for waiting: absent once awarded.
    pub waiting_reason: Option<WaitingReason>,
    /// The slots of caps that pay for it, too.
    pub cap_slots: Vec<CapSlot>,
    /// True if it counts towards the cap on the user.
    pub is_charged: bool,
    /// True if nobody has seen the URL yet, so it can go back to stock.
    pub is_sealed: bool,
    /// True if its money went back.
    pub is_refunded: bool,
    /// The fingerprints that earn one reward each.
    pub fingerprints: Fingerprints,
    /// True if it waits and an admin has to release it at its turn.
    pub is_for_review: bool,
    /// True if events had completed the moment when it was claimed. An app may ask earlier.
    pub is_completed: bool,
    /// The user's language at the time.
    pub locale: Option<String>,
    /// The user's marketplace at the time.
    pub marketplace: Option<String>,
    /// The assigned group, if a fallback replaced it.
    pub arm: Option<RewardGroupId>,
    /// For a prize: the place that won it.
    pub place: Option<FinalPlace>,
    /// When it was earned.
    pub earned_at: Timestamp,
    /// When it was awarded: absent while waiting and in review.
    pub awarded_at: Option<Timestamp>,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was first redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// The voided reward that it replaces.
    pub replaces: Option<RewardId>,
    /// The reward that replaces it.
    pub replaced_by: Option<RewardId>,
    /// Its changes since it was earned, the earliest first.
    pub changes: Vec<RewardChange>,
}

/// A slot of a cap's ledger that pays for a reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapSlot {
    /// Which cap.
    pub cap: Cap,
    /// Which slot of its ledger.
    pub slot: u16,
}

impl Reward {
    /// Returns the campaign that paid.
    pub fn campaign_id(&self) -> &CampaignId {
        self.reward_id.campaign()
    }

    /// Returns the reward at `now`: past its `expires_at` it is `expired`, even before the sweep notes it. Every view
    /// of a reward shows this one. Every write starts from the stored state.
    pub fn as_of(&self, now: Timestamp) -> Cow<'_, Self> {
        if self.is_expired(now) {
            return Cow::Owned(Self { state: RewardState::Expired, ..self.clone() });
        }
        Cow::Borrowed(self)
    }

    /// True if its link leads somewhere, or has: to a URL of its own, or to what a supplier makes.
    pub fn has_link(&self) -> bool {
        self.url.is_some() || self.supply.is_some()
    }

    /// Returns the URL if the reward is the user's at `now` and is unsealed (`store::rewards::unseal`).
    pub fn shown_url(&self, now: Timestamp) -> Option<&RewardUrl> {
        self.url.as_ref().filter(|_| !self.is_sealed && self.state.is_held() && !self.is_expired(now))
    }

    /// Returns the time of the last change to a state.
    pub fn came_to(&self, state: RewardState) -> Option<Timestamp> {
        if state == RewardState::Redeemed {
            return self.redeemed_at;
        }
        let mut changes = self.changes.iter().filter(|change| change.state == state);
        // Changes after a voiding are notes on it.
        let change = if state == RewardState::Voided { changes.next() } else { changes.next_back() };
        change.map(|change| change.at).or(match state {
            RewardState::Waiting | RewardState::InReview => Some(self.earned_at),
            RewardState::Awarded => self.awarded_at,
            _ => None,
        })
    }

    /// True if the merchant has confirmed the redemption.
    pub fn is_confirmed(&self) -> bool {
        self.changes.iter().any(|change| change.state == RewardState::Redeemed && change.by == Actor::Partner)
    }

    /// True if it is the user's and has no address yet.
    pub fn needs_address(&self, now: Timestamp) -> bool {
        let is_open = matches!(self.state, RewardState::Awarded | RewardState::Redeemed);
        self.kind == RewardKind::Physical && is_open && !self.is_expired(now)
    }

    /// True if it has expired, even if the sweep has not noted it.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state == RewardState::Expired
            || (self.state == RewardState::Awarded && self.expires_at.is_some_and(|expires_at| expires_at <= now))
    }
}

/// A reward in the API.
#[derive(Debug, Clone, Serialize)]
pub struct RewardView {
    reward_id: Option<RewardId>,
    /// The reward group.
    pub reward_group_id: RewardGroupId,
    kind: RewardKind,
    /// The group's name; absent if the group is gone.
    pub name: Option<String>,
    /// The reward's URL; of a shipped one the page that asks for the address. Absent while waiting.
    pub url: Option<RewardUrl>,
    /// The link that records the visit and redirects.
    pub redeem_url: Option<RewardUrl>,
    cost: Money,
    /// Amount, category and marketplace of a credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditView>,
    /// For a prize: the place that won it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<FinalPlace>,
    /// The message to the user.
    pub message: Option<RenderedText>,
    state: RewardState,
    awarded_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    /// True in test mode.
    pub test: bool,
}

impl RewardView {
    /// Shows a stored reward at `now`, with texts from the app's catalog.
    pub fn known(reward: &Reward, catalog: &Catalog, public_url: &str, now: Timestamp) -> Self {
        let campaign = catalog.campaign(reward.campaign_id()).ok();
        let of = campaign.and_then(|campaign| Some((campaign, campaign.moment(&reward.moment_id)?)));
        Self::stored(reward, catalog.group(&reward.reward_group_id), of, Viewer::default(), public_url, now)
    }

    /// Shows a stored reward at `now`. `group` and `of` give the texts; they are absent only if an admin removed them.
    pub fn stored(
        reward: &Reward,
        group: Option<&RewardGroup>,
        of: Option<(&Campaign, &Moment)>,
        viewer: Viewer<'_>,
        public_url: &str,
        now: Timestamp,
    ) -> Self {
        let reward = &*reward.as_of(now);
        let viewer = Viewer { locale: viewer.locale.or(reward.locale.as_deref()), ..viewer };
        let redeem_url = reward.state.is_held().then(|| redeem_url(public_url, &reward.reward_id));
        let credit = Credit::of_reward(reward, group);
        let values = |(campaign, moment)| Values {
            credit: credit.as_ref(),
            reward_name: group.map(|group| group.name.as_str()),
            expires_at: reward.expires_at,
            redeem_url: redeem_url.as_ref().map(RewardUrl::expose),
            place: reward.place,
            ..viewer.values(campaign, moment)
        };
        let message = of.and_then(|of| achievement(values(of), viewer.locale));
        Self {
            reward_id: Some(reward.reward_id.clone()),
            reward_group_id: reward.reward_group_id.clone(),
            kind: reward.kind,
            name: group.map(|group| group.name.clone()),
            // The URL in stock stands for one item, and opens nothing.
            url: match &reward.supply {
                // What the supplier makes is shown on the page behind the link, and nowhere else.
                Some(_) => redeem_url.clone(),
                None => reward.shown_url(now).map(|url| match reward.kind {
                    RewardKind::Physical => address_url(public_url, &reward.reward_id),
                    _ => url.clone(),
                }),
            },
            redeem_url,
            cost: reward.cost,
            credit: CreditView::of_reward(reward, group),
            place: reward.place,
            message,
            state: reward.state,
            awarded_at: reward.awarded_at,
            expires_at: reward.expires_at,
            test: false,
        }
    }

    /// Shows a reward in test mode: the group's test URL, with nothing used up and nothing to redeem.
    pub fn test(group: &RewardGroup, campaign: &Campaign, moment: &Moment, viewer: Viewer<'_>, now: Timestamp) -> Self {
        let credit = Credit::of(group);
        let values = Values {
            credit: credit.as_ref(),
            reward_name: Some(&group.name),
            expires_at: group.expires_at(now),
            redeem_url: Some(group.test_url.expose()),
            ..viewer.values(campaign, moment)
        };
        Self {
            reward_id: None,
            reward_group_id: group.reward_group_id.clone(),
            kind: group.kind,
            name: Some(group.name.clone()),
            url: Some(group.test_url.clone()),
            redeem_url: None,
            cost: group.cpa,
            credit: CreditView::of_group(group, viewer.marketplace),
            place: None,
            message: achievement(values, viewer.locale),
            state: RewardState::Awarded,
            awarded_at: Some(now),
            expires_at: group.expires_at(now),
            test: true,
        }
    }

    /// Shows the reward in a state before the award: waiting or in review.
    pub fn held(self, state: RewardState) -> Self {
        Self { url: None, redeem_url: None, state, awarded_at: None, expires_at: None, ..self }
    }
}

/// The user who reads about a reward.
#[derive(Debug, Clone, Copy, Default)]
pub struct Viewer<'a> {
    /// The language; by default that of the award.
    pub locale: Option<&'a str>,
    /// The marketplace; by default that of the award.
    pub marketplace: Option<&'a str>,
    /// The profile's attributes.
    pub attributes: Option<&'a Attributes>,
    /// The zone of the user's days.
    pub time_zone: Option<TimeZone>,
}

impl Viewer<'_> {
    fn values<'a>(&'a self, campaign: &'a Campaign, moment: &'a Moment) -> Values<'a> {
        let values = Values::new(campaign, moment);
        let first_name = self.attributes.and_then(Attributes::first_name);
        Values { first_name, time_zone: self.time_zone.unwrap_or(values.time_zone), ..values }
    }
}

fn achievement(values: Values<'_>, locale: Option<&str>) -> Option<RenderedText> {
    let message = message::message(values.campaign, values.moment, MessageKind::Achievement, locale)?;
    Some(message::text::render(message, &values))
}

/// Returns the public page that asks for the address of a shipped reward.
fn address_url(public_url: &str, reward_id: &RewardId) -> RewardUrl {
    RewardUrl::new(format!("{public_url}/r/{}/address", reward_id.as_str()))
}

/// Returns the public link that records the redemption and redirects to the reward's URL.
pub fn redeem_url(public_url: &str, reward_id: &RewardId) -> RewardUrl {
    RewardUrl::new(format!("{public_url}/r/{}", reward_id.as_str()))
}
