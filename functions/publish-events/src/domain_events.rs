//! Derives domain events from records of the table's stream, and from nothing else: no event without a change, and no
//! change without its event.

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::campaign::history::{Change, ChangeKind};
use domain::event::DomainEvent;
use domain::id::{AppId, CampaignId};
use domain::reward::credit::CreditView;
use domain::reward::{Reward, RewardState};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use store::progress::StoredProgress;
use store::record::{self, ItemImage};
use store::schema::Key;
use store::{history, rewards, thresholds};

use crate::competitions;

/// Returns the events of a stream record. The same record has the same events, with the same ids.
pub(crate) fn of_record(record: &EventRecord) -> Result<Vec<DomainEvent>, Error> {
    let Some((key, image)) = record::new_image(record)? else { return Ok(Vec::new()) };
    let before = record::old_image(record);
    match &key {
        Key::Reward(..) | Key::ErasedReward(_) => of_reward(&key, image, before),
        Key::Progress(..) => of_progress(&key, image, before),
        Key::Board(..) | Key::Bracket(..) | Key::Competitor(..) => competitions::of_record(&key, image, before),
        // These items are written once and never changed.
        Key::Change(app, campaign, _) if before.is_none() => of_change(&key, app, campaign, &history::read(image)?),
        Key::Threshold(app, threshold) if before.is_none() => {
            let crossed = thresholds::read(image)?;
            let change = format!("{threshold:?}");
            Ok(vec![DomainEvent::new(app, threshold.name(), crossed.at, &change, crossed.detail)?])
        }
        _ => Ok(Vec::new()),
    }
}

/// Returns the completion of the moment for a new reward, and an event for each new state.
fn of_reward(key: &Key, image: ItemImage, before: Option<ItemImage>) -> Result<Vec<DomainEvent>, Error> {
    let before = before.map(rewards::read).transpose()?;
    let (reward, mut events) = (rewards::read(image)?, Vec::new());
    // The user was erased, which moved the reward here as it was.
    if before.is_none() && matches!(key, Key::ErasedReward(_)) {
        return Ok(events);
    }
    let same = |before: &Reward| before.reward_id == reward.reward_id;
    let (app, change) = (reward.reward_id.app(), reward.reward_id.fingerprint());
    if !before.as_ref().is_some_and(same) {
        // A replacement is no second completion.
        if reward.replaces.is_none() {
            events.push(DomainEvent::new(app, "moment.completed", reward.earned_at, &change, reward_data(&reward))?);
        }
    } else if let Some(before) = before.filter(|before| before.state == reward.state) {
        // A partner has claimed the order. No other change that keeps the state has an event.
        let claim = reward.changes.last().filter(|_| reward.changes.len() > before.changes.len());
        if let Some(claim) = claim.filter(|claim| claim.state == RewardState::Ordered) {
            events.push(DomainEvent::new(app, "order.claimed", claim.at, &change, reward_data(&reward))?);
        }
        return Ok(events);
    }
    let at = reward.came_to(reward.state);
    let event_type = format!("reward.{}", reward.state);
    events.push(DomainEvent::new(app, event_type, at.unwrap_or(reward.earned_at), &change, reward_data(&reward))?);
    Ok(events)
}

fn reward_data(reward: &Reward) -> Value {
    let mut data = json!({
        "user_id": reward.user_id,
        "campaign_id": reward.campaign_id(),
        "moment_id": reward.moment_id,
        "occurrence": reward.occurrence,
        "reward_id": reward.reward_id,
        "reward_group_id": reward.reward_group_id,
        "kind": reward.kind,
        "cost": reward.cost,
        "state": reward.state,
    });
    if let Some(credit) = CreditView::of_reward(reward, None) {
        data["credit"] = json!(credit);
    }
    if let Some(reason) = reward.waiting_reason {
        data["waiting_reason"] = json!(reason);
    }
    if let Some(voided) = &reward.replaces {
        data["replaces"] = json!(voided);
    }
    if let Some(change) = reward.changes.last() {
        data["reason"] = json!(change.reason);
        if let Some(order) = &change.order {
            data["order"] = json!(order);
        }
    }
    data
}

/// Returns the completion of a moment that ends without a reward. The progress of held-out users is closed from their
/// first event; they complete the moment when nothing is missing.
fn of_progress(key: &Key, image: ItemImage, before: Option<ItemImage>) -> Result<Vec<DomainEvent>, Error> {
    let Key::Progress(app, user, campaign, moment) = key else { return Ok(Vec::new()) };
    let progress = StoredProgress::from_item(image)?;
    let before = before.map(StoredProgress::from_item).transpose()?;
    let Some(reason) = progress.closed.as_deref().filter(|_| progress.remaining <= 0) else { return Ok(Vec::new()) };
    let told = |before: &StoredProgress| before.closed.is_some() && earned(before) == earned(&progress);
    if before.as_ref().is_some_and(told) {
        return Ok(Vec::new());
    }
    let at = progress.updated_at.unwrap_or(Timestamp::UNIX_EPOCH);
    let change = format!("{:?} {} {reason}", key.pair(), progress.counted);
    let data = json!({
        "user_id": user, "campaign_id": campaign, "moment_id": moment, "state": "closed", "reason": reason,
        "progress": { "count": progress.counted, "target": progress.target },
    });
    Ok(vec![DomainEvent::new(app, "moment.completed", at, &change, data)?])
}

