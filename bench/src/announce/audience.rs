//! An audience without a table: makes DynamoDB's answers about a user on request, from items that the functions wrote
//! for a few users. Keeps two bits for each user: announced to, and pushed to.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use store::announcements::PARTS;
use tests::contention::{Model, Reply};
use tests::deployment::{Deployment, Key};

use super::APP;
use crate::Failure;

/// The users' languages and their devices' channels, in all combinations.
pub(super) const LOCALES: [&str; 2] = ["en", "de"];
pub(super) const CHANNELS: [&str; 3] = ["GCM", "APNS", "ADM"];

/// Users, each with one device.
pub(super) struct Audience {
    pub(super) users: u64,
    /// For a user of each kind, all items of the partition, in order, as JSON.
    kinds: Vec<String>,
    /// A notice that the function wrote, and its user.
    notice: OnceLock<(Value, u64)>,
    noted: Bits,
    told: Bits,
    /// Number of distinct addresses that got a push.
    pub(super) told_once: AtomicU64,
    /// Number of repeated pushes.
    pub(super) told_again: AtomicU64,
}

impl Audience {
    /// Writes a user of each kind to the deployment's table, as the pattern for all others.
    pub(super) async fn new(deployment: &Deployment, users: u64) -> Result<Self, Failure> {
        let kinds = LOCALES.iter().flat_map(|locale| CHANNELS.map(|channel| (*locale, channel)));
        let mut written = Vec::new();
        for (number, (locale, channel)) in (0..).zip(kinds) {
            let user = format!("/v1/users/{}", id(number));
            deployment.prepare(Key::App(APP), "PUT", &user, json!({"locale": locale})).await;
            let device = json!({"channel": channel, "address": address(number)});
            deployment.prepare(Key::App(APP), "PUT", &format!("{user}/devices/phone"), device).await;
            written.push(read(&deployment.model, number).await?);
        }
        Ok(Self {
            users,
            kinds: written,
            notice: OnceLock::new(),
            noted: Bits::new(users),
            told: Bits::new(users),
            told_once: AtomicU64::new(0),
            told_again: AtomicU64::new(0),
        })
    }

    /// Returns a page of an audience shard in the index. Every [`PARTS`]th user is in the same shard.
    pub(super) fn page(&self, shard: &str, after: &str, limit: u64) -> Option<Value> {
        let first = match number(after) {
            Some(after) => after + u64::from(PARTS),
            None => shard.rsplit('#').next()?.parse().ok()?,
        };
        let limit = usize::try_from(limit).ok()?;
        let page = (first..self.users).step_by(usize::from(PARTS)).take(limit);
        let entry = |user| {
            let id = id(user);
            json!({"pk": {"S": format!("USER#{APP}#{id}")}, "sk": {"S": "PROFILE"}, "gsi1pk": {"S": shard}, "gsi1sk": {"S": id}})
        };
        let items: Vec<Value> = page.map(entry).collect();
        let mut answer = json!({"Count": items.len(), "ScannedCount": items.len()});
        // DynamoDB stops at the limit without knowing whether more follows.
        if let Some(last) = items.last().filter(|_| items.len() == limit) {
            answer["LastEvaluatedKey"] = last.clone();
        }
        answer["Items"] = Value::from(items);
        Some(answer)
    }

    /// Returns all items of a user's partition.
    pub(super) fn user(&self, pk: &str) -> Option<Value> {
        let user = number(pk)?;
        // Shards go by the user's number, so kinds do not: each page has every kind.
        let kind = user / u64::from(PARTS) % self.kinds.len() as u64;
        let items = self.kinds.get(usize::try_from(kind).ok()?)?.replace(&id(kind), &id(user));
        let mut items: Vec<Value> = serde_json::from_str(&items).ok()?;
        if let Some((notice, of)) = self.notice.get().filter(|_| self.noted.has(user)) {
            items.push(serde_json::from_str(&notice.to_string().replace(&id(*of), &id(user))).ok()?);
            items.sort_by(|one, other| one["sk"]["S"].as_str().cmp(&other["sk"]["S"].as_str()));
        }
        Some(json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items}))
    }

    /// Puts a notice. Returns false if the user has one.
    pub(super) fn note(&self, notice: &Value) -> Option<bool> {
        let user = number(notice["pk"]["S"].as_str()?)?;
        let new = self.noted.set(user);
        self.notice.get_or_init(|| (notice.clone(), user));
        Some(new)
    }

    /// Counts a push to an address.
    pub(super) fn tell(&self, address: &str) -> Option<()> {
        let counter = if self.told.set(number(address)?) { &self.told_once } else { &self.told_again };
        counter.fetch_add(1, Ordering::Relaxed);
        Some(())
    }

    /// Returns the number of users announced to.
    pub(super) fn noted(&self) -> u64 {
        self.noted.count()
    }
}

async fn read(model: &Model, user: u64) -> Result<String, Failure> {
    let query = json!({
        "TableName": local::database::TABLE, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": format!("USER#{APP}#{}", id(user))}},
    });
    match model.send("Query", query).await {
        Reply::Answer(200, answer) if answer["Count"] == 2 => Ok(answer["Items"].to_string()),
        other => Err(format!("a user is not as expected: {other:?}").into()),
    }
}

/// Returns a user's id. Ids have the same length, so they sort like numbers.
fn id(user: u64) -> String {
    format!("user-{user:08}")
}

fn address(user: u64) -> String {
    format!("token-of-{}", id(user))
}

/// Returns the user at the end of a key or an address.
fn number(text: &str) -> Option<u64> {
    text.rsplit_once("user-")?.1.parse().ok()
}

/// A bit for each user.
struct Bits(Vec<AtomicU64>);

impl Bits {
    fn new(users: u64) -> Self {
        Self((0..=users / 64).map(|_| AtomicU64::new(0)).collect())
    }

    fn word(&self, user: u64) -> Option<(&AtomicU64, u64)> {
        Some((self.0.get(usize::try_from(user / 64).ok()?)?, 1 << (user % 64)))
    }

    /// Sets a bit. Returns true if it was not set before.
    fn set(&self, user: u64) -> bool {
        self.word(user).is_some_and(|(word, bit)| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }

    fn has(&self, user: u64) -> bool {
        self.word(user).is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }
}
