//! The results of a campaign's experiments: its hold-out against everybody else, its moments that are arms, and the
//! rewards of a moment. Each arm is compared with the first, by the share of users who completed at least once among
//! those who began.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::id::MomentId;
use domain::reward::report::{Cell, Figure};
use domain::statistics::{self, Interval, Share};
use serde::Serialize;
use store::reports::Entry;

#[derive(Serialize)]
pub(super) struct ExperimentView {
    experiment: Kind,
    moment_id: Option<MomentId>,
    arms: Vec<ArmView>,
    comparisons: Vec<ComparisonView>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    HoldOut,
    Moments,
    Rewards,
}

#[derive(Serialize)]
struct ArmView {
    arm: String,
    participants: u64,
    completers: u64,
    rate: Option<f64>,
    interval: Option<IntervalView>,
}

#[derive(Serialize)]
struct ComparisonView {
    arm: String,
    against: String,
    difference: Option<f64>,
    interval: Option<IntervalView>,
    p_value: Option<f64>,
    certain: bool,
    verdict: String,
}

#[derive(Serialize)]
struct IntervalView {
    low: f64,
    high: f64,
}

impl From<Interval> for IntervalView {
    fn from(interval: Interval) -> Self {
        Self { low: rounded(interval.low), high: rounded(interval.high) }
    }
}

/// An arm's name, and a function that is true for its cells.
type Arm<'a> = (String, Box<dyn Fn(&Cell) -> bool + 'a>);

/// Returns every experiment of the campaign.
pub(super) fn all(campaign: &Campaign, entries: &[Entry]) -> Vec<ExperimentView> {
    let mut experiments = Vec::new();
    if (1..100).contains(&campaign.holdout_percent) {
        let arms: Vec<Arm<'_>> = vec![
            ("hold-out".into(), Box::new(|cell| cell.held_out)),
            ("rewarded".into(), Box::new(|cell| !cell.held_out)),
        ];
        experiments.push(experiment(Kind::HoldOut, None, &arms, entries));
    }
    let weighted = campaign.moments.iter().filter(|moment| moment.weight.is_some());
    let of_moment = |id: &MomentId| -> Arm<'_> {
        let own = id.clone();
        (id.to_string(), Box::new(move |cell| !cell.held_out && cell.moment == own))
    };
    let arms: Vec<Arm<'_>> = weighted.map(|moment| of_moment(&moment.moment_id)).collect();
    if arms.len() > 1 {
        experiments.push(experiment(Kind::Moments, None, &arms, entries));
    }
    for moment in campaign.moments.iter().filter(|moment| moment.rewards.len() > 1) {
        let id = &moment.moment_id;
        let arms = moment.rewards.iter().map(|reward| -> Arm<'_> {
            let group = &reward.reward_group_id;
            (group.to_string(), Box::new(move |cell| cell.moment == *id && cell.arm.as_ref() == Some(group)))
        });
        experiments.push(experiment(Kind::Rewards, Some(id.clone()), &arms.collect::<Vec<_>>(), entries));
    }
    experiments
}

fn experiment(kind: Kind, moment_id: Option<MomentId>, arms: &[Arm<'_>], entries: &[Entry]) -> ExperimentView {
    let days: Vec<BTreeMap<i32, Share>> = arms.iter().map(|(_, is_of)| by_day(entries, is_of)).collect();
    let totals: Vec<Share> = days.iter().map(|days| days.values().copied().fold(Share::default(), plus)).collect();
    let view = |((name, _), share): (&Arm<'_>, &Share)| ArmView {
        arm: name.clone(),
        participants: share.all,
        completers: share.of,
        rate: share.rate().map(rounded),
        interval: share.interval().map(IntervalView::from),
    };
    let others = 1..arms.len();
    let comparisons = others.clone().map(|other| {
        let found = statistics::always_valid(looks(&days[other], &days[0])).map(|found| found.among(others.len()));
        let arm = |index: usize| statistics::Arm { name: &arms[index].0, share: totals[index] };
        let difference = statistics::difference(totals[other], totals[0]);
        ComparisonView {
            arm: arms[other].0.clone(),
            against: arms[0].0.clone(),
            difference: difference.map(|(difference, _)| rounded(difference)),
            interval: difference.map(|(_, interval)| interval.into()),
            p_value: found.map(|found| rounded(found.p)),
            certain: found.is_some_and(|found| found.is_certain(totals[other], totals[0])),
            verdict: statistics::verdict(arm(other), arm(0), found),
        }
    });
    let comparisons = comparisons.collect();
    ExperimentView { experiment: kind, moment_id, arms: arms.iter().zip(&totals).map(view).collect(), comparisons }
}

fn by_day(entries: &[Entry], is_of: &dyn Fn(&Cell) -> bool) -> BTreeMap<i32, Share> {
    let mut days: BTreeMap<i32, Share> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| is_of(&entry.cell)) {
        let amount = u64::try_from(entry.amount).unwrap_or(0);
        match entry.figure {
            Figure::Participants => days.entry(entry.day).or_default().all += amount,
            Figure::Completers => days.entry(entry.day).or_default().of += amount,
            _ => {}
        }
    }
    days
}

/// Returns the shares of two arms at the end of each day.
fn looks(b: &BTreeMap<i32, Share>, a: &BTreeMap<i32, Share>) -> Vec<(Share, Share)> {
    let days: std::collections::BTreeSet<&i32> = b.keys().chain(a.keys()).collect();
    let mut so_far = (Share::default(), Share::default());
    let look = |day: &i32| {
        let of = |arm: &BTreeMap<i32, Share>| arm.get(day).copied().unwrap_or_default();
        so_far = (plus(so_far.0, of(b)), plus(so_far.1, of(a)));
        so_far
    };
    days.into_iter().map(look).collect()
}

fn plus(one: Share, other: Share) -> Share {
    Share { of: one.of + other.of, all: one.all + other.all }
}

/// Rounds to a millionth.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}
