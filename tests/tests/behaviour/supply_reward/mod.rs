//! Rewards that a supplier makes when their user opens the link.

mod accounts;
mod opening;
mod suppliers;
mod troubles;

use local::supplier_desk::MadeReward;
use local::supplier_desk::webhook::SECRET;
use serde_json::{Value, json};
use tests::{Answer, App, World, group};

/// The body that sets the laptop's supplier up.
fn supplier(world: &World) -> Value {
    let url = format!("{}/_local/suppliers/webhook", world.local.api);
    json!({"name": "Laptop", "kind": "webhook", "url": url, "secret": SECRET, "per_second": 100})
}

/// A reward group whose rewards the laptop's supplier makes, valid for two days.
fn supplied(product: &str) -> Value {
    let mut supplied = group();
    supplied["supplier"] = json!({"id": "laptop", "product": product});
    supplied["expires_after_days"] = json!(2);
    supplied
}

/// Makes a shop whose gifts the laptop's supplier makes.
async fn shop<'a>(world: &'a World, product: &str) -> App<'a> {
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", supplier(world)).await.expect(201);
    app.put_group("gift", supplied(product)).await;
    app.launch("spring", tests::campaign()).await;
    app
}

async fn ask(app: &App<'_>, user: &str) -> String {
    app.ask(user).await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned()
}

async fn get(world: &World, path: &str) -> Answer {
    world.send("GET", path, &[], b"").await
}

/// Opens a link as a browser does: along the redirects on this host. Returns the last answer.
async fn open(world: &World, id: &str) -> Answer {
    let mut path = format!("/r/{id}");
    for _ in 0..5 {
        let answer = get(world, &path).await;
        match answer.header("location").filter(|location| location.starts_with('/')) {
            Some(location) => path = location.to_owned(),
            None => return answer,
        }
    }
    panic!("{path} leads in a circle");
}

/// As [`open`], as a user who comes back while too many open theirs at once. Returns the last answer.
async fn open_again(world: &World, id: &str) -> Answer {
    for _ in 0..20 {
        let answer = open(world, id).await;
        if answer.status != 202 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    panic!("{id} is never made");
}

fn made(world: &World) -> Vec<MadeReward> {
    world.local.suppliers().made()
}
