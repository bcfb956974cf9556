//! Codes: unique reward URLs, each under the hash of its URL within its app. A code is never deleted and its claim is
//! never undone, so importing a file again, or into another group, can never put a used URL back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::expression::{NOT_YET_WRITTEN, STILL_AVAILABLE};
use super::schema::{INDEX, IndexKey, Key, stock_pk};
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

/// The hash that a URL is known by.
pub fn hash(url: &RewardUrl) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(url.expose().as_bytes()))
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
