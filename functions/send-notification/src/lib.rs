//! Tells a user about a reward: from the reward's stream record, one message to each of the user's devices, every
//! device's result recorded. No result changes the reward. Announcing challenges is another function's business.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::{self, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use shared::id::UserId;
use shared::push::{MAX_ADDRESSES, Notification, Push};
use shared::reward::{self, Reward, RewardState};
use shared::store::notices::{self, Delivery};
use shared::store::schema::Key;
use shared::store::users::{self, Device};
use shared::store::{record, rewards};
use shared::{Environment, Error, Invocation, streams};

/// Attempts for one device that Pinpoint gave a result for, the first included.
const MAX_ATTEMPTS: u32 = 5;

/// Handles one batch of stream records.
pub async fn handle(
    environment: &Environment,
    push: &Push,
    event: dynamodb::Event,
    invocation: Invocation,
) -> Result<DynamoDbEventResponse, Error> {
    let tell = |record| tell(environment, push, record, &invocation);
    Ok(streams::settle(&event.records, &invocation, tell).await)
}

async fn tell(
    environment: &Environment,
    push: &Push,
    record: &EventRecord,
    invocation: &Invocation,
) -> Result<(), Error> {
    let Some((Key::Reward(_, user_id, ..), image)) = record::new_image(record)? else { return Ok(()) };
    let reward = rewards::read(image)?;
    if reward.state != RewardState::Awarded || matches!(push, Push::Off) {
        return Ok(());
    }
    tell_devices(environment, push, &reward, &user_id, invocation).await
}

async fn tell_devices(
    environment: &Environment,
    push: &Push,
    reward: &Reward,
    user_id: &UserId,
    invocation: &Invocation,
) -> Result<(), Error> {
    let (app, campaign) = (reward.reward_id.app(), reward.campaign_id());
    let at = Key::Notice(app.clone(), user_id.clone(), campaign.clone(), reward.moment_id.clone(), reward.occurrence);
    let devices = users::devices(&environment.store, app, user_id).await?;
    if devices.is_empty() {
        return Ok(());
    }
    // A record that comes again finds here who has been told: only the others are tried.
    let mut results = notices::get(&environment.store, &at).await?;
    let settled = |device: &&Device| results.get(device.device_id.as_str()).is_some_and(|result| result.settled);
    let open: Vec<&Device> = devices.iter().filter(|device| !settled(device)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let profile = users::profile(&environment.store, app, user_id).await?.unwrap_or_default();
    let locale = reward.locale.as_deref().or(profile.locale.as_deref());
    let (mut sent, failure) = send(environment, push, reward, locale, &open, invocation).await?;
    for (device, result) in &mut sent {
        result.attempts = results.get(device).map_or(0, |before| before.attempts) + 1;
        // A device that cannot be reached must not hold up everybody else's messages for long.
        result.settled |= result.attempts >= MAX_ATTEMPTS;
    }
    let unsettled = sent.values().filter(|result| !result.settled).count();
    tracing::info!(
        app.id = %app, campaign.id = %campaign, reward.fingerprint = reward.reward_id.fingerprint(),
        push.devices = open.len(), push.unsettled = unsettled, "push attempted"
    );
    results.extend(sent);
    // Before anything else is said: whoever has been told must not be told again.
    notices::put(&environment.store, &at, results, invocation.now).await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if unsettled > 0 {
        return Err(Error::Unavailable(format!("{unsettled} devices could not be reached yet")));
    }
    Ok(())
}

/// One call per language and hundred devices, up to the first that fails as a whole.
async fn send(
    environment: &Environment,
    push: &Push,
    reward: &Reward,
    locale: Option<&str>,
    devices: &[&Device],
    invocation: &Invocation,
) -> Result<(BTreeMap<String, Delivery>, Option<Error>), Error> {
    let (app, campaign_id) = (reward.reward_id.app(), reward.campaign_id());
    let place = (campaign_id, &reward.moment_id);
    let catalog = environment.catalogs.with_moment(&environment.store, app, place, invocation.now).await?;
    let campaign = catalog.campaign(campaign_id)?;
    let moment = catalog.moment(campaign, &reward.moment_id)?;
    let url = reward::redeem_url(environment.public_url(&catalog), &reward.reward_id);
    let collapse_key = reward.reward_id.fingerprint();
    let mut languages: BTreeMap<Option<&str>, Vec<&Device>> = BTreeMap::new();
    for device in devices {
        let locale = device.locale.as_deref().or(locale);
        languages.entry(locale).or_default().push(device);
    }
    let mut results = BTreeMap::new();
    for (locale, devices) in languages {
        let Some(text) = moment.messages.achievement(locale) else { continue };
        let notification = Notification { text, url: &url, collapse_key: &collapse_key };
        for devices in devices.chunks(MAX_ADDRESSES) {
            match push.send(devices, &notification).await {
                Ok(sent) => results.extend(sent.into_iter().map(|(device, sent)| (device.as_str().to_owned(), sent))),
                Err(error) => return Ok((results, Some(error))),
            }
        }
    }
    Ok((results, None))
}
