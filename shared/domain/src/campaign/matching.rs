//! The bound on the moments that one event counts towards: approval keeps apps below it, and counting picks among
//! campaigns that were approved before the bound existed. Pure. `submit-moment` counts.

use jiff::Timestamp;

use crate::campaign::{Campaign, CampaignState, Moment};
use crate::id::Action;

/// The most moments that one event counts towards, over all campaigns of its app.
pub const MOST_MOMENTS: usize = 100;

/// A campaign and one of its moments that an event matches.
pub type Match<'a> = (&'a Campaign, &'a Moment);

/// Returns the first action of the campaign that would count towards too many moments at some time: its moment's index,
/// the action, and the number of moments. Looks at campaigns that are approved or suspended, and not over.
pub fn crowded<'a>(campaign: &'a Campaign, all: &[Campaign], now: Timestamp) -> Option<(usize, &'a Action, usize)> {
    let runs = |other: &&Campaign| {
        matches!(other.state, CampaignState::Approved | CampaignState::Suspended)
            && other.campaign_id != campaign.campaign_id
            && other.ends_at > now
            && other.starts_at < campaign.ends_at
            && other.ends_at > campaign.starts_at
    };
    let others: Vec<&Campaign> = all.iter().filter(runs).collect();
    let begins = campaign.starts_at.max(now);
    // The maximum is always at the start of some campaign.
    let instants = || others.iter().map(|other| other.starts_at).filter(|at| *at > begins).chain([begins]);
    let of = |campaign: &Campaign, action: &Action| {
        campaign.moments.iter().filter(|moment| moment.action == *action).count()
    };
    campaign.moments.iter().enumerate().find_map(|(index, moment)| {
        let action = &moment.action;
        let at = |instant: Timestamp| {
            let at_once = others.iter().filter(|other| other.starts_at <= instant && instant < other.ends_at);
            at_once.map(|other| of(other, action)).sum::<usize>()
        };
        let most = of(campaign, action) + instants().map(at).max().unwrap_or(0);
        (most > MOST_MOMENTS).then_some((index, action, most))
    })
}

/// Splits matches into those to look at and those beyond the bound. Campaigns that may count come first, the earliest
/// start before later ones. Keeps the order otherwise.
pub fn bounded<'a>(matches: Vec<Match<'a>>, may_count: impl Fn(&Campaign) -> bool) -> (Vec<Match<'a>>, Vec<Match<'a>>) {
    let mut order: Vec<usize> = (0..matches.len()).collect();
    order.sort_by_key(|index| (!may_count(matches[*index].0), matches[*index].0.starts_at));
    let looked_at: std::collections::BTreeSet<usize> = order.into_iter().take(MOST_MOMENTS).collect();
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for (index, found) in matches.into_iter().enumerate() {
        if looked_at.contains(&index) { kept.push(found) } else { left_out.push(found) }
    }
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// A campaign with that number of moments for one action, on some days of January.
    fn campaign(id: &str, moments: usize, days: (u8, u8)) -> Campaign {
        let campaign = fixtures::campaign();
        let moments = (0..moments)
            .map(|n| Moment { moment_id: format!("m{n}").try_into().unwrap(), ..campaign.moments[0].clone() })
            .collect();
        let day = |day: u8| format!("2027-01-{day:02}T00:00:00Z").parse().unwrap();
        Campaign {
            campaign_id: id.try_into().unwrap(),
            state: CampaignState::Approved,
            starts_at: day(days.0),
            ends_at: day(days.1),
            moments,
            ..campaign
        }
    }

    fn now(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_action_is_crowded_where_too_many_moments_count_it_at_the_same_time() {
        let now = now("2027-01-01T00:00:00Z");
        let others = [campaign("early", 60, (1, 10)), campaign("late", 40, (10, 20))];
        let most = |wanted: &Campaign| crowded(wanted, &others, now).map(|(_, _, most)| most);
        // A campaign that ends as the other begins does not overlap.
        assert_eq!(most(&campaign("new", 40, (5, 15))), None);
        assert_eq!(most(&campaign("new", 41, (5, 15))), Some(101));
        assert_eq!(most(&campaign("new", 60, (10, 15))), None);
        assert_eq!(most(&campaign("new", 61, (12, 15))), Some(101));
        assert_eq!(most(&campaign("new", 100, (20, 25))), None);
        // Another action, another version of the same campaign, and a draft do not overlap.
        let mut other = campaign("new", 100, (5, 15));
        other.moments.iter_mut().for_each(|moment| moment.action = "walk".try_into().unwrap());
        assert_eq!(most(&other), None);
        assert_eq!(most(&campaign("early", 61, (1, 11))), Some(101));
        assert_eq!(most(&campaign("early", 60, (1, 11))), None);
        let draft = [Campaign { state: CampaignState::Draft, ..campaign("draft", 100, (1, 20)) }];
        assert_eq!(crowded(&campaign("new", 1, (1, 20)), &draft, now), None);
    }

    #[test]
    fn what_is_over_by_now_crowds_nothing() {
        let over = [campaign("over", 100, (1, 10))];
        assert!(crowded(&campaign("new", 1, (1, 20)), &over, now("2027-01-09T00:00:00Z")).is_some());
        assert_eq!(crowded(&campaign("new", 1, (1, 20)), &over, now("2027-01-10T00:00:00Z")), None);
    }

    #[test]
    fn of_too_many_matches_those_count_whose_campaigns_began_first_in_the_order_that_they_had() {
        let all = [campaign("a", 60, (3, 9)), campaign("b", 60, (1, 9)), campaign("c", 60, (2, 9))];
        let matches = || all.iter().flat_map(|campaign| campaign.moments.iter().map(move |moment| (campaign, moment)));
        let ids = |matches: &[Match<'_>]| {
            let mut ids: Vec<String> = matches.iter().map(|(campaign, _)| campaign.campaign_id.to_string()).collect();
            ids.dedup();
            (ids.join(""), matches.len())
        };
        let (kept, left_out) = bounded(matches().collect(), |_| true);
        assert_eq!((ids(&kept), ids(&left_out)), (("bc".into(), 100), ("ac".into(), 80)));
        let (kept, _) = bounded(matches().collect(), |campaign| campaign.campaign_id.as_str() == "a");
        assert_eq!(ids(&kept), ("ab".into(), 100));
        assert_eq!(bounded(matches().take(100).collect(), |_| true).0.len(), 100);
    }
}
