//! A reward: one award of one reward group to one user for one moment, and the shape in which the API shows it.

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
use crate::id::{CampaignId, KeyId, MomentId, RewardGroupId, RewardId, UserId};
use crate::message::{self, MessageKind, RenderedText, Values};
use crate::money::Money;
use crate::reward::credit::{Credit, CreditView};
use crate::reward::group::{RewardGroup, RewardKind};
use crate::reward::order::OrderFacts;
use crate::secret::{Attributes, RewardUrl};
use crate::time_zone::TimeZone;

/// Where a reward stands. Every transition is a conditional write on the state that it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardState {
    /// Earned, but no stock or budget was left; first in, first out.
    Waiting,
    /// URL and money are the user's, and an admin has yet to say so.
    InReview,
    /// The user has a URL.
    Awarded,
    /// The user has been to the URL, or the app or its merchant says that the reward was used.
    Redeemed,
    /// Of what is shipped: it is known where to.
    Ordered,
    /// It is on its way.
    Shipped,
    /// The user has it.
    Delivered,
    /// It came back.
    Returned,
    /// It went astray.
    Lost,
    /// It was not redeemed in time.
    Expired,
    /// An admin took it back.
    Voided,
}

impl RewardState {
    /// Whether it pays: URL and money are taken, and the user has a link.
    pub fn is_held(self) -> bool {
        !matches!(self, Self::Waiting | Self::InReview | Self::Expired | Self::Voided)
    }

    /// As the API writes it.
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

/// Who changed a reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The user, by the link.
    User,
    /// The app or an admin, by the public name of the key.
    Key(KeyId),
    /// The merchant or carrier, by a signed call.
    Partner,
    /// The clock.
    Schedule,
}

/// One change of a reward after it was earned. The list of them is what the audit sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardChange {
    /// What it became.
    pub state: RewardState,
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why, as far as it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of what is shipped: how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderFacts>,
}

/// Why a reward waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// No URL was left in the group.
    NoStock,
    /// The campaign's budget did not cover another reward.
    NoBudget,
    /// The campaign was suspended at that moment.
    Suspended,
    /// What may be spent in a day was: the line goes on with the next.
    DaySpent,
}

impl WaitingReason {
    /// In a sentence for the user's app.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoStock => "no reward URL is in stock; the user is first come, first served when there is",
            Self::NoBudget => "the budget does not cover another reward; the user is in line for when it does",
            Self::DaySpent => "what may be spent today is spent; the user is in line for when the next day begins",
            Self::Suspended => "the campaign was suspended; the user is in line for when it resumes",
        }
    }
}

