//! Stream records: the key and the image of the item that changed, as the entities read them.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue;

use super::failure::Item;
use super::item;
use super::schema::Key;
use crate::error::Error;

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

fn read(image: &serde_dynamo::Item) -> Item {
    let attributes = image.clone().into_inner().into_iter();
    attributes.map(|(name, value)| (name, AttributeValue::from(value))).collect()
}

/// An item's attributes; the entities' `from_item` and `read` make sense of them.
pub type ItemImage = Item;
