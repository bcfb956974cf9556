//! Reward groups. Their stock of URLs is in `codes`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::Error;
use domain::id::{AppId, RewardGroupId};
use domain::reward::group::RewardGroup;
use jiff::Timestamp;

use super::conditions::{EXISTS, GROUP_IS};
use super::record::ItemImage;
use super::schema::Key;
use super::{Store, item};

const OPTIONAL: [&str; 7] =
    ["url", "supplier", "expires_after_days", "low_stock_threshold", "category", "shipping", "fallback_group_id"];

/// Creates or edits a group, over nothing or over the version before `group.version` of the same kind and currency. If
/// another one is there, writes nothing and returns it.
pub async fn put(store: &Store, group: &RewardGroup) -> Result<Option<RewardGroup>, Error> {
    let at = Key::RewardGroup(group.app_id.clone(), group.reward_group_id.clone());
    // An update instead of a put: an edit must keep the time of restocking and the count of line calls.
    let stored = item::fields(group)?;
    let mut request = store
        .update(&at)
        .condition_expression(GROUP_IS)
        .expression_attribute_values(":before", item::number(group.version.saturating_sub(1)))
        .expression_attribute_values(":currency", item::text(group.cpa.currency.code()));
    for (name, value) in &stored {
        request = request
            .expression_attribute_names(format!("#{name}"), name)
            .expression_attribute_values(format!(":{name}"), value.clone());
    }
    let absent: Vec<&str> = OPTIONAL.into_iter().filter(|name| !stored.contains_key(*name)).collect();
    for name in &absent {
        request = request.expression_attribute_names(format!("#{name}"), *name);
    }
    let sets: Vec<String> = stored.keys().map(|name| format!("#{name} = :{name}")).collect();
    let gone: Vec<String> = absent.iter().map(|name| format!("#{name}")).collect();
    let remove = if gone.is_empty() { String::new() } else { format!(" REMOVE {}", gone.join(", ")) };
    let request = request.update_expression(format!("SET {}{remove}", sets.join(", ")));
    let found = store.update_or_found("put reward group", request).await?;
    found.map(|found| item::shape("reward group", found)).transpose()
}

/// Records new stock, so that the stream serves the waiting users. Does nothing if the group is gone.
pub async fn restocked(store: &Store, app: &AppId, group: &RewardGroupId, now: Timestamp) -> Result<(), Error> {
    let request = store
        .update(&Key::RewardGroup(app.clone(), group.clone()))
        .update_expression("SET restocked_at = :now ADD line_calls :one")
        .expression_attribute_values(":now", item::time(now));
    call(store, request).await
}

/// Makes the stream serve the group's line once more. Does nothing if the group is gone.
pub async fn serve_line(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<(), Error> {
    call(store, store.update(&Key::RewardGroup(app.clone(), group.clone())).update_expression("ADD line_calls :one"))
        .await
}

/// The increment makes every call a change, and so a stream record, even two in one millisecond.
async fn call(store: &Store, request: UpdateItemFluentBuilder) -> Result<(), Error> {
    let request = request.condition_expression(EXISTS).expression_attribute_values(":one", item::number(1));
    store.update_item("call those who wait", request).await.map(|_| ())
}

/// Returns when the group was last restocked.
pub async fn restocked_at(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<Option<Timestamp>, Error> {
    let found = store.get_item("get reward group", &Key::RewardGroup(app.clone(), group.clone())).await?;
    Ok(found.as_ref().and_then(read_restocked_at))
}

/// When the group was last restocked, from a stream record's image.
pub fn read_restocked_at(image: &ItemImage) -> Option<Timestamp> {
    let milliseconds = image.get("restocked_at")?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// Returns the group with that id.
pub async fn get(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<Option<RewardGroup>, Error> {
    let at = Key::RewardGroup(app.clone(), group.clone());
    store.get_shape("get reward group", "reward group", &at).await
}