/// One reward of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    /// Names the reward, its app, its campaign and its shard.
    pub reward_id: RewardId,
    /// Who was rewarded: absent once the user was erased.
    pub user_id: Option<UserId>,
    /// For which moment.
    pub moment_id: MomentId,
    /// Which of the moment's rewards to this user, from 1.
    pub occurrence: u32,
    /// With what.
    pub reward_group_id: RewardGroupId,
    /// Its kind.
    pub kind: RewardKind,
    /// Where it stands.
    pub state: RewardState,
    /// What it cost.
    pub cost: Money,
    /// What it gives to choose for, if it is a credit; absent while waiting.
    pub credit: Option<Credit>,
    /// The URL: absent while waiting.
    pub url: Option<RewardUrl>,
    /// The ledger slot that paid: absent while waiting.
    pub slot: Option<u16>,
    /// Why it waits: absent once awarded.
    pub waiting_reason: Option<WaitingReason>,
    /// What it costs stands in these slots of caps, too.
    pub cap_slots: Vec<CapSlot>,
    /// Whether it counts in what may be spent on the user.
    pub is_charged: bool,
    /// Whether nobody has been shown the URL yet: then it may go back to stock.
    pub is_sealed: bool,
    /// Whether its money went back.
    pub is_refunded: bool,
    /// Of what the campaign gives one reward each for: whose it is, or is to be.
    pub fingerprints: Fingerprints,
    /// Of one that waits: whether an admin has to release it when it is its turn.
    pub is_for_review: bool,
    /// Whether events had completed its moment when it was claimed. An app may ask for one ahead of them.
    pub is_completed: bool,
    /// The user's language at the time.
    pub locale: Option<String>,
    /// The user's marketplace at the time.
    pub marketplace: Option<String>,
    /// The group that the user was assigned, where another one stood in for it.
    pub arm: Option<RewardGroupId>,
    /// When it was earned.
    pub earned_at: Timestamp,
    /// When it was awarded: absent while waiting and in review.
    pub awarded_at: Option<Timestamp>,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was first redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// The voided reward in whose place it was issued.
    pub replaces: Option<RewardId>,
    /// The reward that was issued in its place.
    pub replaced_by: Option<RewardId>,
    /// What became of it since it was earned, the earliest first.
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
    /// The campaign that paid.
    pub fn campaign_id(&self) -> &CampaignId {
        self.reward_id.campaign()
    }

    /// The reward as it stands at `now`: one past its `expires_at` is `expired`, also before the sweep has noted it. Whoever shows
    /// a reward, its URL or its state shows this one. Whoever writes starts from the stored state.
    pub fn as_of(&self, now: Timestamp) -> Cow<'_, Self> {
        if self.is_expired(now) {
            return Cow::Owned(Self { state: RewardState::Expired, ..self.clone() });
        }
        Cow::Borrowed(self)
    }

    /// The URL, where it may be shown at `now`: it has been before (`store::rewards::unseal` first, otherwise), and the reward is
    /// the user's.
    pub fn shown_url(&self, now: Timestamp) -> Option<&RewardUrl> {
        self.url.as_ref().filter(|_| !self.is_sealed && self.state.is_held() && !self.is_expired(now))
    }

    /// When it last came to a state, if it did.
    pub fn came_to(&self, state: RewardState) -> Option<Timestamp> {
        if state == RewardState::Redeemed {
            return self.redeemed_at;
        }
        let mut changes = self.changes.iter().filter(|change| change.state == state);
        // What comes after a voiding is a further note on it.
        let change = if state == RewardState::Voided { changes.next() } else { changes.next_back() };
        change.map(|change| change.at).or(match state {
            RewardState::Waiting | RewardState::InReview => Some(self.earned_at),
            RewardState::Awarded => self.awarded_at,
            _ => None,
        })
    }

    /// Whether the merchant has confirmed its redemption.
    pub fn is_confirmed(&self) -> bool {
        self.changes.iter().any(|change| change.state == RewardState::Redeemed && change.by == Actor::Partner)
    }

    /// Whether it is the user's, and it is not known yet where it is to be shipped.
    pub fn needs_address(&self, now: Timestamp) -> bool {
        let is_open = matches!(self.state, RewardState::Awarded | RewardState::Redeemed);
        self.kind == RewardKind::Physical && is_open && !self.is_expired(now)
    }

    /// Whether it is past its time, also where nobody has noted it yet.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state == RewardState::Expired
            || (self.state == RewardState::Awarded && self.expires_at.is_some_and(|expires_at| expires_at <= now))
    }
}

/// A reward as the API shows it.
#[derive(Debug, Clone, Serialize)]
pub struct RewardView {
    reward_id: Option<RewardId>,
    /// The group it is out of.
    pub reward_group_id: RewardGroupId,
    kind: RewardKind,
    /// The group's name, if the group still exists.
    pub name: Option<String>,
    /// Where the reward is: absent while waiting.
    pub url: Option<RewardUrl>,
    /// The link that records the visit and leads there.
    pub redeem_url: Option<RewardUrl>,
    cost: Money,
    /// Of a credit: how much the user may choose for, of what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditView>,
    /// What the user is told.
    pub message: Option<RenderedText>,
    state: RewardState,
    awarded_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    /// Whether this is a rehearsal.
    pub test: bool,
}

