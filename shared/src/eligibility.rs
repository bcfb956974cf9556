//! Who may be counted and rewarded: pure named checks over values, each with its reason. Nothing here reads the table
//! or the clock, so that submitting, explaining and re-checking cannot disagree.

use jiff::Timestamp;
use serde::Serialize;

use crate::assignment;
use crate::campaign::{Campaign, Moment, Phase};
use crate::id::UserId;
use crate::reward_group::RewardGroup;

/// The user, as far as campaigns look at users.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who.
    pub user_id: &'a UserId,
    /// Where the user buys, if known.
    pub marketplace: Option<&'a str>,
}

/// When, and how far along.
#[derive(Debug, Clone, Copy)]
pub struct Occasion {
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// How many rewards the user has of the moment, as far as known.
    pub rewarded: u32,
    /// Whether nothing is at stake: test mode, or a dry run of a campaign that is not live.
    pub test: bool,
    /// The time.
    pub now: Timestamp,
}

/// A check, by the name that the API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The campaign counts right now.
    CampaignLive,
    /// The event happened while the campaign ran.
    WithinCampaign,
    /// The moment is offered in the user's marketplace, and at least one of its reward groups is valid there.
    Marketplace,
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
    /// Whether the user passes.
    pub passed: bool,
    /// Why, in a sentence with the values that decided.
    pub detail: String,
}

/// Every check's result for one user and one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In the order in which they were made; never empty.
    pub checks: Vec<Check>,
}

impl Verdict {
    /// Whether an event of the user counts. Held-out users count too: they are what the others are compared with.
    pub fn counts(&self) -> bool {
        let decides =
            |name| matches!(name, CheckName::CampaignLive | CheckName::WithinCampaign | CheckName::Marketplace);
        self.checks.iter().all(|check| check.passed || !decides(check.check))
    }

    /// Whether the user would be rewarded on reaching the target.
    pub fn eligible(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// Whether the campaign itself is what stands in the way.
    pub fn is_live(&self) -> bool {
        self.checks.iter().all(|check| check.passed || check.check != CheckName::CampaignLive)
    }

    /// The reasons of the checks that failed.
    pub fn reasons(&self) -> Vec<String> {
        self.checks.iter().filter(|check| !check.passed).map(|check| check.detail.clone()).collect()
    }
}

/// Judges one user for one moment.
///
/// `groups` are the reward groups of the moment that exist, with those that stand in for them. In test mode a campaign counts in every state, and neither its
/// window nor its hold-out holds: there is nobody to protect.
pub fn judge(
    campaign: &Campaign,
    moment: &Moment,
    groups: &[&RewardGroup],
    subject: Subject<'_>,
    Occasion { occurred_at, rewarded, test, now }: Occasion,
) -> Verdict {
    let phase = campaign.phase(now);
    let live = test || phase == Phase::Live;
    let live_detail = match phase {
        Phase::Live => format!("live until {}", campaign.ends_at),
        Phase::Approved => format!("approved, starts at {}", campaign.starts_at),
        Phase::Finished => format!("finished at {}", campaign.ends_at),
        Phase::Suspended => "suspended".to_owned(),
        Phase::Draft | Phase::PendingApproval | Phase::Rejected => "not approved".to_owned(),
    };
    let within = test || (campaign.starts_at <= occurred_at && occurred_at < campaign.ends_at);
    let offered = moment.is_offered_in(subject.marketplace);
    let valid = offered && groups.iter().any(|group| group.is_valid_in(subject.marketplace));
    let place = if offered {
        marketplace_detail(groups, subject.marketplace)
    } else {
        offer_detail(moment, subject.marketplace)
    };
    let held_out = !test && assignment::is_held_out(campaign, subject.user_id);
    let allowed = moment.max_rewards_per_user;
    let check = |check, passed, detail: String| Check { check, passed, detail };
    Verdict {
        checks: vec![
            check(CheckName::CampaignLive, live, live_detail),
            check(
                CheckName::WithinCampaign,
                within,
                format!(
                    "happened at {occurred_at}; the campaign runs from {} to {}",
                    campaign.starts_at, campaign.ends_at
                ),
            ),
            check(CheckName::Marketplace, valid, place),
            check(
                CheckName::NotHeldOut,
                !held_out,
                format!(
                    "{} % of users are held out; this user is{}",
                    campaign.holdout_percent,
                    if held_out { "" } else { " not" }
                ),
            ),
            check(CheckName::RewardsLeft, rewarded < allowed, format!("has {rewarded} of {allowed} rewards")),
        ],
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::CampaignState;
    use crate::fixtures::{self, time};

    const DURING: &str = "2026-06-01T00:00:00Z";

    fn judged(campaign: &Campaign, marketplace: Option<&str>, occurred_at: &str, test: bool, now: &str) -> Verdict {
        let group = RewardGroup { marketplaces: vec!["DE".into(), "AT".into()], ..fixtures::group("gift") };
        let user_id = "u".try_into().unwrap();
        let subject = Subject { user_id: &user_id, marketplace };
        let occasion = Occasion { occurred_at: time(occurred_at), rewarded: 0, test, now: time(now) };
        judge(campaign, &campaign.moments[0], &[&group], subject, occasion)
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
}
