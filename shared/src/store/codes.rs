//! Codes: unique reward URLs, each under the hash of its URL within its app. A code is never deleted and its retirement never
//! undone, and its claim only while nobody has been shown the URL, so importing a file again, or into another group, can never
//! put a used URL back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::expression::{CLAIMED_BY, NOT_YET_WRITTEN, STILL_AVAILABLE, STILL_AVAILABLE_IN_GROUP};
use super::schema::{INDEX, IndexKey, Key, STOCK_SHARDS, retired_pk, stock_pk};
use super::{Store, failure, item, requests};
use crate::error::Error;
use crate::id::{AppId, RewardGroupId, RewardId};
use crate::secret::RewardUrl;

/// A URL that the index showed as available. Only a hint: the claim's condition decides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// The code's key.
    #[serde(rename = "gsi1sk")]
    pub hash: String,
    /// What the user would get.
    pub url: RewardUrl,
}

#[derive(Serialize)]
struct StoredCode<'a> {
    url: &'a RewardUrl,
    reward_group_id: &'a RewardGroupId,
    #[serde(with = "item::milliseconds::required")]
    imported_at: Timestamp,
}

/// What is known of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Code {
    /// The group that it is, or was, in stock of.
    pub reward_group_id: RewardGroupId,
    /// When it was loaded.
    #[serde(with = "item::milliseconds::required")]
    pub imported_at: Timestamp,
    /// The reward that has it, if it was claimed.
    #[serde(default)]
    pub claimed_by: Option<RewardId>,
    /// When it was claimed.
    #[serde(default, with = "item::milliseconds::optional")]
    pub claimed_at: Option<Timestamp>,
    /// When it was taken out of stock.
    #[serde(default, with = "item::milliseconds::optional")]
    pub retired_at: Option<Timestamp>,
}

/// What became of a URL that was to be retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// Nobody will get it.
    Done,
    /// It was retired before.
    Already,
    /// A user has it.
    Claimed,
    /// It belongs to another group.
    ElsewhereIn(RewardGroupId),
    /// The app never had it.
    Unknown,
}

/// The hash that a URL is known by. How its host is written makes no other URL of it (RFC 3986, section 6.2): neither capitals
/// nor the port that `https` has anyway.
pub fn hash(url: &RewardUrl) -> String {
    let text = url.expose();
    let Some(rest) = text.strip_prefix("https://") else {
        return URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    // `https://host` and `https://host/` are one as well.
    let slash = if path.starts_with('/') { "" } else { "/" };
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("https://{host}{slash}{path}").as_bytes()))
}

/// Puts a URL in stock. `false` if the app already had it, in whatever group and state: then nothing changes.
pub async fn import(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    url: &RewardUrl,
    now: Timestamp,
) -> Result<bool, Error> {
    let hash = hash(url);
    let index = IndexKey::Stock(app.clone(), group.clone(), hash.clone());
    let code = StoredCode { url, reward_group_id: group, imported_at: now };
    let item = item::whole(&Key::Code(app.clone(), hash), Some(&index), &code)?;
    store.put_item("import code", store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN)).await
}

/// Where in a shard to look for available URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// From a random place on, so that environments seldom meet at one URL. Finding nothing proves nothing.
    Random,
    /// From the beginning. Finding nothing means that the shard is empty, as far as the index knows.
    Beginning,
    /// Behind a code that was shown before. Finding nothing means that there is nothing more.
    Behind(String),
}

/// Up to `limit` available URLs of one shard.
pub async fn candidates(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    (shard, place): (u8, Place),
    limit: i32,
) -> Result<Vec<Candidate>, Error> {
    let from = match place {
        Place::Beginning => String::from("-"),
        // A control character follows on no hash: this is the first possible place behind it.
        Place::Behind(hash) => format!("{hash}\u{1}"),
        Place::Random => {
            let mut bytes = [0; 32];
            store.random().fill_bytes(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        }
    };
    let request = store
        .query()
        .index_name(INDEX)
        // `-` is the least character of base64url.
        .key_condition_expression("gsi1pk = :shard AND gsi1sk >= :from")
        .expression_attribute_values(":shard", item::text(stock_pk(app, group, shard)))
        .expression_attribute_values(":from", item::text(from))
        .limit(limit);
    let page = request.send().await.map_err(|error| failure::sort("find codes", &error))?;
    store.meter().reading(page.consumed_capacity());
    page.items.unwrap_or_default().into_iter().map(|code| item::shape("code", code)).collect()
}

/// Takes a URL out of a group's stock for good, unless a user has it.
pub async fn retire(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    url: &RewardUrl,
    now: Timestamp,
) -> Result<Retired, Error> {
    let hash = hash(url);
    let (pk, _) = IndexKey::Retired(app.clone(), group.clone(), hash.clone()).pair();
    let request = store
        .update(&Key::Code(app.clone(), hash.clone()))
        .update_expression("SET retired_at = :now, gsi1pk = :retired")
        .condition_expression(STILL_AVAILABLE_IN_GROUP)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":retired", item::text(pk))
        .expression_attribute_values(":group", item::text(group.as_str()));
    if store.update_item("retire code", request).await? {
        return Ok(Retired::Done);
    }
    Ok(match get(store, app, &hash).await? {
        None => Retired::Unknown,
        Some(code) if code.reward_group_id != *group => Retired::ElsewhereIn(code.reward_group_id),
        Some(code) if code.retired_at.is_some() => Retired::Already,
        Some(_) => Retired::Claimed,
    })
}