impl RewardView {
    /// A stored reward at `now`, in the words that the app's catalog has for it.
    pub fn known(reward: &Reward, catalog: &Catalog, public_url: &str, now: Timestamp) -> Self {
        let campaign = catalog.campaign(reward.campaign_id()).ok();
        let of = campaign.and_then(|campaign| Some((campaign, campaign.moment(&reward.moment_id)?)));
        Self::stored((reward, now), catalog.group(&reward.reward_group_id), of, Reader::default(), public_url)
    }

    /// A stored reward at `now`. `group` and `of` give the words; they are absent only where an admin removed them since.
    pub fn stored(
        (reward, now): (&Reward, Timestamp),
        group: Option<&RewardGroup>,
        of: Option<(&Campaign, &Moment)>,
        reader: Reader<'_>,
        public_url: &str,
    ) -> Self {
        let reward = &*reward.as_of(now);
        let reader = Reader { locale: reader.locale.or(reward.locale.as_deref()), ..reader };
        let redeem_url = reward.state.is_held().then(|| redeem_url(public_url, &reward.reward_id));
        let credit = Credit::of_reward(reward, group);
        let values = |(campaign, moment)| Values {
            credit: credit.as_ref(),
            reward_name: group.map(|group| group.name.as_str()),
            expires_at: reward.expires_at,
            redeem_url: redeem_url.as_ref().map(RewardUrl::expose),
            ..reader.values(campaign, moment)
        };
        let message = of.and_then(|of| achievement(values(of), reader.locale));
        Self {
            reward_id: Some(reward.reward_id.clone()),
            reward_group_id: reward.reward_group_id.clone(),
            kind: reward.kind,
            name: group.map(|group| group.name.clone()),
            url: reward.shown_url(now).cloned(),
            redeem_url,
            cost: reward.cost,
            credit: CreditView::of_reward(reward, group),
            message,
            state: reward.state,
            awarded_at: reward.awarded_at,
            expires_at: reward.expires_at,
            test: false,
        }
    }

    /// What test mode answers: the group's test URL, nothing consumed, nothing that could be redeemed.
    pub fn test(
        group: &RewardGroup,
        (campaign, moment): (&Campaign, &Moment),
        reader: Reader<'_>,
        now: Timestamp,
    ) -> Self {
        let credit = Credit::of(group);
        let values = Values {
            credit: credit.as_ref(),
            reward_name: Some(&group.name),
            expires_at: group.expires_at(now),
            redeem_url: Some(group.test_url.expose()),
            ..reader.values(campaign, moment)
        };
        Self {
            reward_id: None,
            reward_group_id: group.reward_group_id.clone(),
            kind: group.kind,
            name: Some(group.name.clone()),
            url: Some(group.test_url.clone()),
            redeem_url: None,
            cost: group.cpa,
            credit: CreditView::of_group(group, reader.marketplace),
            message: achievement(values, reader.locale),
            state: RewardState::Awarded,
            awarded_at: Some(now),
            expires_at: group.expires_at(now),
            test: true,
        }
    }
}

impl RewardView {
    /// The same in a state that comes before the award: the user waits, or an admin has yet to release it.
    pub fn held(self, state: RewardState) -> Self {
        Self { url: None, redeem_url: None, state, awarded_at: None, expires_at: None, ..self }
    }
}

/// Who reads about a reward.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader<'a> {
    /// The language, if it is known; else the one at the time of the award.
    pub locale: Option<&'a str>,
    /// Where the user buys, if it is known; else where it was at the time of the award.
    pub marketplace: Option<&'a str>,
    /// What else is known of the user.
    pub attributes: Option<&'a Attributes>,
    /// Where the user's days begin.
    pub time_zone: Option<TimeZone>,
}

impl Reader<'_> {
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

/// The public link that records the redemption and leads on to the reward's URL.
pub fn redeem_url(public_url: &str, reward_id: &RewardId) -> RewardUrl {
    RewardUrl::new(format!("{public_url}/r/{}", reward_id.as_str()))
}
