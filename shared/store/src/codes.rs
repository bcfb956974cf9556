//! Codes: unique reward URLs, each under the hash of its URL's normal form within its app. A code is never deleted
//! (except at the place where an earlier version stored it). Its retirement is never undone, and its claim only while
//! nobody has seen the URL. So no repeated import, even into another group, returns a used URL to stock.

use aws_sdk_dynamodb::types::TransactWriteItem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{AppId, RewardGroupId, RewardId};
use domain::secret::RewardUrl;
use domain::{Error, url_identity};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::conditions::{
    CLAIMED_BY, CLAIMED_BY_OR_FREE, NOT_GONE, NOT_YET_WRITTEN, STILL_AVAILABLE, STILL_AVAILABLE_IN_GROUP,
};
use super::schema::{IndexKey, Key, STOCK_SHARDS, retired_pk, stock_pk};
use super::{Store, item, requests};

/// A URL that the index shows as available. Only a hint: the claim's condition decides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// The code's key.
    #[serde(rename = "gsi1sk")]
    pub hash: String,
    /// The reward URL.
    pub url: RewardUrl,
}

#[derive(Serialize)]
struct StoredCode<'a> {
    url: &'a RewardUrl,
    reward_group_id: &'a RewardGroupId,
    #[serde(with = "item::milliseconds::required")]
    imported_at: Timestamp,
}

/// The stored facts about a URL.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Code {
    /// The group whose stock it is, or was, in.
    pub reward_group_id: RewardGroupId,
    /// When it was loaded.
    #[serde(with = "item::milliseconds::required")]
    pub imported_at: Timestamp,
    /// The reward that claimed it, if any.
    #[serde(default)]
    pub claimed_by: Option<RewardId>,
    /// When it was claimed.
    #[serde(default, with = "item::milliseconds::optional")]
    pub claimed_at: Option<Timestamp>,
    /// When it was retired.
    #[serde(default, with = "item::milliseconds::optional")]
    pub retired_at: Option<Timestamp>,
}

/// The outcome of retiring a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// It is retired now.
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

/// The hash of a URL's normal form, so that two spellings are one code.
pub fn hash(url: &RewardUrl) -> String {
    digest(&url_identity::normal_form(url))
}

/// The hash under which earlier versions stored this spelling, if it differs.
fn hash_before(url: &RewardUrl, hash: &str) -> Option<String> {
    let before = digest(&url_identity::form_before(url));
    (before != hash).then_some(before)
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// Puts a URL in stock. Returns `false`, and changes nothing, if the app already had it in any group or state. Reading
/// an earlier version's place before writing is no race: nothing is stored there any more.
pub async fn import(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    url: &RewardUrl,
    now: Timestamp,
) -> Result<bool, Error> {
    let hash = hash(url);
    if let Some(before) = hash_before(url, &hash)
        && get(store, app, &before).await?.is_some()
    {
        return Ok(false);
    }
    let index = IndexKey::Stock(app.clone(), group.clone(), hash.clone());
    let code = StoredCode { url, reward_group_id: group, imported_at: now };
    let item = item::whole(&Key::Code(app.clone(), hash), Some(&index), &code)?;
    store.put_item("import code", store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN)).await
}

/// The first entry of a shard to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFrom {
    /// A random one, so that environments seldom meet at one URL. An empty result proves nothing.
    Random,
    /// The first. An empty result means that the shard is empty, as far as the index knows.
    Beginning,
    /// The one behind this code. An empty result means that no more follow.
    Behind(String),
}

