//! Stream records: the key and the image of the item that changed, as the entities read them.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use serde::{Deserialize, Serialize};

use super::Store;
use super::failure::Item;
use super::item;
use super::schema::Key;

/// The event name of a change of an item that was there before.
const UPDATED: &str = "MODIFY";

/// Where the item stands and what it holds now; `None` if it was deleted, or is of a kind that this version of the code
/// does not know.
pub fn new_image(record: &EventRecord) -> Result<Option<(Key, ItemImage)>, Error> {
    let image = read(&record.change.new_image);
    if image.is_empty() {
        return Ok(None);
    }
    Ok(item::key_of(&image).ok().map(|key| (key, image)))
}

/// Where the item stands, or stood before it was deleted; `None` if it is of a kind that this version of the code does not know.
pub fn key(record: &EventRecord) -> Option<Key> {
    item::key_of(&read(&record.change.keys)).ok()
}

/// What the item held before; `None` if it is new.
pub fn old_image(record: &EventRecord) -> Option<ItemImage> {
    Some(read(&record.change.old_image)).filter(|image| !image.is_empty())
}

/// Whose item it is: the partitions of all items that a stream's reader handles begin with their kind and their app.
pub fn app(record: &EventRecord) -> Option<String> {
    text(record, "pk")?.split('#').nth(1).map(str::to_owned)
}

/// Whether the record tells what its item is, and not what it was: it is from [`of_item`].
pub fn is_without_past(record: &EventRecord) -> bool {
    record.event_name == UPDATED && record.change.old_image.is_empty()
}

/// Where an item stands, for a record that is to be handled later: the truth is in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pk: String,
    sk: String,
}

/// Where the record's item stands.
pub fn place(record: &EventRecord) -> Option<Place> {
    Some(Place { pk: text(record, "pk")?, sk: text(record, "sk")? })
}

/// A record of the item there as it is now; `None` if there is none. What the item held before is not known, so the record
/// has no old image although it is no `INSERT`.
pub async fn of_item(store: &Store, place: &Place) -> Result<Option<EventRecord>, Error> {
    let names = [("pk", &place.pk), ("sk", &place.sk)];
    let keys: Item = names.map(|(name, value)| (name.to_owned(), item::text(value))).into();
    let Some(found) = store.get_item("read an item", &item::key_of(&keys)?, true).await? else { return Ok(None) };
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

/// An item's attributes; the entities' `from_item` and `read` make sense of them.
pub type ItemImage = Item;
