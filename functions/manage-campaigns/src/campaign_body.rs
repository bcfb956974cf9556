//! The body of `PUT …/campaigns/{campaign}`: reading it with every mistake reported, and showing a campaign.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::campaign::{
    Campaign, CampaignKind, CampaignState, Count, MessageText, Messages, Moment, MomentReward, Phase, Translations,
};
use shared::fields::{Fields, FromField, Mistake, Region, Text, Value, Whole};
use shared::id::{Action, AppId, CampaignId, MomentId, RewardGroupId};
use shared::money::Money;

use crate::reward_groups::Regions;

const MAX_MOMENTS: usize = 50;
const MAX_REWARDS: usize = 20;
const MAX_LANGUAGES: usize = 50;

/// A campaign as the API shows it.
#[derive(Serialize)]
pub(crate) struct CampaignView {
    pub(crate) campaign_id: CampaignId,
    name: String,
    kind: CampaignKind,
    state: Phase,
    starts_at: Timestamp,
    ends_at: Timestamp,
    budget: Money,
    holdout_percent: u8,
    moments: Vec<Moment>,
    reason: Option<String>,
    pub(crate) version: u64,
}

impl CampaignView {
    pub(crate) fn new(campaign: Campaign, now: Timestamp) -> Self {
        let state = campaign.phase(now);
        Self {
            campaign_id: campaign.campaign_id,
            name: campaign.name,
            kind: campaign.kind,
            state,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            budget: campaign.budget,
            holdout_percent: campaign.holdout_percent,
            moments: campaign.moments,
            reason: campaign.reason,
            version: campaign.version,
        }
    }
}

/// Reads a draft.
pub(crate) fn read(fields: &mut Fields<'_>, app_id: &AppId, campaign_id: &CampaignId) -> Option<Campaign> {
    let name = fields.required::<Text<200>>("name");
    let kind = fields.required::<KindField>("kind");
    let starts_at = fields.required::<Timestamp>("starts_at");
    let ends_at = fields.required::<Timestamp>("ends_at");
    let budget = fields.required::<Money>("budget");
    let holdout_percent = fields.optional::<Whole<0, 100>>("holdout_percent");
    let moments = fields.objects("moments", 1..=MAX_MOMENTS, moment);
    if let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at)
        && ends_at <= starts_at
    {
        fields.refuse("ends_at", "out_of_range", format!("must be after starts_at ({starts_at})"));
    }
    if let Some(moments) = &moments {
        refuse_repeated(fields, moments);
    }
    Some(Campaign {
        app_id: app_id.clone(),
        campaign_id: campaign_id.clone(),
        name: name?.0,
        kind: kind?.0,
        state: CampaignState::Draft,
        starts_at: starts_at?,
        ends_at: ends_at?,
        budget: budget?,
        holdout_percent: holdout_percent.map_or(0, |percent| u8::try_from(percent.0).unwrap_or(100)),
        moments: moments?,
        reason: None,
        slots: 0,
        version: 0,
    })
}

fn refuse_repeated(fields: &mut Fields<'_>, moments: &[Moment]) {
    for (index, moment) in moments.iter().enumerate() {
        if moments[..index].iter().any(|earlier| earlier.moment_id == moment.moment_id) {
            fields.refuse_at(&format!("moments/{index}/moment_id"), "repeated", "is the id of an earlier moment");
        }
        for (position, reward) in moment.rewards.iter().enumerate() {
            if moment.rewards[..position].iter().any(|earlier| earlier.reward_group_id == reward.reward_group_id) {
                let place = format!("moments/{index}/rewards/{position}/reward_group_id");
                fields.refuse_at(&place, "repeated", "is an earlier reward of the moment: raise its weight instead");
            }
        }
    }
}

fn moment(fields: &mut Fields<'_>) -> Option<Moment> {
    let moment_id = fields.required::<MomentId>("moment_id");
    let action = fields.required::<Action>("action");
    let count = fields.required::<CountField>("count");
    let target = fields.required::<Whole<1, 1_000_000_000_000>>("target");
    let most = fields.optional::<Whole<1, 100>>("max_rewards_per_user");
    let marketplaces = fields.optional::<Regions>("marketplaces");
    let rewards = fields.objects("rewards", 1..=MAX_REWARDS, |fields| {
        let reward_group_id = fields.required::<RewardGroupId>("reward_group_id");
        let weight = fields.optional::<Whole<1, 1_000_000>>("weight");
        Some(MomentReward { reward_group_id: reward_group_id?, weight: weight.map_or(1, |weight| weight.small()) })
    });
    let messages = fields.object("messages", |fields| {
        let announcement = fields.value("announcement").map(|value| translations(fields, "announcement", &value));
        let achievement =
            fields.required::<Value>("achievement").and_then(|value| translations(fields, "achievement", &value));
        Some(Messages { announcement: announcement.flatten(), achievement: achievement? })
    });
    let most = most.map_or(1, |most| most.small());
    if most > 1 && matches!(count, Some(CountField(Count::Highest))) {
        let detail = "must be 1 where the highest value counts: it is reached once";
        fields.refuse("max_rewards_per_user", "out_of_range", detail);
    }
    Some(Moment {
        moment_id: moment_id?,
        action: action?,
        count: count?.0,
        target: target?.unsigned(),
        max_rewards_per_user: most,
        marketplaces: marketplaces.map(|regions| regions.0).unwrap_or_default(),
        rewards: rewards?,
        messages: messages?,
    })
}

fn translations(fields: &mut Fields<'_>, name: &'static str, value: &Value) -> Option<Translations> {
    let entries = fields.entries(name, value, |fields| {
        let title = fields.required::<Text<200>>("title");
        let body = fields.required::<Text<1000>>("body");
        Some(MessageText { title: title?.0, body: body?.0 })
    })?;
    if !(1..=MAX_LANGUAGES).contains(&entries.len()) {
        fields.refuse(name, "wrong_length", format!("must have 1 to {MAX_LANGUAGES} languages, like en or pt-BR"));
        return None;
    }
    let mut translations = BTreeMap::new();
    for (tag, text) in entries {
        if let Err(Mistake(code, detail)) = Region::from_field(&Value::String(tag.clone())) {
            fields.refuse(name, code, format!("every language {detail}"));
            return None;
        }
        translations.insert(tag, text);
    }
    Some(translations)
}

struct KindField(CampaignKind);

impl FromField for KindField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        Ok(Self(match value.as_str() {
            Some("challenge") => CampaignKind::Challenge,
            Some("surprise") => CampaignKind::Surprise,
            Some("competition") => CampaignKind::Competition,
            _ => return Err(Mistake("invalid_kind", "must be challenge, surprise or competition".into())),
        }))
    }
}

struct CountField(Count);

impl FromField for CountField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        Ok(Self(match value.as_str() {
            Some("events") => Count::Events,
            Some("quantity") => Count::Quantity,
            Some("highest") => Count::Highest,
            _ => return Err(Mistake("invalid_count", "must be events, quantity or highest".into())),
        }))
    }
}
