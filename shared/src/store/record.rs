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
    let image: Item = record
        .change
        .new_image
        .clone()
        .into_inner()
        .into_iter()
        .map(|(name, value)| (name, AttributeValue::from(value)))
        .collect();
    if image.is_empty() {
        return Ok(None);
    }
    Ok(item::key_of(&image).ok().map(|key| (key, image)))
}

/// An item's attributes; the entities' `from_item` and `read` make sense of them.
pub type ItemImage = Item;