/// Returns up to `limit` available URLs of one shard.
pub async fn candidates(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    shard: u8,
    from: ReadFrom,
    limit: i32,
) -> Result<Vec<Candidate>, Error> {
    let first = match from {
        ReadFrom::Beginning => String::from("-"),
        // A control character follows on no hash: this is the first possible place behind it.
        ReadFrom::Behind(hash) => format!("{hash}\u{1}"),
        ReadFrom::Random => {
            let mut bytes = [0; 32];
            store.random().fill_bytes(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        }
    };
    // `-` is the least character of base64url.
    let request = store.query_index(stock_pk(app, group, shard), ">=", first).limit(limit);
    let (items, _) = store.query_page("find codes", request).await?;
    items.into_iter().map(|code| item::shape("code", code)).collect()
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
    let retired = retire_at(store, app, group, &hash, now).await?;
    match hash_before(url, &hash) {
        Some(before) if retired == Retired::Unknown => retire_at(store, app, group, &before, now).await,
        _ => Ok(retired),
    }
}

async fn retire_at(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    hash: &str,
    now: Timestamp,
) -> Result<Retired, Error> {
    let (pk, _) = IndexKey::Retired(app.clone(), group.clone(), hash.to_owned()).pair();
    let request = store
        .update(&Key::Code(app.clone(), hash.to_owned()))
        .update_expression("SET retired_at = :now, gsi1pk = :retired")
        .condition_expression(STILL_AVAILABLE_IN_GROUP)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":retired", item::text(pk))
        .expression_attribute_values(":group", item::text(group.as_str()));
    if store.update_item("retire code", request).await? {
        return Ok(Retired::Done);
    }
    Ok(match get(store, app, hash).await? {
        None => Retired::Unknown,
        Some(code) if code.reward_group_id != *group => Retired::ElsewhereIn(code.reward_group_id),
        Some(code) if code.retired_at.is_some() => Retired::Already,
        Some(_) => Retired::Claimed,
    })
}

/// Drops a URL that an earlier version stored by its spelling, after its claim was refused because another spelling is
/// claimed or retired. Changes nothing else.
pub async fn drop_twin(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    candidate: &Candidate,
    now: Timestamp,
) -> Result<(), Error> {
    let hash = hash(&candidate.url);
    if hash == candidate.hash {
        return Ok(());
    }
    let is_gone = |code: Code| code.claimed_by.is_some() || code.retired_at.is_some();
    if get(store, app, &hash).await?.is_some_and(is_gone) {
        retire_at(store, app, group, &candidate.hash, now).await?;
    }
    Ok(())
}

/// Returns the facts about a URL, and the hash that it is stored under. `None` if the app never had it.
pub async fn find(store: &Store, app: &AppId, url: &RewardUrl) -> Result<Option<(String, Code)>, Error> {
    let hash = hash(url);
    if let Some(code) = get(store, app, &hash).await? {
        return Ok(Some((hash, code)));
    }
    let Some(before) = hash_before(url, &hash) else { return Ok(None) };
    Ok(get(store, app, &before).await?.map(|code| (before, code)))
}

/// Returns the facts about the URL with that hash. `None` if the app never had it.
pub async fn get(store: &Store, app: &AppId, hash: &str) -> Result<Option<Code>, Error> {
    store.get_shape("get code", "code", &Key::Code(app.clone(), hash.to_owned())).await
}

