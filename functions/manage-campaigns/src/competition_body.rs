//! The part of a campaign's body that only a competition has: how it ranks, its prizes, and its one moment. Reading
//! reports every mistake.

use domain::campaign::{Campaign, Count, Moment, MomentReward};
use domain::competition::prizes::{Prize, Tier};
use domain::competition::{Competition, LEAST_GRACE, MOST, Score, ScoreRange, Settle, Ties, USUAL_GRACE, Window};
use domain::id::{Action, MomentId, RewardGroupId};
use domain::message::Messages;
use edge::fields::{Fields, FromField, Mistake, Value, Whole};
use rules::rule::CompiledRule;
use serde::Serialize;

use crate::campaign_body::{SegmentNames, WhenField};
use crate::messages_body::messages;
use edge::marketplaces::MarketplaceNames;

const MAX_PRIZES: usize = 20;

/// Windows of a competition, each with a board: a year of days.
const MAX_WINDOWS: usize = 400;

const MOST_SCORE: i64 = 1_000_000_000_000_000;
const _: () = assert!(MOST_SCORE.unsigned_abs() == MOST);

/// A competition's moment, as the API shows it: without what prizes decide.
#[derive(Serialize)]
pub(crate) struct CompetitionMoment {
    moment_id: MomentId,
    action: Action,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marketplaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<domain::campaign::rule::Rule>,
    #[serde(skip_serializing_if = "Messages::is_default")]
    messages: Messages,
}

impl From<Moment> for CompetitionMoment {
    fn from(moment: Moment) -> Self {
        let Moment { moment_id, action, marketplaces, segments, when, messages, .. } = moment;
        Self { moment_id, action, marketplaces, segments, when, messages }
    }
}

/// Reads the moment of a competition. Its rewards are set by [`complete`].
pub(crate) fn moment(fields: &mut Fields<'_>) -> Option<Moment> {
    let moment_id = fields.required::<MomentId>("moment_id");
    let action = fields.required::<Action>("action");
    let marketplaces = fields.optional::<MarketplaceNames>("marketplaces");
    let segments = fields.optional::<SegmentNames>("segments");
    let when = fields.optional::<WhenField>("when");
    let messages = fields.optional_object("messages", messages).unwrap_or_default();
    Some(Moment {
        moment_id: moment_id?,
        action: action?,
        count: Count::Quantity,
        target: 1,
        max_rewards_per_user: u32::try_from(MAX_WINDOWS).unwrap_or(1),
        repeat_limit: None,
        within_hours: None,
        grace_days: 0,
        segments: segments.map(|names| names.0).unwrap_or_default(),
        when: when.map(|when| when.0),
        weight: None,
        marketplaces: marketplaces.map(|names| names.0).unwrap_or_default(),
        countries: Vec::new(),
        rewards: Vec::new(),
        messages,
    })
}

/// Reads `competition`.
pub(crate) fn competition(fields: &mut Fields<'_>) -> Option<Competition> {
    let score = fields.required::<ScoreField>("score").map(|score| score.0);
    let best_of = fields.optional::<Whole<1, 20>>("best_of");
    let window = fields.optional::<WindowField>("window").map_or(Window::Campaign, |window| window.0);
    let ties = fields.optional::<TiesField>("ties").map_or(Ties::Earliest, |ties| ties.0);
    let score_range = fields.optional_object("score_range", score_range);
    let grace = fields.optional::<Whole<{ LEAST_GRACE as i64 }, 1_440>>("grace_minutes");
    let settle = fields.optional::<SettleField>("settle").map_or(Settle::Automatic, |settle| settle.0);
    let prizes = fields.objects("prizes", 1..=MAX_PRIZES, prize);
    match (score, &best_of) {
        (Some(Score::BestOf), None) => fields.refuse("best_of", "required", "is required with score best_of"),
        (Some(score), Some(_)) if score != Score::BestOf => {
            fields.refuse("best_of", "out_of_range", "is only for score best_of");
        }
        _ => {}
    }
    if score == Some(Score::Count) && score_range.is_some() {
        fields.refuse("score_range", "out_of_range", "is not for score count, which counts events of any quantity");
    }
    let competition = Competition {
        score: score?,
        best_of: best_of.and_then(|most| u8::try_from(most.0).ok()),
        window,
        ties,
        score_range,
        grace_minutes: grace.and_then(|minutes| u16::try_from(minutes.0).ok()).unwrap_or(USUAL_GRACE),
        settle,
        prizes: prizes?,
    };
    for (position, advice) in competition.flaws_of_prizes() {
        fields.refuse_at(&format!("prizes/{position}"), "invalid_prize", advice);
    }
    Some(competition)
}

