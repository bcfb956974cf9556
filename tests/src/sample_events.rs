//! The world that the files under `events/` are samples of: what they name exists here, so that each leads to the
//! outcome that its name says.

use serde_json::{Value, json};
use shared::id::{AppId, CampaignId, RewardId};
use shared::identity::{Caller, Mode, Scope};
use shared::money::Money;
use shared::reward::{Reward, RewardState};
use shared::reward_group::RewardKind;
use shared::secret::ApiKey;
use shared::store::codes::{self, Candidate};
use shared::store::{keys, ledger, rewards};

use crate::{World, campaign_with, group};

/// The reward that `events/redeem-reward` and `events/send-notification` name.
const REWARD: &str = "demo-bank.five-deposits.0801a2311e1800AAECAwQFBgcICQoLDA0ODw";

/// The key that `events/authorize` knows.
const KEY: &str = "mk_live_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8c05b58";

/// The samples' world.
pub async fn world() -> World {
    let world = World::new().await;
    let app = world.app("demo-bank").await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    for (id, group, urls) in [("gift", group(), 20), ("nothing-left", group(), 0), ("german", german, 5)] {
        app.put_group(id, group).await;
        app.stock(id, urls).await;
    }
    let one = |action: &str, group: &str, extra: (&str, Value)| {
        let rewards = json!([{"reward_group_id": group}]);
        let action = ("/moments/0/action", json!(action));
        campaign_with(&[action, ("/moments/0/target", json!(1)), ("/moments/0/rewards", rewards), extra])
    };
    let no_extra = || ("/holdout_percent", json!(0));
    app.launch("five-deposits", crate::campaign()).await;
    app.launch("sold-out", one("deposit_sold_out", "nothing-left", no_extra())).await;
    app.launch("german", one("deposit_german", "german", no_extra())).await;
    app.launch("held-out", one("deposit_held_out", "gift", ("/holdout_percent", json!(100)))).await;
    app.launch("suspended", one("deposit_suspended", "gift", no_extra())).await;
    app.admin("POST", "/campaigns/suspended/suspend", Value::Null).await.expect(200);
    for id in ["draft", "submitted"] {
        app.admin("PUT", &format!("/campaigns/{id}"), one("other", "gift", no_extra())).await.expect(200);
    }
    app.admin("POST", "/campaigns/submitted/submit", Value::Null).await.expect(200);
    for (user, deposits) in [("ada", 4), ("bob", 5)] {
        for n in 1..=deposits {
            app.deposit(user, &format!("deposit-{n}")).await.expect(200);
        }
    }
    let phone = json!({"channel": "GCM", "address": "token-of-eve"});
    app.call("PUT", "/v1/users/eve/devices/phone", phone).await.expect(200);
    award_to_eve(&world).await;
    mint_key(&world).await;
    world
}

/// A reward with a known id: claimed as every reward is, out of a slot and a URL of its own.
async fn award_to_eve(world: &World) {
    let store = &world.local.environment.store;
    let (app, campaign): (AppId, CampaignId) = ("demo-bank".try_into().unwrap(), "five-deposits".try_into().unwrap());
    let now = crate::NOW.parse().unwrap();
    let url = shared::secret::RewardUrl::new("https://gift.example/gift/eve");
    let group = "gift".try_into().unwrap();
    codes::import(store, &app, &group, &url, now).await.unwrap();
    let budget = ledger::budget(store, &app, &campaign).await.unwrap().unwrap();
    ledger::lease(store, &app, &campaign, &budget, (0, 500)).await.unwrap();
    let reward = Reward {
        reward_id: RewardId::try_from(REWARD).unwrap(),
        user_id: Some("eve".try_into().unwrap()),
        moment_id: "deposits".try_into().unwrap(),
        occurrence: 1,
        reward_group_id: group,
        kind: RewardKind::UniqueUrl,
        state: RewardState::Awarded,
        cost: Money { currency: "EUR".parse().unwrap(), amount_minor: 500 },
        url: Some(url.clone()),
        slot: Some(0),
        waiting_reason: None,
        locale: None,
        earned_at: now,
        awarded_at: Some(now),
        expires_at: None,
        redeemed_at: None,
    };
    let candidate = Candidate { hash: codes::hash(&url), url };
    rewards::claim(store, &reward, Some(&candidate), false).await.unwrap().unwrap();
}

async fn mint_key(world: &World) {
    let key_id = "key_events".try_into().unwrap();
    let app_id = Some("demo-bank".try_into().unwrap());
    let caller = Caller { app_id, scope: Scope::App, mode: Mode::Live, key_id };
    let store = &world.local.environment.store;
    keys::mint(store, &ApiKey::new(KEY).hash(), &caller, crate::NOW.parse().unwrap()).await.unwrap();
}
