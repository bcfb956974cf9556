//! The contention model behaves as DynamoDB's documentation says, so that tests on it are meaningful.

use std::time::Duration;

use local::database::TABLE;
use local::template::Template;
use serde_json::{Value, json};
use tests::contention::{Faults, Figures, Model, Physics, Reply, ServiceTime};
use tokio::time::{Instant, sleep};

fn model(physics: Physics) -> Model {
    Model::new(&Template::built_in().unwrap(), physics, tests::NOW.parse().unwrap(), 7)
}

/// Every request takes the same time, so that a test knows each instant.
fn steady() -> Physics {
    let time = |median| ServiceTime { median, spread: 0.0 };
    Physics {
        read: time(8.0),
        write: time(8.0),
        transaction: time(26.0),
        index_lag: Some(time(500.0)),
        ..Physics::default()
    }
}

async fn send(model: &Model, operation: &str, body: Value) -> (u16, Value) {
    match model.send(operation, body).await {
        Reply::Answer(status, body) => (status, body),
        other => panic!("{other:?}"),
    }
}

fn put(pk: &str) -> Value {
    json!({"TableName": TABLE, "Item": {"pk": {"S": pk}, "sk": {"S": "ITEM"}}})
}

fn indexed(pk: &str, shard: &str) -> Value {
    json!({"TableName": TABLE, "Item": {
        "pk": {"S": pk}, "sk": {"S": "ITEM"}, "gsi1pk": {"S": shard}, "gsi1sk": {"S": pk},
    }})
}

fn transaction(items: &[&str], token: Option<&str>) -> Value {
    let add = |pk: &&str| {
        json!({"Update": {
            "TableName": TABLE, "Key": {"pk": {"S": pk}, "sk": {"S": "ITEM"}},
            "UpdateExpression": "ADD hits :one", "ExpressionAttributeValues": {":one": {"N": "1"}},
        }})
    };
    let mut body = json!({"TransactItems": items.iter().map(add).collect::<Vec<_>>()});
    if let Some(token) = token {
        body["ClientRequestToken"] = json!(token);
    }
    body
}

fn error_type(body: &Value) -> &str {
    body["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap()
}

fn codes(body: &Value) -> Vec<&str> {
    body["CancellationReasons"].as_array().unwrap().iter().map(|reason| reason["Code"].as_str().unwrap()).collect()
}

async fn hits(model: &Model, pk: &str) -> Value {
    let get = json!({"TableName": TABLE, "Key": {"pk": {"S": pk}, "sk": {"S": "ITEM"}}, "ConsistentRead": true});
    send(model, "GetItem", get).await.1["Item"]["hits"]["N"].clone()
}

#[tokio::test(start_paused = true)]
async fn two_transactions_on_an_item_conflict_and_release_the_other_items() {
    let model = model(steady());
    let began = Instant::now();
    let later = async {
        sleep(Duration::from_millis(5)).await;
        send(&model, "TransactWriteItems", transaction(&["b", "shared"], None)).await
    };
    let (first, second) = tokio::join!(send(&model, "TransactWriteItems", transaction(&["a", "shared"], None)), later);
    assert_eq!(first.0, 200);
    assert_eq!(began.elapsed(), Duration::from_millis(26), "the first took its 26 ms, the second gave up before");
    assert_eq!((second.0, error_type(&second.1)), (400, "TransactionCanceledException"));
    assert_eq!(codes(&second.1), ["None", "TransactionConflict"]);
    // Afterwards no item is held.
    assert_eq!(send(&model, "TransactWriteItems", transaction(&["a", "b", "shared"], None)).await.0, 200);
    assert_eq!(hits(&model, "shared").await, "2");
    assert_eq!(model.figures().transactions_in_conflict, 1);
}

#[tokio::test(start_paused = true)]
async fn a_plain_write_conflicts_with_a_transaction_and_a_read_does_not() {
    let model = model(steady());
    let transaction = async { send(&model, "TransactWriteItems", transaction(&["a"], None)).await.0 };
    let write = async {
        sleep(Duration::from_millis(5)).await;
        tokio::join!(send(&model, "PutItem", put("a")), hits(&model, "a"))
    };
    let (committed, ((status, body), seen)) = tokio::join!(transaction, write);
    assert_eq!(committed, 200);
    assert_eq!((status, error_type(&body)), (400, "TransactionConflictException"));
    assert_eq!(seen, Value::Null, "before the commit nothing is to be seen");
}

#[tokio::test(start_paused = true)]
async fn a_partition_key_takes_1000_write_units_apart_from_its_neighbours() {
    let model = model(steady());
    let hammer = |pk: &'static str, times: usize| {
        let model = model.clone();
        async move {
            let all = (0..times).map(|_| send(&model, "PutItem", put(pk)));
            let answers = futures_util::future::join_all(all).await;
            answers.into_iter().filter(|(status, _)| *status == 200).count()
        }
    };
    // Requests of one instant are all admitted; the next ones meet the debt.
    assert_eq!(hammer("hot", 3_000).await, 3_000);
    let (status, body) = send(&model, "PutItem", put("hot")).await;
    assert_eq!((status, error_type(&body)), (400, "ThrottlingException"));
    assert_eq!(send(&model, "PutItem", put("cold")).await.0, 200);
    let (status, body) = send(&model, "TransactWriteItems", transaction(&["cold", "hot"], None)).await;
    assert_eq!((status, codes(&body)), (400, vec!["None", "ThrottlingError"]));
    sleep(Duration::from_millis(2_050)).await;
    assert_eq!(send(&model, "PutItem", put("hot")).await.0, 200);
    assert_eq!(model.figures().throttled, 2);
}

