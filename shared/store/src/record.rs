//! Stream records: the key and the images of the changed item.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use serde::{Deserialize, Serialize};

use super::Store;
use super::failure::Item;
use super::item;
use super::schema::Key;

/// The event name of a change to an existing item.
const UPDATED: &str = "MODIFY";

/// The item's key and new image. `None` if it was deleted, or this version of the code does not know its kind.
pub fn new_image(record: &EventRecord) -> Result<Option<(Key, ItemImage)>, Error> {
    let image = read(&record.change.new_image);
    if image.is_empty() {
        return Ok(None);
    }
    Ok(item::key_of(&image).ok().map(|key| (key, image)))
}

/// The item's key, also after its deletion. `None` if this version of the code does not know its kind.
pub fn key(record: &EventRecord) -> Option<Key> {
    item::key_of(&read(&record.change.keys)).ok()
}

/// The old image; `None` for a new item.
pub fn old_image(record: &EventRecord) -> Option<ItemImage> {
    Some(read(&record.change.old_image)).filter(|image| !image.is_empty())
}

/// The item's app. Every partition that a stream's reader handles begins with its kind and its app.
pub fn app(record: &EventRecord) -> Option<String> {
    text(record, "pk")?.split('#').nth(1).map(str::to_owned)
}

/// True if the record comes from [`of_item`], which knows no old image.
pub fn is_without_past(record: &EventRecord) -> bool {
    record.event_name == UPDATED && record.change.old_image.is_empty()
}

/// The key of an item whose record is handled later, from the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemKey {
    pk: String,
    sk: String,
}

/// The key of the record's item.
pub fn item_key(record: &EventRecord) -> Option<ItemKey> {
    Some(ItemKey { pk: text(record, "pk")?, sk: text(record, "sk")? })
}

/// Returns a record of the item as it is now; `None` if it is gone. It has no old image, though it is no `INSERT`.
pub async fn of_item(store: &Store, key: &ItemKey) -> Result<Option<EventRecord>, Error> {
    let names = [("pk", &key.pk), ("sk", &key.sk)];
    let keys: Item = names.map(|(name, value)| (name.to_owned(), item::text(value))).into();
    let Some(found) = store.get_item("read an item", &item::key_of(&keys)?).await? else { return Ok(None) };
    let mut record = EventRecord::default();
    UPDATED.clone_into(&mut record.event_name);
    record.change.keys = keys.into();
    record.change.new_image = found.into();
    Ok(Some(record))
}

fn text(record: &EventRecord, name: &str) -> Option<String> {
    match record.change.keys.get(name)? {
        serde_dynamo::AttributeValue::S(text) => Some(text.clone()),
        _ => None,
    }
}

fn read(image: &serde_dynamo::Item) -> Item {
    let attributes = image.clone().into_inner().into_iter();
    attributes.map(|(name, value)| (name, AttributeValue::from(value))).collect()
}

/// An item's attributes, for the entities' `from_item` and `read`.
pub type ItemImage = Item;
