//! The body of `PUT …/campaigns/{campaign}`: reading it with every mistake reported, and showing a campaign.

use std::collections::BTreeMap;

use domain::campaign::guards::Guards;
use domain::campaign::quiet_hours::QuietHours;
use domain::campaign::rule::Rule;
use domain::campaign::{
    Campaign, CampaignKind, CampaignState, Caps, Count, Moment, MomentReward, Period, Phase, RepeatLimit,
};
use domain::competition::Competition;
use domain::id::{Action, AppId, CampaignId, MomentId, RewardGroupId};
use domain::message::Messages;
use domain::money::Money;
use domain::time_zone::TimeZone;
use edge::fields::{Fields, FromField, Mistake, Text, Value, Whole};
use edge::marketplaces::MarketplaceNames;
use jiff::Timestamp;
use rules::rule;
use rules::rule::RuleScope;
use serde::Serialize;

use crate::competition_body::{self, CompetitionMoment};
use crate::guards_body::guards;
use crate::messages_body::{messages, quiet_hours, refuse_silence};

const MAX_MOMENTS: usize = 50;
const MAX_REWARDS: usize = 20;
const MAX_SEGMENTS: usize = 20;

/// The most rewards that a campaign can be expected to give.
const MAX_EXPECTED: i64 = 1_000_000_000_000;

/// Days that a streak may take, or be broken by.
const MAX_STREAK: u64 = 366;

/// Events that may have to happen within a window: when each happened is kept.
const MAX_WITHIN: u64 = 100;

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
    /// The higher budget that waits for another person's approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_budget: Option<Money>,
    #[serde(skip_serializing_if = "Caps::is_empty")]
    caps: Caps,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_rewards: Option<u64>,
    holdout_percent: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<TimeZone>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    segments: BTreeMap<String, Rule>,
    #[serde(skip_serializing_if = "Messages::is_default")]
    messages: Messages,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<QuietHours>,
    #[serde(skip_serializing_if = "Guards::is_empty")]
    guards: Guards,
    #[serde(skip_serializing_if = "Option::is_none")]
    competition: Option<Competition>,
    moments: Vec<MomentView>,
    reason: Option<String>,
    pub(crate) version: u64,
}

/// A moment as the API shows it.
#[derive(Serialize)]
#[serde(untagged)]
enum MomentView {
    Counted(Box<Moment>),
    Scored(Box<CompetitionMoment>),
}

