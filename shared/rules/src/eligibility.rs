//! Pure, named checks of who counts and is rewarded, each with its reason. Without the table or the clock, so
//! submitting, explaining and re-checking cannot disagree.

use domain::campaign::catalog::Arm;
use domain::campaign::guards::Review;
use domain::campaign::guards::{Fingerprints, Guards};
use domain::campaign::rule::Rule;
use domain::campaign::{Campaign, Moment, Phase, assignment, is_for};
use domain::id::{MomentId, RewardGroupId, UserId};
use domain::request_mode::Stakes;
use domain::reward::group::RewardGroup;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use jiff::Timestamp;
use serde::Serialize;

use crate::rule::{CompiledRule, Facts};

/// The facts of a user that campaigns read.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The app's id of the user.
    pub user_id: &'a UserId,
    /// The user's marketplace, if known.
    pub marketplace: Option<&'a str>,
    /// The user's language, if known.
    pub locale: Option<&'a str>,
    /// The zone of the user's days, if known.
    pub time_zone: Option<TimeZone>,
    /// Everything else that is known.
    pub attributes: &'a Attributes,
}

impl<'a> Subject<'a> {
    /// Returns the facts of a profile.
    pub fn of(user_id: &'a UserId, profile: &'a Profile) -> Self {
        Self {
            user_id,
            marketplace: profile.marketplace.as_deref(),
            locale: profile.locale.as_deref(),
            time_zone: profile.time_zone,
            attributes: &profile.attributes,
        }
    }
}

/// One user at one moment of a campaign: the subject of a verdict.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The moment of the campaign.
    pub moment: &'a Moment,
    /// The user.
    pub user: Subject<'a>,
    /// The resources that the request may use up.
    pub stakes: Stakes,
    /// The user's count, if a rule or an answer needs it.
    pub counted: u64,
    /// The moment's reward that the user holds, as far as known.
    pub held: Option<&'a RewardGroupId>,
    /// The reward group that the app chooses, if it does: one of the moment's.
    pub wanted: Option<&'a RewardGroupId>,
}

/// The event to judge.
#[derive(Debug, Clone, Copy)]
pub struct EventFacts<'a> {
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// The event's quantity.
    pub quantity: u64,
    /// The event's attributes.
    pub attributes: Option<&'a Attributes>,
    /// The event's fingerprints.
    pub fingerprints: Option<&'a Fingerprints>,
    /// The time.
    pub now: Timestamp,
}

/// The user's past in the campaign, as far as known.
#[derive(Debug, Clone, Default)]
pub struct UserHistory<'a> {
    /// The user's rewards of the moment.
    pub rewarded: u32,
    /// True if the day, week or month allows no further reward.
    pub period_spent: bool,
    /// The campaign's moments that the user has begun.
    pub begun: Vec<&'a MomentId>,
}

/// A user's place in a campaign.
pub struct Placement<'a> {
    /// The campaign's segments that the user is in.
    pub segments: Vec<&'a str>,
    /// The user's moment, among those with a weight.
    pub assigned: Option<&'a MomentId>,
    /// The rewards of the moment whose groups exist.
    pub arms: Vec<Arm<'a>>,
}

impl EventFacts<'_> {
    /// Returns the facts of a question: what if an event happened now?
    pub fn now(now: Timestamp) -> Self {
        Self { occurred_at: now, quantity: 1, attributes: None, fingerprints: None, now }
    }
}

impl<'a> Case<'a> {
    /// True if the user is counted and never rewarded. Test mode holds nobody out.
    pub fn is_held_out(self) -> bool {
        !self.stakes.in_test && assignment::is_held_out(self.campaign, self.user.user_id)
    }