fn earned(progress: &StoredProgress) -> u64 {
    progress.counted.checked_div(progress.target).unwrap_or(0)
}

fn of_change(key: &Key, app: &AppId, campaign: &CampaignId, change: &Change) -> Result<Vec<DomainEvent>, Error> {
    // Drafts have no events.
    if matches!(change.action, ChangeKind::Created | ChangeKind::Edited) {
        return Ok(Vec::new());
    }
    let fields: Vec<&str> = change.changes.iter().map(|change| change.pointer.as_str()).collect();
    let data = json!({
        "campaign_id": campaign, "version": change.version, "key_id": change.key_id, "person_id": change.person_id,
        "reason": change.reason, "changed": fields,
    });
    // A raise that is asked for, approved or refused amends a campaign that stays in its state: `changed` says how.
    let action = if change.action.is_step() { change.action } else { ChangeKind::Amended };
    let event_type = format!("campaign.{}", text(&action));
    Ok(vec![DomainEvent::new(app, event_type, change.at, &format!("{:?}", key.pair()), data)?])
}

/// A state or an action as the API writes it.
fn text(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REWARD: &str = "shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw";

    fn reward(pk: &str, state: &str) -> Value {
        json!({
            "pk": {"S": pk}, "sk": {"S": "REWARD#spring#deposits#1"}, "reward_id": {"S": REWARD}, "moment_id": {"S": "deposits"},
            "occurrence": {"N": "1"}, "reward_group_id": {"S": "gift"}, "kind": {"S": "unique_url"},
            "reward_state": {"S": state}, "currency": {"S": "EUR"}, "cpa": {"N": "500"}, "earned_at": {"N": "1796126400000"},
            "url": {"S": "https://gift.example/1"}, "awarded_at": {"N": "1796126460000"},
            "redeemed_at": {"N": "1796126520000"},
        })
    }

    fn progress(counted: u64, closed: Option<&str>) -> Value {
        let mut image = json!({
            "pk": {"S": "USER#shop#ada"}, "sk": {"S": "PROGRESS#spring#deposits"}, "counted": {"N": counted.to_string()},
            "target": {"N": "5"}, "remaining": {"N": (5 - i64::try_from(counted).unwrap()).to_string()},
        });
        if let Some(reason) = closed {
            image["closed"] = json!({"S": reason});
        }
        image
    }

    fn events(before: Option<Value>, after: Option<Value>) -> Vec<DomainEvent> {
        let mut change = json!({"Keys": {}, "SizeBytes": 1});
        for (name, image) in [("OldImage", before), ("NewImage", after)] {
            if let Some(image) = image {
                change[name] = image;
            }
        }
        let record = json!({"eventID": "1", "eventName": "MODIFY", "awsRegion": "local", "dynamodb": change});
        of_record(&serde_json::from_value(record).unwrap()).unwrap()
    }

    fn types(before: Option<Value>, after: Option<Value>) -> Vec<String> {
        events(before, after).into_iter().map(|event| event.event_type).collect()
    }

    #[test]
    fn a_reward_tells_each_state_once_and_its_moment_with_the_first() {
        let user = |state| Some(reward("USER#shop#ada", state));
        assert_eq!(types(None, user("awarded")), ["moment.completed", "reward.awarded"]);
        assert_eq!(types(None, user("waiting")), ["moment.completed", "reward.waiting"]);
        assert_eq!(types(user("waiting"), user("awarded")), ["reward.awarded"]);
        assert_eq!(types(user("awarded"), user("redeemed")), ["reward.redeemed"]);
        assert!(types(user("awarded"), user("awarded")).is_empty());
        assert!(types(user("waiting"), None).is_empty());
    }

    #[test]
    fn erasure_tells_nothing_and_what_comes_after_it_names_nobody() {
        let erased = |state| {
            let mut image = reward(&format!("ERASED#{REWARD}"), state);
            image["sk"] = json!({"S": "REWARD"});
            Some(image)
        };
        assert!(types(None, erased("awarded")).is_empty());
        let redeemed = events(erased("awarded"), erased("redeemed"));
        assert_eq!((redeemed.len(), &redeemed[0].data["user_id"]), (1, &Value::Null));
    }

    #[test]
    fn ids_are_those_of_the_change_and_sort_by_its_time() {
        let waiting = || events(None, Some(reward("USER#shop#ada", "waiting")));
        let redeemed = events(Some(reward("USER#shop#ada", "awarded")), Some(reward("USER#shop#ada", "redeemed")));
        assert_eq!(waiting(), waiting());
        assert_ne!(waiting()[0].id, waiting()[1].id);
        assert!(waiting()[1].id < redeemed[0].id);
        assert!(!format!("{redeemed:?}").contains("0801a2311e18"));
    }

    #[test]
    fn a_completion_without_a_reward_is_told_when_it_is_complete_and_closed() {
        let held_out = |counted| Some(progress(counted, Some("held_out")));
        assert!(types(held_out(3), held_out(4)).is_empty());
        assert_eq!(types(held_out(4), held_out(5)), ["moment.completed"]);
        assert!(types(held_out(5), held_out(6)).is_empty());
        assert_eq!(types(held_out(9), held_out(10)), ["moment.completed"]);
        assert!(types(Some(progress(4, None)), Some(progress(5, None))).is_empty());
        assert_eq!(types(Some(progress(5, None)), Some(progress(5, Some("cap_reached")))), ["moment.completed"]);
    }
}
