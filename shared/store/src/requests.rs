//! Requests with the table's name and `ReturnConsumedCapacity`. Entities add keys, expressions and values.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
    Select, TransactWriteItem, Update,
    builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder},
};
use domain::Error;
use rand::Rng as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::conditions::{IS_THAT_VERSION, NOT_YET_WRITTEN, VERSION_IS};
use super::failure::{self, Item, Reason};
use super::schema::{INDEX, IndexKey, Key};
use super::{Store, item};

const CAPACITY: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;

/// Rounds of asking for what DynamoDB left unprocessed, the first included.
const UNPROCESSED_ROUNDS: u32 = 8;

/// Which writes a read sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Every answered write. Costs twice as much.
    Strong,
    /// All but those of the last moment.
    Eventual,
}

impl Store {
    pub(crate) fn put(&self) -> PutItemFluentBuilder {
        self.client.put_item().table_name(&self.table).return_consumed_capacity(CAPACITY)
    }

    pub(crate) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.table).return_consumed_capacity(CAPACITY);
        request.set_key(Some(item::key(key)))
    }

    pub(crate) fn delete(&self, key: &Key) -> DeleteItemFluentBuilder {
        self.delete_at(item::key(key))
    }

    pub(crate) fn delete_at(&self, place: Item) -> DeleteItemFluentBuilder {
        let request = self.client.delete_item().table_name(&self.table).return_consumed_capacity(CAPACITY);
        request.set_key(Some(place))
    }

    pub(crate) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.table).return_consumed_capacity(CAPACITY)
    }

    /// Queries a partition for the items from sort key `first` to `last`, both included.
    pub(crate) fn range(
        &self,
        pk: impl Into<String>,
        first: impl Into<String>,
        last: impl Into<String>,
    ) -> QueryFluentBuilder {
        self.query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":first", item::text(first))
            .expression_attribute_values(":last", item::text(last))
    }

    /// Queries a partition of the index for the places whose sort key compares with `sk` by `=`, `<`, `>=` and so on.
    pub(crate) fn query_index(
        &self,
        pk: impl Into<String>,
        comparison: &str,
        sk: impl Into<String>,
    ) -> QueryFluentBuilder {
        self.query()
            .index_name(INDEX)
            .key_condition_expression(format!("gsi1pk = :pk AND gsi1sk {comparison} :sk"))
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":sk", item::text(sk))
    }

    fn get(&self) -> GetItemFluentBuilder {
        self.client.get_item().table_name(&self.table).return_consumed_capacity(CAPACITY)
    }

    fn transact(&self) -> TransactWriteItemsFluentBuilder {
        // The SDK adds a ClientRequestToken, so its own retries of one call are one transaction.
        self.client.transact_write_items().return_consumed_capacity(CAPACITY)
    }

    pub(crate) fn put_in_transaction(&self, item: Item) -> PutBuilder {
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(crate) fn update_in_transaction(&self, key: &Key) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(item::key(key)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(crate) fn delete_in_transaction(&self, key: &Key) -> DeleteBuilder {
        Delete::builder().table_name(&self.table).set_key(Some(item::key(key)))
    }

    pub(crate) fn check_in_transaction(&self, key: &Key) -> ConditionCheckBuilder {
        ConditionCheck::builder().table_name(&self.table).set_key(Some(item::key(key)))
    }

    /// Sends a put. Returns `false`, and writes nothing, if its condition refuses it.
    pub(crate) async fn put_item(&self, operation: &'static str, put: PutItemFluentBuilder) -> Result<bool, Error> {
        match put.send().await {
            Ok(answer) => self.meter().writing(answer.consumed_capacity()),
            Err(error) => return self.refused(operation, &error),
        }
        Ok(true)
    }

    /// Sends a put. If its condition refuses it, writes nothing and returns the item that is there.
    pub(crate) async fn put_or_found(
        &self,
        operation: &'static str,
        put: PutItemFluentBuilder,
    ) -> Result<Option<Item>, Error> {
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match put.send().await {
            Ok(answer) => {
                self.meter().writing(answer.consumed_capacity());
                return Ok(None);
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                self.meter().refused(1);
                Ok(Some(refused.item().cloned().unwrap_or_default()))
            }
            _ => Err(failure::sort(operation, &error)),
        }
    }

    /// Writes an item that is not there yet. Returns `false` if another call has written it. The SDK repeats a put
    /// whose answer was lost, and may find its own item: that has the same `nonce`.
    pub(crate) async fn put_new(&self, operation: &'static str, mut item: Item) -> Result<bool, Error> {
        let nonce = item::number(self.random().random::<u64>());
        item.insert("nonce".to_owned(), nonce.clone());
        let put = self.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
        let found = self.put_or_found(operation, put).await?;
        Ok(found.is_none_or(|found| found.get("nonce") == Some(&nonce)))
    }

    /// Sends an update. If its condition refuses it, writes nothing and returns the item that is there.
    pub(crate) async fn update_or_found(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Option<Item>, Error> {
        self.updated_or_found(operation, update).await.map(Result::err)
    }

    /// Sends an update that asks for attributes, and returns them. If its condition refuses it, writes nothing and
    /// returns the item that is there as the inner error.
    pub(crate) async fn updated_or_found(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Result<Item, Item>, Error> {
        let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match update.send().await {
            Ok(answer) => {
                self.meter().writing(answer.consumed_capacity());
                return Ok(Ok(answer.attributes.unwrap_or_default()));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                self.meter().refused(1);
                Ok(Err(refused.item().cloned().unwrap_or_default()))
            }
            _ => Err(failure::sort(operation, &error)),
        }
    }

    /// Sends an update. Returns `false`, and writes nothing, if its condition refuses it.
    pub(crate) async fn update_item(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<bool, Error> {
        match update.send().await {
            Ok(answer) => self.meter().writing(answer.consumed_capacity()),
            Err(error) => return self.refused(operation, &error),
        }
        Ok(true)
    }

    /// Sends an update that asks for the attributes that it changes. Returns them, or `None` if its condition refuses
    /// it.
    pub(crate) async fn updated(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Option<Item>, Error> {
        match update.send().await {
            Ok(answer) => {
                self.meter().writing(answer.consumed_capacity());
                Ok(Some(answer.attributes.unwrap_or_default()))
            }
            Err(error) => self.refused(operation, &error).map(|_| None),
        }
    }

    /// Writes a shape over nothing, or over the version before `version`. Returns `false`, and writes nothing, if
    /// another version is there.
    pub(crate) async fn put_version(
        &self,
        operation: &'static str,
        at: &Key,
        version: u64,
        shape: &impl Serialize,
    ) -> Result<bool, Error> {
        let request = self.put().set_item(Some(item::whole(at, None, shape)?)).condition_expression(VERSION_IS);
        let before = item::number(version.saturating_sub(1));
        self.put_item(operation, request.expression_attribute_values(":before", before)).await
    }

    /// Writes a shape over the version before `version`. Returns `false`, and writes nothing, if that was changed or
    /// deleted meanwhile.
    pub(crate) async fn replace_version(
        &self,
        operation: &'static str,
        at: &Key,
        version: u64,
        shape: &impl Serialize,
    ) -> Result<bool, Error> {
        let request = self.put().set_item(Some(item::whole(at, None, shape)?)).condition_expression(IS_THAT_VERSION);
        let before = item::number(version.saturating_sub(1));
        self.put_item(operation, request.expression_attribute_values(":version", before)).await
    }

    /// Sends a deletion. Returns `false`, and deletes nothing, if its condition refuses it.
    pub(crate) async fn delete_item(
        &self,
        operation: &'static str,
        delete: DeleteItemFluentBuilder,
    ) -> Result<bool, Error> {
        match delete.send().await {
            Ok(answer) => self.meter().writing(answer.consumed_capacity()),
            Err(error) => return self.refused(operation, &error),
        }
        Ok(true)
    }

    /// Returns `false` for a refusal, and meters it. Fails for anything else.
    fn refused<E, R>(&self, operation: &'static str, error: &SdkError<E, R>) -> Result<bool, Error>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, R>: RequestId,
    {
        if error.as_service_error().is_some_and(|error| error.code() == Some("ConditionalCheckFailedException")) {
            self.meter().refused(1);
            return Ok(false);
        }
        Err(failure::sort(operation, error))
    }

    /// Returns one item, as every answered write has left it.
    pub(crate) async fn get_item(&self, operation: &'static str, key: &Key) -> Result<Option<Item>, Error> {
        self.send_get(operation, self.get().set_key(Some(item::key(key))).consistent_read(true)).await
    }

    /// Returns one item, which may lack the writes of the last moment. Costs half as much.
    pub(crate) async fn get_item_eventually(&self, operation: &'static str, key: &Key) -> Result<Option<Item>, Error> {
        self.send_get(operation, self.get().set_key(Some(item::key(key)))).await
    }

    /// Returns the shape of one item, as every answered write has left it.
    pub(crate) async fn get_shape<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        kind: &'static str,
        key: &Key,
    ) -> Result<Option<T>, Error> {
        self.get_item(operation, key).await?.map(|found| item::shape(kind, found)).transpose()
    }

    async fn send_get(&self, operation: &'static str, get: GetItemFluentBuilder) -> Result<Option<Item>, Error> {
        let answer = get.send().await.map_err(|error| failure::sort(operation, &error))?;
        self.meter().reading(answer.consumed_capacity());
        Ok(answer.item)
    }

    /// Reads an item that never exists, to open the connection.
    pub(crate) async fn touch(&self) {
        let nowhere = [("pk", "KEY#-"), ("sk", "KEY")].map(|(name, value)| (name.to_owned(), item::text(value)));
        let _ = self.get().set_key(Some(nowhere.into())).send().await;
    }

    /// Returns up to a hundred items, read consistently. Leaves out those that do not exist.
    pub(crate) async fn get_items(&self, operation: &'static str, keys: &[Key]) -> Result<Vec<Item>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted = KeysAndAttributes::builder().consistent_read(true);
        for key in keys {
            wanted = wanted.keys(item::key(key));
        }
        let wanted = wanted.build().map_err(|error| Error::Internal(format!("{operation}: {error}")))?;
        let mut wanted = HashMap::from([(self.table.clone(), wanted)]);
        for round in 1..=UNPROCESSED_ROUNDS {
            let request =
                self.client.batch_get_item().set_request_items(Some(wanted)).return_consumed_capacity(CAPACITY);
            let answer = request.send().await.map_err(|error| failure::sort(operation, &error))?;
            for capacity in answer.consumed_capacity() {
                self.meter().reading(Some(capacity));
            }
            found.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            // DynamoDB returns what did not fit as unprocessed, never as missing.
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
            self.back_off(round).await;
        }
        Err(Error::Unavailable(format!("{operation}: throttled")))
    }

    /// Waits up to 10 ms the first time, up to twice as long each further time, at most 160 ms. Uses AWS's full
    /// jitter, so that writers that met once do not meet again.
    pub async fn back_off(&self, times: u32) {
        let most = 10_u64 << times.saturating_sub(1).min(4);
        let wait = self.random().random_range(0..=most);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// Returns one page of a query: its items, and the key to go on behind if more follow.
    pub(crate) async fn query_page(
        &self,
        operation: &'static str,
        request: QueryFluentBuilder,
    ) -> Result<(Vec<Item>, Option<Item>), Error> {
        let page = request.send().await.map_err(|error| failure::sort(operation, &error))?;
        self.meter().reading(page.consumed_capacity());
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }

    /// Returns the key of the item at a place of the index, as far as the index knows.
    pub(crate) async fn find_in_index(&self, operation: &'static str, place: &IndexKey) -> Result<Option<Key>, Error> {
        let (pk, sk) = place.pair();
        let (found, _) = self.query_page(operation, self.query_index(pk, "=", sk)).await?;
        found.first().map(item::key_of).transpose()
    }

    /// Returns every item of a query, page after page.
    pub(crate) async fn query_all(
        &self,
        operation: &'static str,
        request: QueryFluentBuilder,
    ) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page;
            (page, start) = self.query_page(operation, request.clone().set_exclusive_start_key(start)).await?;
            items.extend(page);
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Counts the items of a partition of the index, page after page.
    pub(crate) async fn count(&self, operation: &'static str, pk: String) -> Result<u64, Error> {
        self.count_up_to(operation, pk, u64::MAX).await
    }

    pub(crate) async fn count_up_to(&self, operation: &'static str, pk: String, most: u64) -> Result<u64, Error> {
        let request = self
            .query()
            .index_name(INDEX)
            .key_condition_expression("gsi1pk = :pk")
            .expression_attribute_values(":pk", item::text(pk));
        self.count_of(operation, request, most).await
    }

    /// Counts what a query finds, page after page, up to `most`.
    pub(crate) async fn count_of(
        &self,
        operation: &'static str,
        request: QueryFluentBuilder,
        most: u64,
    ) -> Result<u64, Error> {
        let request = request.select(Select::Count);
        let (mut count, mut start) = (0, None);
        loop {
            let limit = i32::try_from(most - count).ok();
            let page = request.clone().set_limit(limit).set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failure::sort(operation, &error))?;
            self.meter().reading(page.consumed_capacity());
            count += u64::try_from(page.count).unwrap_or(0);
            start = page.last_evaluated_key;
            if start.is_none() || count >= most {
                return Ok(count);
            }
        }
    }

    /// Writes all items or none. `Ok(Err(reasons))` says by position why nothing was written.
    pub(crate) async fn transaction(
        &self,
        operation: &'static str,
        items: Vec<TransactWriteItem>,
    ) -> Result<Result<(), Vec<Reason>>, Error> {
        let size = items.len() as u64;
        let answer = self.transact().set_transact_items(Some(items)).send().await;
        match failure::transaction(operation, answer)? {
            Ok(output) => {
                self.meter().writing(output.consumed_capacity());
                Ok(Ok(()))
            }
            Err(reasons) => {
                self.meter().refused(2 * size);
                Ok(Err(reasons))
            }
        }
    }
}

pub(crate) fn put(put: PutBuilder) -> Result<TransactWriteItem, Error> {
    let put = put.build().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

pub(crate) fn update(update: UpdateBuilder) -> Result<TransactWriteItem, Error> {
    let update = update.build().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

pub(crate) fn delete(delete: DeleteBuilder) -> Result<TransactWriteItem, Error> {
    let delete = delete.build().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

pub(crate) fn check(check: ConditionCheckBuilder) -> Result<TransactWriteItem, Error> {
    let check = check.build().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}