fn score_range(fields: &mut Fields<'_>) -> Option<ScoreRange> {
    let min = fields.optional::<Whole<0, MOST_SCORE>>("min").map_or(0, |min| min.unsigned());
    let max = fields.optional::<Whole<0, MOST_SCORE>>("max").map_or(MOST, |max| max.unsigned());
    if max < min {
        fields.refuse("max", "out_of_range", format!("must be at least min ({min})"));
    }
    Some(ScoreRange { min, max })
}

fn prize(fields: &mut Fields<'_>) -> Option<Prize> {
    let ranks = fields.optional::<RanksField>("ranks");
    let percent = fields.optional::<Whole<1, 100>>("percent");
    let at_most = fields.optional::<Whole<1, 1_000_000>>("at_most");
    let reward_group_id = fields.required::<RewardGroupId>("reward_group_id");
    let tier = match (ranks, percent) {
        (Some(RanksField(from, to)), None) => Some(Tier::Ranks(from, to)),
        (None, Some(percent)) => u8::try_from(percent.0).ok().map(Tier::Percent),
        (Some(_), Some(_)) => {
            fields.refuse("percent", "out_of_range", "must be left out where ranks are given: a prize has one tier");
            None
        }
        (None, None) => {
            fields.refuse("ranks", "required", "is required, like [1, 3], or else percent");
            None
        }
    };
    Some(Prize { tier: tier?, at_most: at_most.map(|most| most.small()), reward_group_id: reward_group_id? })
}

/// Checks a competition against its campaign, and sets the rewards of its moment: the groups of its prizes.
pub(crate) fn complete(fields: &mut Fields<'_>, campaign: &mut Campaign) {
    let Some(competition) = &campaign.competition else { return };
    if campaign.ends_at > campaign.starts_at
        && competition.windows(campaign).take(MAX_WINDOWS + 1).count() > MAX_WINDOWS
    {
        let detail = format!("gives more than {MAX_WINDOWS} windows: choose a longer window, or an earlier end");
        fields.refuse_at("competition/window", "out_of_range", detail);
    }
    for (index, moment) in campaign.moments.iter().enumerate() {
        let needs = moment.when.as_ref().map(CompiledRule::of);
        if needs.is_some_and(|rule| rule.needs().is_some_and(|needs| needs.progress)) {
            let detail = "asks for progress, which a competition has not: it has scores";
            fields.refuse_at(&format!("moments/{index}/when"), "invalid_rule", detail);
        }
    }
    let groups = competition.most_winners().into_iter();
    let reward = |(reward_group_id, _)| MomentReward { reward_group_id, weight: 1, segments: Vec::new() };
    let rewards: Vec<MomentReward> = groups.map(reward).collect();
    for moment in &mut campaign.moments {
        moment.rewards.clone_from(&rewards);
    }
}

/// The first and the last rank.
struct RanksField(u32, u32);

impl FromField for RanksField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("wrong_type", "must be the first and the last rank, like [1, 3]".to_owned());
        match value.as_array().map(Vec::as_slice) {
            Some([from, to]) => {
                let rank = |value: &Value| Whole::<1, 1_000_000>::from_field(value).map(|rank| rank.small());
                Ok(Self(rank(from)?, rank(to)?))
            }
            _ => Err(mistake()),
        }
    }
}

/// A field whose value is one of a few words.
macro_rules! word_field {
    ($name:ident($of:ty), $code:literal, $($word:literal => $value:expr),*) => {
        struct $name($of);

        impl FromField for $name {
            fn from_field(value: &Value) -> Result<Self, Mistake> {
                match value.as_str() {
                    $(Some($word) => Ok(Self($value)),)*
                    _ => Err(Mistake($code, format!("must be one of {}", [$($word),*].join(", ")))),
                }
            }
        }
    };
}

word_field!(ScoreField(Score), "invalid_score", "highest" => Score::Highest, "lowest" => Score::Lowest,
    "latest" => Score::Latest, "sum" => Score::Sum, "count" => Score::Count, "best_of" => Score::BestOf);
word_field!(WindowField(Window), "invalid_window", "campaign" => Window::Campaign, "week" => Window::Week, "day" => Window::Day);
word_field!(TiesField(Ties), "invalid_ties", "earliest" => Ties::Earliest, "shared" => Ties::Shared);
word_field!(SettleField(Settle), "invalid_settle", "automatic" => Settle::Automatic, "by_hand" => Settle::ByHand);