#[tokio::test(start_paused = true)]
async fn a_partition_key_serves_3000_read_units_and_batches_in_part() {
    let model = model(steady());
    let key = |pk: &str| json!({"pk": {"S": pk}, "sk": {"S": "ITEM"}});
    for pk in ["hot", "cold"] {
        assert_eq!(send(&model, "PutItem", put(pk)).await.0, 200);
    }
    let get = |pk: &str| json!({"TableName": TABLE, "Key": key(pk), "ConsistentRead": true});
    let all = (0..9_000).map(|_| send(&model, "GetItem", get("hot")));
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "what arrives in one instant is admitted as one");
    let (status, body) = send(&model, "GetItem", get("hot")).await;
    assert_eq!((status, error_type(&body)), (400, "ThrottlingException"));
    assert_eq!(send(&model, "GetItem", get("cold")).await.0, 200);
    // Half of a batch's keys come back unprocessed, with their parameters.
    let batch = json!({"RequestItems": {TABLE: {"Keys": [key("cold"), key("hot")], "ConsistentRead": true}}});
    let (status, body) = send(&model, "BatchGetItem", batch.clone()).await;
    assert_eq!((status, body["Responses"][TABLE].as_array().unwrap().len()), (200, 1));
    let unprocessed = &body["UnprocessedKeys"][TABLE];
    assert_eq!((unprocessed["Keys"].as_array().unwrap().len(), &unprocessed["ConsistentRead"]), (1, &json!(true)));
    sleep(Duration::from_millis(2_050)).await;
    assert_eq!(send(&model, "GetItem", get("hot")).await.0, 200);
    let (status, body) = send(&model, "BatchGetItem", batch).await;
    assert_eq!((status, body["Responses"][TABLE].as_array().unwrap().len()), (200, 2));
    assert_eq!(model.figures().throttled, 2);
}

#[tokio::test(start_paused = true)]
async fn an_index_partition_has_capacity_of_its_own() {
    let model = model(steady());
    let all = (0..1_500).map(|n| {
        let model = model.clone();
        async move { send(&model, "PutItem", indexed(&format!("item-{n}"), "hot shard")).await.0 }
    });
    futures_util::future::join_all(all).await;
    let (status, body) = send(&model, "PutItem", indexed("one more", "hot shard")).await;
    assert_eq!((status, error_type(&body)), (400, "ThrottlingException"));
    assert_eq!(send(&model, "PutItem", indexed("one more", "another shard")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn the_index_shows_a_write_after_its_lag_and_the_table_at_once() {
    let model = model(steady());
    let query = || {
        let body = json!({
            "TableName": TABLE, "IndexName": "gsi1", "KeyConditionExpression": "gsi1pk = :shard",
            "ExpressionAttributeValues": {":shard": {"S": "shard"}},
        });
        let model = model.clone();
        async move { send(&model, "Query", body).await.1["Count"].as_u64().unwrap() }
    };
    send(&model, "PutItem", indexed("a", "shard")).await;
    assert_eq!(query().await, 0);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(query().await, 1);
    // It still shows removed items.
    send(&model, "PutItem", put("a")).await;
    assert_eq!(query().await, 1);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(query().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_makes_a_repeated_transaction_one_for_ten_minutes() {
    let model = model(steady());
    let again = || {
        let model = model.clone();
        async move { send(&model, "TransactWriteItems", transaction(&["a"], Some("token"))).await }
    };
    let a_little_later = async {
        sleep(Duration::from_millis(5)).await;
        again().await
    };
    let (first, overlapping) = tokio::join!(again(), a_little_later);
    assert_eq!(first.0, 200);
    assert_eq!(error_type(&overlapping.1), "TransactionInProgressException");
    assert_eq!(again().await.0, 200);
    assert_eq!(hits(&model, "a").await, "1");
    sleep(Duration::from_secs(600)).await;
    assert_eq!(again().await.0, 200);
    assert_eq!(hits(&model, "a").await, "2");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_has_happened_and_a_lost_request_has_not() {
    let model = model(steady());
    model.set_faults(Faults { lose_answer: 1.0, ..Faults::default() });
    let lost = model.send("TransactWriteItems", transaction(&["a"], None)).await;
    assert!(matches!(lost, Reply::Broken | Reply::Silence));
    model.set_faults(Faults { lose_request: 1.0, ..Faults::default() });
    let lost = model.send("TransactWriteItems", transaction(&["a"], None)).await;
    assert!(matches!(lost, Reply::Broken | Reply::Silence));
    model.set_faults(Faults::default());
    assert_eq!(hits(&model, "a").await, "1");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let history = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let model = model(Physics::default());
            model.set_faults(Faults { lose_answer: 0.1, throttle: 0.1, conflict: 0.1, fail: 0.1, ..Faults::default() });
            let began = Instant::now();
            let all = (0..200).map(|n| {
                let (model, items) = (model.clone(), [format!("a{}", n % 5), format!("b{}", n % 7)]);
                async move {
                    sleep(Duration::from_millis(n * 3)).await;
                    let items: Vec<&str> = items.iter().map(String::as_str).collect();
                    let reply = model.send("TransactWriteItems", transaction(&items, None)).await;
                    (began.elapsed(), reply)
                }
            });
            let replies = futures_util::future::join_all(all).await;
            (replies, model.figures())
        })
    };
    let (first, second): ((_, Figures), _) = (history(), history());
    assert_eq!(first, second);
    assert!(first.1.transactions_in_conflict > 10 && first.1.throttled > 5, "{:?}", first.1);
}