impl CampaignView {
    pub(crate) fn new(campaign: Campaign, now: Timestamp) -> Self {
        let state = campaign.phase(now);
        let scored = campaign.competition.is_some();
        let view = |moment: Moment| match scored {
            true => MomentView::Scored(Box::new(moment.into())),
            false => MomentView::Counted(Box::new(moment)),
        };
        Self {
            campaign_id: campaign.campaign_id,
            name: campaign.name,
            kind: campaign.kind,
            state,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            budget: campaign.budget,
            proposed_budget: campaign
                .proposed_budget_minor
                .map(|amount_minor| Money { amount_minor, ..campaign.budget }),
            caps: campaign.caps,
            expected_rewards: campaign.expected_rewards,
            holdout_percent: campaign.holdout_percent,
            time_zone: campaign.time_zone,
            segments: campaign.segments,
            messages: campaign.messages,
            quiet_hours: campaign.quiet_hours,
            guards: campaign.guards,
            moments: campaign.moments.into_iter().map(view).collect(),
            competition: campaign.competition,
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
    let caps = fields.optional_object("caps", caps);
    let expected_rewards = fields.optional::<Whole<1, MAX_EXPECTED>>("expected_rewards");
    let holdout_percent = fields.optional::<Whole<0, 100>>("holdout_percent");
    let time_zone = fields.optional::<TimeZone>("time_zone");
    let segments = fields.value("segments").map_or(Some(BTreeMap::new()), |value| segments(fields, &value));
    let messages = fields.optional_object("messages", messages).unwrap_or_default();
    let quiet_hours = fields.optional_object("quiet_hours", quiet_hours);
    let guards = fields.optional_object("guards", guards).unwrap_or_default();
    let is_competition = matches!(kind, Some(KindField(CampaignKind::Competition)));
    let competition = fields.optional_object("competition", competition_body::competition);
    let moments = if is_competition {
        fields.objects("moments", 1..=1, competition_body::moment)
    } else {
        fields.objects("moments", 1..=MAX_MOMENTS, moment)
    };
    match fields.value("competition").is_some() {
        false if is_competition => fields.refuse("competition", "required", "is required for kind competition"),
        true if kind.is_some() && !is_competition => {
            fields.refuse("competition", "out_of_range", "is only for kind competition");
        }
        _ => {}
    }
    if let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at)
        && ends_at <= starts_at
    {
        fields.refuse("ends_at", "out_of_range", format!("must be after starts_at ({starts_at})"));
    }
    if let Some(moments) = &moments {
        refuse_repeated(fields, moments);
        if !is_competition {
            refuse_weights(fields, moments);
        }
        refuse_silence(fields, &messages, moments);
    }
    if let (Some(segments), Some(moments)) = (&segments, &moments) {
        refuse_unknown_segments(fields, segments, moments);
    }
    if let (Some(caps), Some(moments), Some(budget)) = (&caps, &moments, &budget) {
        refuse_caps(fields, caps, moments, *budget);
    }
    let mut campaign = Campaign {
        app_id: app_id.clone(),
        campaign_id: campaign_id.clone(),
        name: name?.0,
        kind: kind?.0,
        state: CampaignState::Draft,
        starts_at: starts_at?,
        ends_at: ends_at?,
        budget: budget?,
        caps: caps.unwrap_or_default(),
        expected_rewards: expected_rewards.and_then(|expected| u64::try_from(expected.0).ok()),
        holdout_percent: holdout_percent.map_or(0, |percent| u8::try_from(percent.0).unwrap_or(100)),
        time_zone,
        segments: segments?,
        messages,
        quiet_hours,
        guards,
        moments: moments?,
        competition: if is_competition { Some(competition?) } else { None },
        weights_before: Vec::new(),
        proposed_budget_minor: None,
        reason: None,
        slots: 0,
        link_key: None,
        version: 0,
    };
    competition_body::complete(fields, &mut campaign);
    Some(campaign)
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

fn caps(fields: &mut Fields<'_>) -> Option<Caps> {
    let per_day = fields.optional::<Money>("per_day");
    let per_user = fields.optional::<Money>("per_user");
    let per_moment = fields.value("per_moment").map(|value| caps_by_id::<MomentId>(fields, "per_moment", &value));
    let per_group = fields.value("per_group").map(|value| caps_by_id::<RewardGroupId>(fields, "per_group", &value));
    let (per_moment, per_group) = (per_moment.unwrap_or_default(), per_group.unwrap_or_default());
    Some(Caps { per_day, per_user, per_moment, per_group })
}

/// An amount for each of some ids.
fn caps_by_id<Id: FromField + Ord>(fields: &mut Fields<'_>, name: &'static str, value: &Value) -> BTreeMap<Id, Money> {
    let Some(entries) = value.as_object() else {
        fields.refuse(name, "wrong_type", "must be an object of amounts by id");
        return BTreeMap::new();
    };
    let mut caps = BTreeMap::new();
    for (key, amount) in entries {
        let entry = Id::from_field(&Value::String(key.clone())).and_then(|id| Ok((id, Money::from_field(amount)?)));
        match entry {
            Ok((id, amount)) => drop(caps.insert(id, amount)),
            Err(Mistake(code, detail)) => fields.refuse_at(&format!("{name}/{}", short(key)), code, detail),
        }
    }
    caps
}

/// A name as a part of a JSON pointer, cut so that an error cannot be used to echo a body.
fn short(name: &str) -> String {
    let short: String = name.chars().take(64).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// A cap is of something that the campaign has, and in its currency.
fn refuse_caps(fields: &mut Fields<'_>, caps: &Caps, moments: &[Moment], budget: Money) {
    let mut check = |place: String, cap: &Money, is_known: bool| {
        if !is_known {
            fields.refuse_at(&place, "unknown_id", "is not of this campaign");
        } else if cap.currency != budget.currency {
            let detail = format!("is in {}, but the budget is in {}", cap.currency, budget.currency);
            fields.refuse_at(&format!("{place}/currency"), "out_of_range", detail);
        }
    };
    caps.per_day.iter().for_each(|cap| check("caps/per_day".to_owned(), cap, true));
    caps.per_user.iter().for_each(|cap| check("caps/per_user".to_owned(), cap, true));
    for (moment, cap) in &caps.per_moment {
        let is_known = moments.iter().any(|known| known.moment_id == *moment);
        check(format!("caps/per_moment/{moment}"), cap, is_known);
    }
    for (group, cap) in &caps.per_group {
        // A fallback of the campaign's groups may be capped, too; `submit` looks whether there is such a group.
        check(format!("caps/per_group/{group}"), cap, true);
    }
}

/// Moments are arms, each with its weight, or none is; and somebody must be able to be assigned to something.
fn refuse_weights(fields: &mut Fields<'_>, moments: &[Moment]) {
    let arms: Vec<(usize, u32)> =
        moments.iter().enumerate().filter_map(|(index, moment)| Some((index, moment.weight?))).collect();
    if let [(only, _)] = arms.as_slice() {
        let detail = "is the only one: moments with a weight are alternatives, of which a user is assigned one";
        fields.refuse_at(&format!("moments/{only}/weight"), "out_of_range", detail);
    } else if let Some((first, _)) = arms.first().filter(|_| arms.iter().all(|(_, weight)| *weight == 0)) {
        let detail = "must be above 0 for one of the moments that have a weight";
        fields.refuse_at(&format!("moments/{first}/weight"), "out_of_range", detail);
    }
    for (index, moment) in moments.iter().enumerate() {
        if moment.rewards.iter().all(|reward| reward.weight == 0) {
            let detail = "must be above 0 for one of the moment's rewards";
            fields.refuse_at(&format!("moments/{index}/rewards/0/weight"), "out_of_range", detail);
        }
    }
}

fn refuse_unknown_segments(fields: &mut Fields<'_>, segments: &BTreeMap<String, Rule>, moments: &[Moment]) {
    let mut check = |place: &str, names: &[String]| {
        for (position, name) in names.iter().enumerate() {
            if !segments.contains_key(name) {
                let known: Vec<&str> = segments.keys().map(String::as_str).collect();
                let detail = format!("is not a segment of this campaign; it has [{}]", known.join(", "));
                fields.refuse_at(&format!("{place}/segments/{position}"), "unknown_segment", detail);
            }
        }
    };
    for (index, moment) in moments.iter().enumerate() {
        check(&format!("moments/{index}"), &moment.segments);
        for (position, reward) in moment.rewards.iter().enumerate() {
            check(&format!("moments/{index}/rewards/{position}"), &reward.segments);
        }
    }
}

/// Segments by name, each a rule.
fn segments(fields: &mut Fields<'_>, value: &Value) -> Option<BTreeMap<String, Rule>> {
    let Some(entries) = value.as_object().filter(|entries| entries.len() <= MAX_SEGMENTS) else {
        fields.refuse("segments", "wrong_type", format!("must be an object of at most {MAX_SEGMENTS} rules by name"));
        return None;
    };
    let mut segments = BTreeMap::new();
    for (name, rule) in entries {
        if let Err(Mistake(code, detail)) = SegmentName::from_field(&Value::String(name.clone())) {
            fields.refuse("segments", code, format!("every name {detail}"));
            continue;
        }
        match read_rule(rule, RuleScope::User) {
            Ok(rule) => drop(segments.insert(name.clone(), rule)),
            Err(Mistake(code, detail)) => fields.refuse_at(&format!("segments/{name}"), code, detail),
        }
    }
    (segments.len() == entries.len()).then_some(segments)
}

pub(crate) fn read_rule(value: &Value, scope: RuleScope) -> Result<Rule, Mistake> {
    let text = String::from_field(value)?;
    rule::check(&text, scope).map_err(|flaw| Mistake("invalid_rule", flaw.to_string()))
}

/// The settings that make counting depend on earlier events, with their bounds.
struct Course {
    repeat_limit: Option<RepeatLimit>,
    within_hours: Option<u32>,
    grace_days: u8,
}

fn course(fields: &mut Fields<'_>, count: Option<Count>, target: Option<u64>, most: u32) -> Option<Course> {
    let repeat_limit = fields.optional_object("repeat_limit", |fields| {
        let period = fields.required::<PeriodField>("period");
        let max_rewards = fields.required::<Whole<1, 100>>("max_rewards");
        Some(RepeatLimit { period: period?.0, max_rewards: max_rewards?.small() })
    });
    let within_hours = fields.optional::<Whole<1, 8_784>>("within_hours").map(|hours| hours.small());
    let grace_days = fields.optional::<Whole<0, 30>>("grace_days").map(|days| days.small());
    let streak = count == Some(Count::Streak);
    if within_hours.is_some() && count.is_some_and(|count| count != Count::Events) {
        fields.refuse("within_hours", "out_of_range", "is only for count events");
    }
    if within_hours.is_some() && target.is_some_and(|target| target > MAX_WITHIN) {
        fields.refuse("target", "out_of_range", format!("must be at most {MAX_WITHIN} with within_hours"));
    }
    if grace_days.is_some_and(|days| days > 0) && count.is_some() && !streak {
        fields.refuse("grace_days", "out_of_range", "is only for count streak");
    }
    if streak && target.is_some_and(|target| target > MAX_STREAK) {
        fields.refuse("target", "out_of_range", format!("must be at most {MAX_STREAK} days in a row"));
    }
    if repeat_limit.is_some() && count == Some(Count::Highest) {
        fields.refuse("repeat_limit", "out_of_range", "is not for count highest, which is reached once");
    }
    if repeat_limit.is_some_and(|limit| limit.max_rewards > most) {
        let detail = format!("must be at most max_rewards_per_user ({most})");
        fields.refuse_at("repeat_limit/max_rewards", "out_of_range", detail);
    }
    Some(Course {
        repeat_limit,
        within_hours,
        grace_days: grace_days.and_then(|days| u8::try_from(days).ok()).unwrap_or(0),
    })
}

fn moment(fields: &mut Fields<'_>) -> Option<Moment> {
    let moment_id = fields.required::<MomentId>("moment_id");
    let action = fields.required::<Action>("action");
    let count = fields.required::<CountField>("count");
    let target = fields.required::<Whole<1, 1_000_000_000_000>>("target");
    let most = fields.optional::<Whole<1, 100>>("max_rewards_per_user");
    let marketplaces = fields.optional::<MarketplaceNames>("marketplaces");
    let segments = fields.optional::<SegmentNames>("segments");
    let when = fields.optional::<WhenField>("when");
    let weight = fields.optional::<Whole<0, 1_000_000>>("weight");
    let rewards = fields.objects("rewards", 1..=MAX_REWARDS, |fields| {
        let reward_group_id = fields.required::<RewardGroupId>("reward_group_id");
        let weight = fields.optional::<Whole<0, 1_000_000>>("weight");
        let segments = fields.optional::<SegmentNames>("segments").map(|names| names.0).unwrap_or_default();
        let weight = weight.map_or(1, |weight| weight.small());
        Some(MomentReward { reward_group_id: reward_group_id?, weight, segments })
    });
    let messages = fields.optional_object("messages", messages).unwrap_or_default();
    let most = most.map_or(1, |most| most.small());
    if most > 1 && matches!(count, Some(CountField(Count::Highest))) {
        let detail = "must be 1 where the highest value counts: it is reached once";
        fields.refuse("max_rewards_per_user", "out_of_range", detail);
    }
    let course = course(fields, count.as_ref().map(|count| count.0), target.as_ref().map(Whole::unsigned), most);
    let Course { repeat_limit, within_hours, grace_days } = course?;
    Some(Moment {
        moment_id: moment_id?,
        action: action?,
        count: count?.0,
        target: target?.unsigned(),
        max_rewards_per_user: most,
        repeat_limit,
        within_hours,
        grace_days,
        segments: segments.map(|names| names.0).unwrap_or_default(),
        when: when.map(|when| when.0),
        weight: weight.map(|weight| weight.small()),
        marketplaces: marketplaces.map(|names| names.0).unwrap_or_default(),
        countries: Vec::new(),
        rewards: rewards?,
        messages,
    })
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
            Some("streak") => Count::Streak,
            _ => return Err(Mistake("invalid_count", "must be events, quantity, highest or streak".into())),
        }))
    }
}

struct PeriodField(Period);

impl FromField for PeriodField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        Ok(Self(match value.as_str() {
            Some("day") => Period::Day,
            Some("week") => Period::Week,
            Some("month") => Period::Month,
            _ => return Err(Mistake("invalid_period", "must be day, week or month".into())),
        }))
    }
}

pub(crate) struct WhenField(pub(crate) Rule);

impl FromField for WhenField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        read_rule(value, RuleScope::Event).map(Self)
    }
}

struct SegmentName(String);

impl FromField for SegmentName {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if (1..=50).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(text))
        } else {
            Err(Mistake("invalid_segment", "must be 1 to 50 characters of a-z, 0-9, - and _".into()))
        }
    }
}

pub(crate) struct SegmentNames(pub(crate) Vec<String>);

impl FromField for SegmentNames {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let names = value.as_array().filter(|names| names.len() <= MAX_SEGMENTS);
        let mistake = || Mistake("wrong_type", format!("must be a list of at most {MAX_SEGMENTS} names of segments"));
        let names: Result<Vec<SegmentName>, Mistake> =
            names.ok_or_else(mistake)?.iter().map(SegmentName::from_field).collect();
        Ok(Self(names?.into_iter().map(|name| name.0).collect()))
    }
}