    /// Returns the zone of the user's days.
    pub fn time_zone(self) -> TimeZone {
        self.user.time_zone.or(self.campaign.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Returns the user's segments.
    pub fn segments(self, event: EventFacts<'_>) -> Vec<&'a str> {
        segments_of(self.campaign, &self.facts(event))
    }

    fn facts<'b>(self, event: EventFacts<'b>) -> Facts<'b>
    where
        'a: 'b,
    {
        let Self { moment, user, counted, .. } = self;
        Facts {
            user_id: user.user_id.as_str(),
            marketplace: user.marketplace,
            locale: user.locale,
            time_zone: user.time_zone,
            user_attributes: Some(user.attributes),
            action: moment.action.as_str(),
            quantity: event.quantity,
            occurred_at: event.occurred_at,
            event_attributes: event.attributes,
            counted,
            target: moment.target,
            earned: moment.earned(counted),
            now: event.now,
        }
    }
}

/// A check, by the name that the API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The campaign counts right now.
    CampaignLive,
    /// The event happened while the campaign ran.
    WithinCampaign,
    /// The user's marketplace offers the moment, and one of its groups is valid there.
    Marketplace,
    /// The user is in a segment of the moment and of one of its rewards.
    Segment,
    /// The user is assigned this moment.
    Assigned,
    /// A clause of the moment's rule holds.
    When,
    /// The event has the fingerprints that the guards need.
    Fingerprint,
    /// The user and the device may send another event in this stretch of time.
    Velocity,
    /// The device or the payment has had no reward.
    OneRewardPer,
    /// An admin has to release the reward, or not: either passes.
    Review,
    /// The user is not in the campaign's hold-out.
    NotHeldOut,
    /// The user has not had every reward that the moment allows.
    RewardsLeft,
}

/// One check's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check.
    pub check: CheckName,
    /// True if the user passes.
    pub passed: bool,
    /// The reason, with the values that decided.
    pub detail: String,
    /// True if it depends on the event, not on the user alone.
    #[serde(skip)]
    pub of_event: bool,
}

/// Every check's result for one user and one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In the order of the checks; never empty.
    pub checks: Vec<Check>,
    /// True if an admin must review the reward.
    pub review: bool,
}

impl Verdict {
    /// True if an event of the user counts. Held-out users count, too, for comparison.
    pub fn counts(&self) -> bool {
        let decides = |name| !matches!(name, CheckName::NotHeldOut | CheckName::RewardsLeft);
        self.checks.iter().all(|check| check.passed || !decides(check.check))
    }

