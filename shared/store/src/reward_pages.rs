//! Every reward of a campaign, page by page, for exports: first the awarded, then those in review, then the waiting
//! ones. The index finds them; the table gives their current state.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::id::{AppId, CampaignId, REWARD_SHARDS, RewardGroupId, RewardId};
use domain::reward::Reward;

use super::schema::{INDEX_SK, Key, review_pk, rewards_pk, waiting_pk};
use super::{Store, item, rewards};

/// The end of a page: its partition among all of the campaign's, and the last entry there.
struct PageEnd {
    partition: usize,
    after: String,
}

/// Returns one page of a campaign's rewards, at most `limit`, and the cursor of the next. `groups` are those that can
/// have a line. A reward that changes from waiting to awarded between pages may be missing; none appears twice.
pub async fn page(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    groups: &[&RewardGroupId],
    limit: u32,
    cursor: Option<&str>,
) -> Result<(Vec<Reward>, Option<String>), Error> {
    let awarded = (0..REWARD_SHARDS).map(|shard| rewards_pk(app, campaign, shard));
    let lines = groups.iter().flat_map(|group| (0..REWARD_SHARDS).map(|shard| waiting_pk(app, campaign, group, shard)));
    let in_review = (0..REWARD_SHARDS).map(|shard| review_pk(app, campaign, shard));
    let partitions: Vec<String> = awarded.chain(in_review).chain(lines).collect();
    let mut place = cursor.map_or(Ok(PageEnd { partition: 0, after: String::new() }), read_cursor)?;
    let limit = usize::try_from(limit).unwrap_or(100);
    let mut found: Vec<(RewardId, Key, &str)> = Vec::new();
    while let Some(partition) = partitions.get(place.partition) {
        let wanted = limit - found.len();
        // A key is never empty, and every id sorts behind a blank.
        let request = store
            .query_index(partition, ">", if place.after.is_empty() { " " } else { &place.after })
            .limit(i32::try_from(wanted).unwrap_or(100));
        let (items, next) = store.query_page("export rewards", request).await?;
        for entry in items {
            let id = entry.get(INDEX_SK).and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
            let id = RewardId::try_from(id).map_err(|_| Error::Internal("an index entry of no reward".into()))?;
            place.after = id.as_str().to_owned();
            found.push((id, item::key_of(&entry)?, partition));
        }
        if next.is_none() {
            place = PageEnd { partition: place.partition + 1, after: String::new() };
        }
        if found.len() >= limit {
            break;
        }
    }
    let cursor = (place.partition < partitions.len())
        .then(|| URL_SAFE_NO_PAD.encode(format!("{} {}", place.partition, place.after)));
    Ok((look_up(store, found).await?, cursor))
}

/// The rewards at these places of the index, in order. Looks for a reward that an erasure or a replacement has moved.
/// Leaves out one whose place is outdated, such as an awarded one still in a line: it belongs to another partition.
async fn look_up(store: &Store, found: Vec<(RewardId, Key, &str)>) -> Result<Vec<Reward>, Error> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // Two entries may name one key, and DynamoDB refuses duplicates.
    let mut keys: Vec<Key> = Vec::with_capacity(found.len());
    for (_, key, _) in &found {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let mut read: HashMap<RewardId, Reward> = HashMap::new();
    for stored in store.get_items("export rewards", &keys).await? {
        let reward = rewards::read(stored)?;
        read.insert(reward.reward_id.clone(), reward);
    }
    let mut all = Vec::with_capacity(found.len());
    for (id, key, partition) in found {
        let reward = match read.get(&id) {
            Some(reward) => Some(reward.clone()),
            None => rewards::get_found(store, &id, &key).await?,
        };
        all.extend(reward.filter(|reward| rewards::place_of(reward).pair().0 == partition));
    }
    Ok(all)
}

fn read_cursor(cursor: &str) -> Result<PageEnd, Error> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let read = |text: String| {
        let (partition, after) = text.split_once(' ')?;
        let is_place = after.is_empty() || RewardId::try_from(after).is_ok();
        is_place.then_some(PageEnd { partition: partition.parse().ok()?, after: after.to_owned() })
    };
    text.and_then(read).ok_or_else(Error::invalid_cursor)
}