/// True if a group has stock, as far as the index knows.
pub async fn any(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<bool, Error> {
    let has = async |shard| Ok(!candidates(store, app, group, shard, ReadFrom::Beginning, 1).await?.is_empty());
    // One URL suffices, so most groups answer with the first shards: read a few at a time.
    stream::iter(0..STOCK_SHARDS).map(has).buffered(4).try_any(async |has: bool| has).await
}

/// Counts a group's URLs in stock and its retired ones, as far as the index knows. Costs half a unit for every 4 KB of
/// index entries: some 25,000 units for a million URLs.
pub async fn count(store: &Store, app: &AppId, group: &RewardGroupId) -> Result<(u64, u64), Error> {
    let shards = (0..STOCK_SHARDS).flat_map(|shard| [stock_pk(app, group, shard), retired_pk(app, group, shard)]);
    let counted = shards.map(|pk| async move { store.count("count codes", pk).await });
    let counted: Vec<u64> = stream::iter(counted).buffered(usize::from(STOCK_SHARDS)).try_collect().await?;
    let every_second = |first: usize| counted.iter().skip(first).step_by(2).sum();
    Ok((every_second(0), every_second(1)))
}

/// Counts a group's URLs in stock, up to `most`. Costs half a unit for every 4 KB of counted index entries (some 30)
/// and for each shard.
pub async fn count_up_to(store: &Store, app: &AppId, group: &RewardGroupId, most: u64) -> Result<u64, Error> {
    if most == 0 {
        return Ok(0);
    }
    let of_shards = async |at_most: u64| -> Result<Vec<u64>, Error> {
        let of_shard = |shard| store.count_up_to("count codes", stock_pk(app, group, shard), at_most);
        stream::iter(0..STOCK_SHARDS).map(of_shard).buffered(usize::from(STOCK_SHARDS)).try_collect().await
    };
    let sum = |counted: &[u64]| counted.iter().fold(0_u64, |sum, counted| sum.saturating_add(*counted));
    // URLs are spread evenly, so a little more than the share of each shard shows enough, if there is enough.
    let share = most / u64::from(STOCK_SHARDS);
    let share = share.saturating_add(share / 8).saturating_add(100).min(most);
    let mut counted = of_shards(share).await?;
    if sum(&counted) < most && counted.contains(&share) {
        counted = of_shards(most).await?;
    }
    Ok(sum(&counted).min(most))
}

/// The parts of a claim that take an unclaimed URL out of the stock index. A URL that an earlier version stored by its
/// spelling is retired there and claimed in its normal form, so at most one of two spellings goes out.
pub(crate) fn claim(
    store: &Store,
    app: &AppId,
    group: &RewardGroupId,
    candidate: &Candidate,
    reward_id: &RewardId,
    now: Timestamp,
) -> Result<Vec<TransactWriteItem>, Error> {
    let hash = hash(&candidate.url);
    let at = store.update_in_transaction(&Key::Code(app.clone(), candidate.hash.clone()));
    let at = at.condition_expression(STILL_AVAILABLE).expression_attribute_values(":now", item::time(now));
    if hash == candidate.hash {
        let update = at
            .update_expression("SET claimed_by = :reward, claimed_at = :now REMOVE gsi1pk, gsi1sk")
            .expression_attribute_values(":reward", item::text(reward_id.as_str()));
        return Ok(vec![requests::update(update)?]);
    }
    let (retired, _) = IndexKey::Retired(app.clone(), group.clone(), candidate.hash.clone()).pair();
    let left = at
        .update_expression("SET retired_at = :now, gsi1pk = :retired")
        .expression_attribute_values(":retired", item::text(retired));
    let taken = store
        .update_in_transaction(&Key::Code(app.clone(), hash))
        .update_expression(
            "SET claimed_by = :reward, claimed_at = :now, #url = :url, reward_group_id = :group, \
             imported_at = if_not_exists(imported_at, :now) REMOVE gsi1pk, gsi1sk",
        )
        .condition_expression(NOT_GONE)
        .expression_attribute_names("#url", "url")
        .expression_attribute_values(":reward", item::text(reward_id.as_str()))
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":url", item::text(candidate.url.expose()))
        .expression_attribute_values(":group", item::text(group.as_str()));
    Ok(vec![requests::update(left)?, requests::update(taken)?])
}

/// The parts of voiding a reward that return its unseen URL to stock. A URL that an earlier version stored by its
/// spelling returns in its normal form.
pub(crate) fn restock(
    store: &Store,
    group: &RewardGroupId,
    url: &RewardUrl,
    reward_id: &RewardId,
    now: Timestamp,
) -> Result<Vec<TransactWriteItem>, Error> {
    let (app, hash) = (reward_id.app(), hash(url));
    let before = hash_before(url, &hash);
    let (pk, sk) = IndexKey::Stock(app.clone(), group.clone(), hash.clone()).pair();
    let update = store
        .update_in_transaction(&Key::Code(app.clone(), hash))
        .expression_attribute_values(":reward", item::text(reward_id.as_str()))
        .expression_attribute_values(":pk", item::text(pk))
        .expression_attribute_values(":sk", item::text(sk));
    let Some(before) = before else {
        let update = update
            .update_expression("SET gsi1pk = :pk, gsi1sk = :sk REMOVE claimed_by, claimed_at")
            .condition_expression(CLAIMED_BY);
        return Ok(vec![requests::update(update)?]);
    };
    // Another spelling may have been loaded after an earlier version claimed this one: then that stays in its place.
    let update = update
        .update_expression(
            "SET gsi1pk = if_not_exists(gsi1pk, :pk), gsi1sk = if_not_exists(gsi1sk, :sk), #url = if_not_exists(#url, :url), \
             reward_group_id = if_not_exists(reward_group_id, :group), \
             imported_at = if_not_exists(imported_at, :now) REMOVE claimed_by, claimed_at",
        )
        .condition_expression(CLAIMED_BY_OR_FREE)
        .expression_attribute_names("#url", "url")
        .expression_attribute_values(":url", item::text(url.expose()))
        .expression_attribute_values(":group", item::text(group.as_str()))
        .expression_attribute_values(":now", item::time(now));
    let delete = store
        .delete_in_transaction(&Key::Code(app.clone(), before))
        .condition_expression(CLAIMED_BY_OR_FREE)
        .expression_attribute_values(":reward", item::text(reward_id.as_str()));
    Ok(vec![requests::update(update)?, requests::delete(delete)?])
}