/// What is known of the URL with that hash; `None` if the app never had it.
pub async fn get(store: &Store, app: &AppId, hash: &str) -> Result<Option<Code>, Error> {
    let found = store.get_item("get code", &Key::Code(app.clone(), hash.to_owned()), true).await?;
    found.map(|found| item::shape("code", found)).transpose()
}

/// Whether a group has anything in stock, as far as the index knows.
pub async fn any(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<bool, Error> {
    let has = async |shard| Ok(!candidates(store, app, group, (shard, Place::Beginning), 1).await?.is_empty());
    // A single URL is enough, so most groups answer with the first shards: a few at a time.
    stream::iter(0..STOCK_SHARDS).map(has).buffered(4).try_any(async |has: bool| has).await
}

/// How many URLs of a group are in stock, and how many were retired, as far as the index knows. Half a unit for every 4 KB of
/// index entries: some 25,000 units for a million URLs.
pub async fn count(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<(u64, u64), Error> {
    let shards = (0..STOCK_SHARDS).flat_map(|shard| [stock_pk(app, group, shard), retired_pk(app, group, shard)]);
    let counted = shards.map(|pk| async move { store.count("count codes", pk).await });
    let counted: Vec<u64> = stream::iter(counted).buffered(usize::from(STOCK_SHARDS)).try_collect().await?;
    let every_second = |first: usize| counted.iter().skip(first).step_by(2).sum();
    Ok((every_second(0), every_second(1)))
}

/// How many URLs of a group are in stock, but no more than `most`: then there is no need to know. Half a unit for every 4 KB of
/// the index entries that are counted, some 30 of them, and for each shard.
pub async fn count_up_to(store: &Store, app: &AppId, group: &RewardGroupId, most: u64) -> Result<u64, Error> {
    let mut counted = 0;
    for shard in 0..STOCK_SHARDS {
        let missing = most.saturating_sub(counted);
        if missing == 0 {
            break;
        }
        counted += store.count_up_to("count codes", stock_pk(app, group, shard), missing).await?;
    }
    Ok(counted)
}

/// The part of a claim that takes the URL: nobody else has it, and it leaves the stock index.
pub(crate) fn claim(
    store: &Store,
    app: &AppId,
    hash: &str,
    reward_id: &RewardId,
    now: Timestamp,
) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(&Key::Code(app.clone(), hash.to_owned()))
        .update_expression("SET claimed_by = :reward, claimed_at = :now REMOVE gsi1pk, gsi1sk")
        .condition_expression(STILL_AVAILABLE)
        .expression_attribute_values(":reward", item::text(reward_id.as_str()))
        .expression_attribute_values(":now", item::time(now));
    requests::update(update)
}

/// The part of taking a reward back that puts its URL, which nobody has been shown, in stock again.
pub(crate) fn restock(
    store: &Store,
    (app, group): (&AppId, &RewardGroupId),
    url: &RewardUrl,
    reward_id: &RewardId,
) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
    let hash = hash(url);
    let (pk, sk) = IndexKey::Stock(app.clone(), group.clone(), hash.clone()).pair();
    let update = store
        .update_in_transaction(&Key::Code(app.clone(), hash))
        .update_expression("SET gsi1pk = :pk, gsi1sk = :sk REMOVE claimed_by, claimed_at")
        .condition_expression(CLAIMED_BY)
        .expression_attribute_values(":reward", item::text(reward_id.as_str()))
        .expression_attribute_values(":pk", item::text(pk))
        .expression_attribute_values(":sk", item::text(sk));
    requests::update(update)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_the_same_however_its_host_is_written() {
        let hash = |url: &str| hash(&RewardUrl::new(url));
        for same in ["https://GIFT.example/a", "https://gift.example:443/a", "https://Gift.Example:443/a"] {
            assert_eq!(hash(same), hash("https://gift.example/a"), "{same}");
        }
        assert_eq!(hash("https://gift.example"), hash("https://gift.example/"));
        assert_eq!(hash("https://gift.example?a"), hash("https://gift.example/?a"));
        for other in [
            "https://gift.example/A",
            "https://gift.example:8443/a",
            "https://gift.example/a?",
            "https://gift.example/a/",
        ] {
            assert_ne!(hash(other), hash("https://gift.example/a"), "{other}");
        }
    }
}
