//! Repaired webhooks are called again at once.

use domain::event::DomainEvent;
use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{App, World};

use super::webhooks::put;

/// Invokes `deliver-webhook` with an event.
async fn tell(world: &World, change: &str) {
    let (app, data) = ("app".try_into().unwrap(), json!({"reward_group_id": "gift"}));
    let event = DomainEvent::new(&app, "stock.low", world.clock.now(), change, data).unwrap();
    world.local.functions.invoke("deliver-webhook", json!({"detail": event}), "event").await.unwrap();
}

async fn test(app: &App<'_>) -> Value {
    app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200)
}

/// An endpoint that failed three times was not called for 60 s, even by `…/test` and after its URL was repaired (the
/// issue "What the field found", G).
#[tokio::test]
async fn a_webhook_whose_url_was_mended_is_called_at_once() {
    let (world, broken, mended) = (World::new().await, Receiver::start().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &broken, json!(["stock.low"])).await;
    broken.answer(500);
    for change in ["a", "b", "c", "d"] {
        tell(&world, change).await;
        assert_eq!(test(&app).await["attempts"], 1, "a person who tries is answered what came of it");
    }
    assert_eq!(broken.take().len(), 3 + 4, "the fourth event is left to the schedule");
    // Changes the URL only.
    let changed = app.admin("PUT", "/webhooks/backend", json!({"url": mended.url})).await.expect(200);
    assert_eq!(changed["events"], json!(["stock.low"]));
    assert_eq!(test(&app).await["state"], "delivered");
    tell(&world, "e").await;
    assert_eq!((broken.take().len(), mended.take().len()), (0, 2));
}

/// The same, with an endpoint that is repaired at its URL.
#[tokio::test]
async fn a_test_reaches_an_endpoint_that_was_mended_where_it_is() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["stock.low"])).await;
    receiver.answer(500);
    for _ in 0..3 {
        test(&app).await;
    }
    receiver.answer(200);
    let sent = test(&app).await;
    assert_eq!((&sent["state"], &sent["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!(receiver.take().len(), 4);
}
