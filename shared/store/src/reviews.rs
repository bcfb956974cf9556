//! The list of rewards in review: those that an admin must release. A decision, in `reward_changes`, removes the
//! reward from it.

use domain::Error;
use domain::id::{AppId, CampaignId, REWARD_SHARDS, RewardId};
use domain::reward::{Reward, RewardState};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};

use super::schema::{IndexKey, Key, review_pk};
use super::{Store, item, rewards};

/// Characters of an id in a cursor: its place, and enough of the rest to be unique. They do not open the link.
const CURSOR_CHARACTERS: usize = 20;

/// Returns the key of a reward in review, as far as the index knows.
pub async fn find(store: &Store, reward: &RewardId) -> Result<Option<Key>, Error> {
    store.find_in_index("find reward in review", &IndexKey::Review(reward.clone())).await
}

/// Returns one page of a campaign's rewards in review, the oldest first, and the cursor of the next. As far as the
/// index knows, without those decided since.
pub async fn list(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    limit: u32,
    after: Option<&str>,
) -> Result<(Vec<Reward>, Option<String>), Error> {
    let after = after.map(Cursor::read).transpose()?;
    let size = usize::try_from(limit).unwrap_or(100);
    let after = after.as_ref();
    let shards = (0..REWARD_SHARDS).map(|shard| async move {
        let from = after.map_or_else(String::new, |after| after.from(app, campaign, shard));
        // The least text that a sort key can be compared with.
        let request = store
            .query_index(review_pk(app, campaign, shard), ">", if from.is_empty() { "-".to_owned() } else { from })
            .limit(i32::try_from(limit).unwrap_or(100).saturating_add(1));
        let (items, _) = store.query_page("list reviews", request).await?;
        let place = |found| {
            Ok((RewardId::try_from(item::index_sort_key(&found)).map_err(|_| broken())?, item::key_of(&found)?))
        };
        items.into_iter().map(place).collect::<Result<Vec<(RewardId, Key)>, Error>>()
    });
    let found: Vec<Vec<(RewardId, Key)>> =
        stream::iter(shards).buffered(usize::from(REWARD_SHARDS)).try_collect().await?;
    let mut found: Vec<(RewardId, Key)> = found.into_iter().flatten().collect();
    found.sort_by_key(|(reward, _)| (reward.created_at(), reward.as_str().to_owned()));
    let more = found.len() > size;
    found.truncate(size);
    let cursor = found.last().filter(|_| more).map(|(last, _)| Cursor::of(last));
    let keys: Vec<Key> = found.into_iter().map(|(_, at)| at).collect();
    let items = if keys.is_empty() { Vec::new() } else { store.get_items("get reviews", &keys).await? };
    let mut rewards = items.into_iter().map(rewards::read).collect::<Result<Vec<_>, _>>()?;
    rewards.retain(|reward| reward.state == RewardState::InReview);
    rewards.sort_by_key(|reward| (reward.reward_id.created_at(), reward.reward_id.as_str().to_owned()));
    Ok((rewards, cursor))
}

fn broken() -> Error {
    Error::Internal("an item among the rewards in review is no reward".into())
}

/// The last reward shown.
struct Cursor {
    shard: u8,
    at: Timestamp,
    text: String,
}

impl Cursor {
    fn of(last: &RewardId) -> String {
        let tail = last.as_str().rsplit('.').next().unwrap_or_default();
        tail.chars().take(CURSOR_CHARACTERS).collect()
    }

    fn read(text: &str) -> Result<Self, Error> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() != CURSOR_CHARACTERS || !text.bytes().all(good) {
            return Err(Error::invalid_cursor());
        }
        let shard = u8::from_str_radix(&text[..2], 16).map_err(|_| Error::invalid_cursor())?;
        let at = i64::from_str_radix(&text[2..14], 16).map_err(|_| Error::invalid_cursor())?;
        let at = Timestamp::from_millisecond(at).map_err(|_| Error::invalid_cursor())?;
        Ok(Self { shard, at, text: text.to_owned() })
    }

    /// The place behind which a shard goes on. Within a millisecond, the shards follow each other.
    fn from(&self, app: &AppId, campaign: &CampaignId, shard: u8) -> String {
        match shard.cmp(&self.shard) {
            std::cmp::Ordering::Less => RewardId::first_at(
                app,
                campaign,
                shard,
                self.at.saturating_add(SignedDuration::from_millis(1)).unwrap_or(self.at),
            ),
            // `~` sorts behind every character of an id.
            std::cmp::Ordering::Equal => format!("{app}.{campaign}.{}~", self.text),
            std::cmp::Ordering::Greater => RewardId::first_at(app, campaign, shard, self.at),
        }
    }
}