    /// True if the user is rewarded on reaching the target.
    pub fn eligible(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// True if the user can be rewarded for the right event. Such users get announcements.
    pub fn may_take_part(&self) -> bool {
        self.checks.iter().all(|check| check.passed || check.of_event)
    }

    /// True if the campaign counts now.
    pub fn is_live(&self) -> bool {
        self.checks.iter().all(|check| check.passed || check.check != CheckName::CampaignLive)
    }

    /// Returns the reasons of the failed checks.
    pub fn reasons(&self) -> Vec<String> {
        self.checks.iter().filter(|check| !check.passed).map(|check| check.detail.clone()).collect()
    }
}

/// Makes every check for one user and one moment.
///
/// In test mode a campaign counts in every state and at any time, and holds nobody out.
pub fn check(case: Case<'_>, event: EventFacts<'_>, history: &UserHistory<'_>, placement: &Placement<'_>) -> Verdict {
    let Case { campaign, moment, .. } = case;
    let facts = case.facts(event);
    let check = |check, passed, detail: String| Check { check, passed, detail, of_event: false };
    let mut checks = check_time(case, event).to_vec();
    checks.push(check_marketplace(moment, &placement.arms, case.user.marketplace));
    checks.extend(check_segment(case, placement));
    checks.extend(moment.weight.map(|_| {
        let detail = match placement.assigned {
            Some(assigned) => format!("the user is assigned moment {assigned}"),
            None => "the user is assigned none of the campaign's moments".to_owned(),
        };
        check(CheckName::Assigned, placement.assigned == Some(&moment.moment_id), detail)
    }));
    let findings = moment.when.iter().flat_map(|rule| CompiledRule::of(rule).findings(&facts));
    checks.extend(
        findings.map(|finding| Check {
            of_event: !finding.of_user,
            ..check(CheckName::When, finding.holds, finding.detail)
        }),
    );
    checks.extend(check_fingerprints(&campaign.guards, event.fingerprints));
    let held_out = case.is_held_out();
    let share = format!(
        "{} % of users are held out; this user is{}",
        campaign.holdout_percent,
        if held_out { "" } else { " not" }
    );
    checks.push(check(CheckName::NotHeldOut, !held_out, share));
    let UserHistory { rewarded, period_spent, .. } = *history;
    let allowed = moment.max_rewards_per_user;
    let left = rewarded < allowed && !period_spent;
    let until = if period_spent { ", and can earn no more in this day, week or month" } else { "" };
    // The rank at the end decides who wins a competition.
    if campaign.competition.is_none() {
        checks.push(check(CheckName::RewardsLeft, left, format!("has {rewarded} of {allowed} rewards{until}")));
    }
    Verdict { checks, review: needs_review(&campaign.guards, &facts) }
}

fn check_time(Case { campaign, stakes, .. }: Case<'_>, event: EventFacts<'_>) -> [Check; 2] {
    let EventFacts { occurred_at, now, .. } = event;
    let phase = campaign.phase_for(occurred_at, now);
    let live_detail = match phase {
        Phase::Live if campaign.ends_at <= now => format!(
            "finished at {}; what happened before still counts for {} minutes",
            campaign.ends_at,
            campaign.late_grace().as_mins()
        ),
        Phase::Live => format!("live until {}", campaign.ends_at),
        Phase::Approved => format!("approved, starts at {}", campaign.starts_at),
        Phase::Finished => format!("finished at {}", campaign.ends_at),
        Phase::Suspended => "suspended".to_owned(),
        Phase::Draft | Phase::PendingApproval | Phase::Rejected => "not approved".to_owned(),
    };
    let within = campaign.starts_at <= occurred_at && occurred_at < campaign.ends_at;
    let within_detail =
        format!("happened at {occurred_at}; the campaign runs from {} to {}", campaign.starts_at, campaign.ends_at);
    let check = |check, passed, detail| Check { check, passed: stakes.in_test || passed, detail, of_event: false };
    [
        check(CheckName::CampaignLive, phase == Phase::Live, live_detail),
        check(CheckName::WithinCampaign, within, within_detail),
    ]
}

/// Returns no check if the campaign asks for no fingerprint.
fn check_fingerprints(guards: &Guards, given: Option<&Fingerprints>) -> Option<Check> {
    guards.needed().next()?;
    let lacking = guards.lacking(given.unwrap_or(&Fingerprints::default()));
    let passed = lacking.is_empty();
    let detail =
        if passed { "the event has every fingerprint that the campaign needs".into() } else { lacking.join("; ") };
    // The right event may still bring it.
    Some(Check { check: CheckName::Fingerprint, passed, detail, of_event: true })
}

fn check_marketplace(moment: &Moment, arms: &[Arm<'_>], marketplace: Option<&str>) -> Check {
    let groups: Vec<&RewardGroup> = arms.iter().flat_map(|arm| arm.groups.iter().copied()).collect();
    let offered = moment.is_offered_in(marketplace);
    let passed = offered && groups.iter().any(|group| group.is_valid_in(marketplace));
    let detail = if offered { marketplace_detail(&groups, marketplace) } else { offer_detail(moment, marketplace) };
    Check { check: CheckName::Marketplace, passed, detail, of_event: false }
}

/// Checks the segments of the moment and its valid rewards. Returns no check if all are for everybody.
fn check_segment(Case { moment, user, held, .. }: Case<'_>, placement: &Placement<'_>) -> Option<Check> {
    let Placement { segments, arms, .. } = placement;
    let for_everybody = |arm: &Arm<'_>| arm.reward.segments.is_empty() && arm.reward.weight > 0;
    if arms.is_empty() || (moment.segments.is_empty() && arms.iter().all(for_everybody)) {
        return None;
    }
    let (passed, detail) = if !is_for(&moment.segments, segments) {
        let names = moment.segments.join(", ");
        (false, format!("the user is in none of [{names}], which the moment is for"))
    } else if arms.iter().any(|arm| arm.is_open(held, user.marketplace, segments)) {
        (true, format!("the user is in [{}]", segments.join(", ")))
    } else {
        let detail = "no reward that is valid in this marketplace targets the user's segments:";
        (false, format!("{detail} [{}]", segments.join(", ")))
    };
    Some(Check { check: CheckName::Segment, passed, detail, of_event: false })
}

fn offer_detail(moment: &Moment, marketplace: Option<&str>) -> String {
    format!(
        "marketplace {}; the moment is offered in [{}]",
        marketplace.unwrap_or("unknown"),
        moment.marketplaces.join(", ")
    )
}

fn marketplace_detail(groups: &[&RewardGroup], marketplace: Option<&str>) -> String {
    if groups.iter().any(|group| group.marketplaces.is_empty()) {
        return "a reward is valid in every marketplace".to_owned();
    }
    let mut valid: Vec<&str> = groups.iter().flat_map(|group| &group.marketplaces).map(String::as_str).collect();
    valid.sort_unstable();
    valid.dedup();
    format!("marketplace {}; rewards are valid in [{}]", marketplace.unwrap_or("unknown"), valid.join(", "))
}

fn segments_of<'a>(campaign: &'a Campaign, facts: &Facts<'_>) -> Vec<&'a str> {
    let holds = |(_, rule): &(&String, &Rule)| CompiledRule::of(rule).holds(facts);
    campaign.segments.iter().filter(holds).map(|(name, _)| name.as_str()).collect()
}

fn needs_review(guards: &Guards, facts: &Facts<'_>) -> bool {
    match &guards.review {
        None => false,
        Some(Review::Always(always)) => *always,
        Some(Review::When { when }) => CompiledRule::of(when).holds(facts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, time};
    use crate::judging;
    use domain::campaign::CampaignState;

    const DURING: &str = "2026-06-01T00:00:00Z";

    fn judged(campaign: &Campaign, marketplace: Option<&str>, occurred_at: &str, test: bool, now: &str) -> Verdict {
        let group = RewardGroup { marketplaces: vec!["DE".into(), "AT".into()], ..fixtures::group("gift") };
        let user_id = "u".try_into().unwrap();
        let profile = Profile { marketplace: marketplace.map(str::to_owned), ..Profile::default() };
        let (moment, stakes) = (&campaign.moments[0], Stakes { in_test: test, ..Stakes::REAL });
        let user = Subject::of(&user_id, &profile);
        let case = Case { campaign, moment, user, stakes, counted: 0, held: None, wanted: None };
        let event = EventFacts { occurred_at: time(occurred_at), ..EventFacts::now(time(now)) };
        judging::judge(&fixtures::catalog(vec![group]), case, event, &UserHistory::default())
    }

    fn failed(verdict: &Verdict) -> Vec<CheckName> {
        verdict.checks.iter().filter(|check| !check.passed).map(|check| check.check).collect()
    }

    #[test]
    fn a_live_campaign_counts_a_user_of_its_marketplace() {
        let verdict = judged(&fixtures::campaign(), Some("DE"), DURING, false, DURING);
        assert!(verdict.counts() && verdict.eligible());
    }

    #[test]
    fn the_end_of_a_campaign_is_exclusive_and_its_start_inclusive() {
        let campaign = fixtures::campaign();
        let at = |now| failed(&judged(&campaign, Some("DE"), now, false, now));
        assert_eq!(at("2026-01-01T00:00:00Z"), []);
        assert_eq!(at("2026-12-31T23:59:59.999Z"), []);
        assert_eq!(at("2027-01-01T00:00:00Z"), [CheckName::CampaignLive, CheckName::WithinCampaign]);
        assert_eq!(at("2025-12-31T23:59:59.999Z"), [CheckName::CampaignLive, CheckName::WithinCampaign]);
    }

    #[test]
    fn another_or_an_unknown_marketplace_is_named_in_the_reason() {
        let verdict = judged(&fixtures::campaign(), Some("US"), DURING, false, DURING);
        assert_eq!(verdict.reasons(), ["marketplace US; rewards are valid in [AT, DE]"]);
        let verdict = judged(&fixtures::campaign(), None, DURING, false, DURING);
        assert_eq!(verdict.reasons(), ["marketplace unknown; rewards are valid in [AT, DE]"]);
        assert!(!verdict.counts());
    }

    #[test]
    fn a_held_out_user_counts_but_is_not_eligible() {
        let campaign = Campaign { holdout_percent: 100, ..fixtures::campaign() };
        let verdict = judged(&campaign, Some("DE"), DURING, false, DURING);
        assert_eq!((verdict.counts(), verdict.eligible()), (true, false));
        assert_eq!(failed(&verdict), [CheckName::NotHeldOut]);
    }

    #[test]
    fn a_moment_is_offered_in_its_own_marketplaces_only() {
        let mut campaign = fixtures::campaign();
        campaign.moments[0].marketplaces = vec!["AT".into(), "CH".into()];
        assert!(judged(&campaign, Some("AT"), DURING, false, DURING).counts());
        for (marketplace, reason) in [
            (Some("DE"), "marketplace DE; the moment is offered in [AT, CH]"),
            (None, "marketplace unknown; the moment is offered in [AT, CH]"),
            (Some("CH"), "marketplace CH; rewards are valid in [AT, DE]"),
        ] {
            let verdict = judged(&campaign, marketplace, DURING, false, DURING);
            assert_eq!((verdict.counts(), verdict.reasons()), (false, vec![reason.to_owned()]));
        }
    }

    #[test]
    fn test_mode_opens_a_campaign_in_every_state() {
        let before = "2025-06-01T00:00:00Z";
        let mut campaign = Campaign { holdout_percent: 100, ..fixtures::campaign() };
        assert!(judged(&campaign, Some("DE"), before, true, before).eligible());
        assert!(!judged(&campaign, Some("DE"), before, false, before).is_live());
        for state in
            [CampaignState::Draft, CampaignState::PendingApproval, CampaignState::Rejected, CampaignState::Suspended]
        {
            campaign.state = state;
            assert!(judged(&campaign, Some("DE"), before, true, before).eligible(), "{state:?}");
            assert!(!judged(&campaign, Some("DE"), DURING, false, DURING).is_live(), "{state:?}");
        }
    }

    #[test]
    fn a_rule_and_a_segment_decide_with_a_reason_for_each_clause() {
        let rule = |text: &str, scope| crate::rule::check(text, scope).unwrap();
        let mut campaign = fixtures::campaign();
        campaign.segments =
            [("locals".to_owned(), rule("user.marketplace == 'DE'", crate::rule::RuleScope::User))].into();
        campaign.moments[0].segments = vec!["locals".to_owned()];
        campaign.moments[0].when =
            Some(rule("event.quantity > 5 && now > event.occurred_at", crate::rule::RuleScope::Event));
        let verdict = judged(&campaign, Some("AT"), DURING, false, DURING);
        assert_eq!(failed(&verdict), [CheckName::Segment, CheckName::When, CheckName::When]);
        assert_eq!(verdict.reasons()[0], "the user is in none of [locals], which the moment is for");
        assert_eq!(verdict.reasons()[1..], ["`event.quantity > 5` is false", "`now > event.occurred_at` is false"]);
        assert!(!verdict.counts());
        let verdict = judged(&campaign, Some("DE"), DURING, false, DURING);
        assert!(verdict.checks.iter().any(|check| check.passed && check.detail == "the user is in [locals]"));
        // A reward for another segment does not count.
        campaign.moments[0].rewards[0].segments = vec!["nobody".to_owned()];
        let verdict = judged(&campaign, Some("DE"), DURING, false, DURING);
        assert_eq!(
            verdict.reasons()[0],
            "no reward that is valid in this marketplace targets the user's segments: [locals]"
        );
    }
}
