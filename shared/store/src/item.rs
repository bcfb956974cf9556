//! Builds and reads items: attribute values, keys, and stored shapes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::Item;
use super::schema::{INDEX_PK, INDEX_SK, IndexKey, Key, PK, SK};

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn empty_map() -> AttributeValue {
    AttributeValue::M(Item::new())
}

pub(crate) fn empty_list() -> AttributeValue {
    AttributeValue::L(Vec::new())
}

pub(crate) fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

pub(crate) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(crate) fn byte_set(value: &[u8]) -> AttributeValue {
    AttributeValue::Bs(vec![Blob::new(value)])
}

pub(crate) fn time(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

pub(crate) fn key(key: &Key) -> Item {
    let (pk, sk) = key.pair();
    Item::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}

pub(crate) fn fields(shape: &impl Serialize) -> Result<BTreeMap<String, AttributeValue>, Error> {
    let item: Item = serde_dynamo::to_item(shape).map_err(|error| Error::Internal(format!("cannot store: {error}")))?;
    Ok(item.into_iter().collect())
}

pub(crate) fn value(value: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value).map_err(|error| Error::Internal(format!("cannot store: {error}")))
}

/// The sort key of an item's place in the index; empty if it has none.
pub(crate) fn index_sort_key(item: &Item) -> String {
    item.get(INDEX_SK).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

/// A whole item: its key, its place in the index (if any) and its stored shape.
pub(crate) fn whole(at: &Key, index: Option<&IndexKey>, shape: &impl Serialize) -> Result<Item, Error> {
    let mut item: Item =
        serde_dynamo::to_item(shape).map_err(|error| Error::Internal(format!("cannot store: {error}")))?;
    item.extend(key(at));
    if let Some(index) = index {
        let (pk, sk) = index.pair();
        item.insert(INDEX_PK.to_owned(), text(pk));
        item.insert(INDEX_SK.to_owned(), text(sk));
    }
    Ok(item)
}

/// The primary key of an item, even of an unknown kind.
pub(crate) fn place(item: &Item) -> Item {
    let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
    [PK, SK].into_iter().filter_map(part).collect()
}

pub(crate) fn key_of(item: &Item) -> Result<Key, Error> {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    Key::parse(part(PK), part(SK)).ok_or_else(|| Error::Internal("an item has a key that nothing writes".into()))
}

/// Reads a stored shape. The error names the kind of item and the field, never a value.
pub(crate) fn shape<T: DeserializeOwned>(kind: &'static str, item: Item) -> Result<T, Error> {
    serde_dynamo::from_item(item).map_err(|error| Error::Internal(format!("cannot read a stored {kind}: {error}")))
}

/// Instants are stored in whole milliseconds since 1970.
pub(crate) mod milliseconds {
    pub(crate) use jiff::fmt::serde::timestamp::millisecond::{optional, required};
}
