//! The world of the sample events under `events/`: everything they name exists, so each has the outcome of its file
//! name.

use domain::Error;
use domain::campaign::guards::Fingerprints;
use domain::id::{AppId, CampaignId, PersonId, RewardGroupId, RewardId};
use domain::identity::{Caller, Mode, Scope};
use domain::instant::Sum as _;
use domain::money::Money;
use domain::person::{Person, PersonKind, Role, RoleScope, Roles};
use domain::reward::group::RewardKind;
use domain::reward::{Actor, Reward, RewardState};
use domain::secret::{ApiKey, RewardUrl, SessionKey, TokenSecret};
use domain::sign_in::IdentityProvider;
use domain::supplier::Supply;
use domain::user_token::{TokenKey, Verifier};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::codes::{self, Candidate};
use store::competitors::{self, Competitor, Disqualified};
use store::ledger::{self, Account};
use store::reward_changes::{self, Transition};
use store::rewards::{self, Payment, Predecessor};
use store::sessions::{self, Session};
use store::{Store, keys, people, sign_ins, token_keys};

use crate::{Local, LocalError};

/// The samples' app.
const APP: &str = "demo-bank";

/// The reward of `events/redeem-reward` and `events/send-notification`.
const REWARD: &str = "demo-bank.five-deposits.0801a2311e1800AAECAwQFBgcICQoLDA0ODw";

/// The reward that `events/manage-campaigns` releases.
const HELD: &str = "demo-bank.reviewed.0801a2311e1800AAECAwQFBgcICQoLDA0ODg";

/// The physical rewards of `events/fulfil-orders`: one without an address, and one that is ordered.
const TO_SHIP: &str = "demo-bank.five-deposits.0801a2311e1800AQECAwQFBgcICQoLDA0ODw";
const ORDERED: &str = "demo-bank.five-deposits.0801a2311e1800AgECAwQFBgcICQoLDA0ODw";

/// The opened reward of `events/supply-reward`.
const MADE: &str = "demo-bank.five-deposits.0801a2311e1800AwECAwQFBgcICQoLDA0ODw";

/// The key of `events/authorize`.
const KEY: &str = "mk_live_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8c05b58";

/// The key of Ada, who administers.
const PERSON_KEY: &str = "mk_live_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj884b019";

/// Her session.
const SESSION: &str = "ms_QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl843daad";

/// The secret of the token key `web`, which signed the tokens of `events/authorize`.
const TOKEN_SECRET: &str = "mts_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// Makes this world in an empty system. Its campaigns run from a month before `now` to a month after.
pub async fn prepare(local: &Local, now: Timestamp) -> Result<(), LocalError> {
    let store = &local.environments.store;
    mint_keys(store, now).await.map_err(api)?;
    prepare_groups(local).await?;
    prepare_campaigns(local, now).await?;
    prepare_brackets(local, now).await?;
    // Nothing listens there.
    let webhook = json!({ "url": "http://localhost:9/moments", "events": ["stock.low"] });
    local.prepare(local.admin_key.expose(), "PUT", &format!("/v1/apps/{APP}/webhooks/backend"), webhook).await?;
    let supplier = json!({ "name": "Cards", "kind": "webhook", "url": "http://localhost:9/orders" });
    local.prepare(local.admin_key.expose(), "PUT", &format!("/v1/apps/{APP}/suppliers/cards"), supplier).await?;
    let partner = format!("/v1/apps/{APP}/partners/corner-shop");
    local.prepare(local.admin_key.expose(), "PUT", &partner, json!({ "name": "Corner Shop" })).await?;
    let sold_out = format!("/v1/apps/{APP}/reward-groups/nothing-left/stock/retire");
    let urls = json!({ "urls": ["https://gift.example/nothing-left/0"] });
    local.prepare(local.admin_key.expose(), "POST", &sold_out, urls).await?;
    for (user, deposits) in [("ada", 4), ("bob", 5)] {
        for n in 1..=deposits {
            let deposit = json!({ "user_id": user, "action": "deposit", "event_id": format!("deposit-{n}") });
            local.prepare(KEY, "POST", "/v1/moments", deposit).await?;
        }
    }
    prepare_competition(local, now).await?;
    let phone = json!({ "channel": "GCM", "address": "token-of-eve" });
    local.prepare(KEY, "PUT", "/v1/users/eve/devices/phone", phone).await?;
    award_all(store, now).await.map_err(api)?;
    let address = json!({
        "name": "Gil", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
    });
    local.prepare(KEY, "PUT", &format!("/v1/rewards/{ORDERED}/address"), address).await.map(drop)
}

async fn prepare_groups(local: &Local) -> Result<(), LocalError> {
    let admin = local.admin_key.expose();
    let app = json!({
        "name": APP, "cors_origins": ["https://bank.example"], "client_actions": ["deposit"], "users_may": ["export"],
    });
    local.prepare(admin, "PUT", &format!("/v1/apps/{APP}"), app).await?;
    for (id, marketplaces, urls) in
        [("gift", json!(null), 20), ("nothing-left", json!(null), 0), ("german", json!(["DE"]), 5)]
    {
        let mut group = json!({
            "name": "Gift card", "kind": "unique_url", "cpa": { "currency": "EUR", "amount_minor": 500 },
            "test_url": "https://gift.example/test",
        });
        if !marketplaces.is_null() {
            group["marketplaces"] = marketplaces;
        }
        let path = format!("/v1/apps/{APP}/reward-groups/{id}");
        local.prepare(admin, "PUT", &path, group).await?;
        // Approval needs stock, so the empty group has one URL until then.
        let urls: Vec<String> = (0..urls.max(1)).map(|n| format!("https://gift.example/{id}/{n}")).collect();
        local.prepare(admin, "POST", &format!("{path}/stock"), json!({ "urls": urls })).await?;
    }
    Ok(())
}

/// The last step that a campaign of the samples takes.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Written,
    Submitted,
    Approved,
    Suspended,
}

async fn prepare_campaigns(local: &Local, now: Timestamp) -> Result<(), LocalError> {
    let campaigns = [
        ("five-deposits", "deposit", 5, "gift", 0, Stage::Approved),
        ("sold-out", "deposit_sold_out", 1, "nothing-left", 0, Stage::Approved),
        ("german", "deposit_german", 1, "german", 0, Stage::Approved),
        ("held-out", "deposit_held_out", 1, "gift", 100, Stage::Approved),
        ("suspended", "deposit_suspended", 1, "gift", 0, Stage::Suspended),
        ("reviewed", "deposit_reviewed", 1, "gift", 0, Stage::Approved),
        ("draft", "other", 1, "gift", 0, Stage::Written),
        ("submitted", "other", 1, "gift", 0, Stage::Submitted),
    ];
    let month = SignedDuration::from_hours(30 * 24);
    for (id, action, target, group, holdout, stage) in campaigns {
        let review = if id == "reviewed" { json!({ "review": true }) } else { Value::Null };
        let plan = json!({
            "name": "Spring", "kind": "surprise", "holdout_percent": holdout, "guards": review,
            "starts_at": now.minus(month), "ends_at": now.plus(month),
            "budget": { "currency": "EUR", "amount_minor": 50_000 },
            "moments": [{
                "moment_id": "deposits", "action": action, "count": "events", "target": target,
                "rewards": [{ "reward_group_id": group }],
                "messages": { "achievement": {
                    "en": { "title": "Well done", "body": "Here is your gift card." },
                    "de": { "title": "Gut gemacht", "body": "Hier ist Ihr Gutschein." },
                } },
            }],
        });
        let (admin, path) = (local.admin_key.expose(), format!("/v1/apps/{APP}/campaigns/{id}"));
        local.prepare(admin, "PUT", &path, plan).await?;
        for (step, from) in [("submit", Stage::Submitted), ("approve", Stage::Approved), ("suspend", Stage::Suspended)]
        {
            if stage >= from {
                local.prepare(admin, "POST", &format!("{path}/{step}"), Value::Null).await?;
            }
        }
    }
    Ok(())
}

/// A competition with two laps, and a user who is disqualified before the first one.
async fn prepare_competition(local: &Local, now: Timestamp) -> Result<(), LocalError> {
    let month = SignedDuration::from_hours(30 * 24);
    let plan = json!({
        "name": "Top lap", "kind": "competition",
        "starts_at": now.minus(month), "ends_at": now.plus(month),
        "budget": { "currency": "EUR", "amount_minor": 50_000 },
        "moments": [{ "moment_id": "laps", "action": "lap", "messages": { "achievement": {
            "en": { "title": "Well driven", "body": "Here is your gift card." },
        } } }],
        "competition": { "score": "highest", "prizes": [{ "ranks": [1, 2], "reward_group_id": "gift" }] },
    });
    let (admin, path) = (local.admin_key.expose(), format!("/v1/apps/{APP}/campaigns/top-lap"));
    local.prepare(admin, "PUT", &path, plan).await?;
    for step in ["submit", "approve"] {
        local.prepare(admin, "POST", &format!("{path}/{step}"), Value::Null).await?;
    }
    for (user, lap) in [("ada", 70), ("bob", 80)] {
        let event = json!({ "user_id": user, "action": "lap", "event_id": "lap-1", "quantity": lap });
        local.prepare(KEY, "POST", "/v1/moments", event).await?;
    }
    let disqualified = Some(Disqualified { reason: "A second account.".to_owned() });
    let decision = Competitor {
        disqualified,
        hidden: false,
        decided_at: now,
        key_id: id("key_events").map_err(api)?,
        person_id: None,
    };
    let (app, campaign, user) = (id(APP).map_err(api)?, id("top-lap").map_err(api)?, id("dan").map_err(api)?);
    competitors::put(&local.environments.store, &app, &campaign, &user, &decision).await.map_err(api)
}

/// Two competitions with brackets: `tournament` is played and not finished, `tournament-draft` is a draft.
async fn prepare_brackets(local: &Local, now: Timestamp) -> Result<(), LocalError> {
    let (admin, month) = (local.admin_key.expose(), SignedDuration::from_hours(30 * 24));
    for id in ["tournament", "tournament-draft"] {
        let plan = json!({
            "name": "Cup", "kind": "competition", "starts_at": now.minus(month), "ends_at": now.plus(month),
            "budget": { "currency": "EUR", "amount_minor": 1_000 },
            "moments": [{
                "moment_id": "games", "action": format!("game_{id}"),
                "messages": { "achievement": { "en": { "title": "Well done", "body": "Here is your prize." } } },
            }],
            "competition": { "score": "highest", "prizes": [{ "ranks": [1, 2], "reward_group_id": "gift" }] },
        });
        let path = format!("/v1/apps/{APP}/campaigns/{id}");
        local.prepare(admin, "PUT", &path, plan).await?;
        for step in ["submit", "approve"] {
            local.prepare(admin, "POST", &format!("{path}/{step}"), Value::Null).await?;
        }
        let bracket = json!({ "entrants": ["ada", "bob", "cleo", "dan"] });
        local.prepare(admin, "PUT", &format!("{path}/bracket"), bracket).await?;
    }
    local.prepare(admin, "POST", &format!("/v1/apps/{APP}/campaigns/tournament/bracket/start"), Value::Null).await?;
    for (round, number, winner) in [(1, 1, "ada"), (1, 2, "bob"), (2, 1, "ada")] {
        let path = format!("/v1/campaigns/tournament/bracket/matches/{round}/{number}");
        local.prepare(KEY, "POST", &path, json!({ "winner": winner })).await?;
    }
    Ok(())
}

/// Rewards with known ids.
async fn award_all(store: &Store, now: Timestamp) -> Result<(), Error> {
    let (awarded, in_review) = (RewardState::Awarded, RewardState::InReview);
    let (url, physical) = (RewardKind::UniqueUrl, RewardKind::Physical);
    award(store, ("eve", "five-deposits", REWARD), (url, awarded), now).await?;
    award(store, ("hal", "reviewed", HELD), (url, in_review), now).await?;
    award(store, ("fay", "five-deposits", TO_SHIP), (physical, awarded), now).await?;
    award(store, ("gil", "five-deposits", ORDERED), (physical, awarded), now).await?;
    award(store, ("ida", "five-deposits", MADE), (url, RewardState::Redeemed), now).await
}

/// Claims a reward with a known id, from its own slot and URL. A redeemed one is a supplier's.
async fn award(
    store: &Store,
    (user, campaign, reward): (&'static str, &'static str, &'static str),
    (kind, state): (RewardKind, RewardState),
    now: Timestamp,
) -> Result<(), Error> {
    let (app, campaign): (AppId, CampaignId) = (id(APP)?, id(campaign)?);
    let currency = "EUR".parse().map_err(|_| unexpected("no such currency"))?;
    let (group, url): (RewardGroupId, _) = (id("gift")?, RewardUrl::new(format!("https://gift.example/gift/{user}")));
    let supply =
        if state == RewardState::Redeemed { Some(Supply { supplier_id: id("cards")?, product: None }) } else { None };
    let candidate = supply.is_none().then(|| Candidate { hash: codes::hash(&url), url: url.clone() });
    if candidate.is_some() {
        codes::import(store, &app, &group, &url, now).await?;
    }
    let account = Account::whole(&app, &campaign);
    let budget = ledger::budget(store, &account).await?.ok_or_else(|| unexpected("the campaign has no budget"))?;
    ledger::lease(store, &account, &budget, 0, 500).await?;
    let reward = Reward {
        reward_id: RewardId::try_from(reward).map_err(|error| unexpected(&error.to_string()))?,
        user_id: Some(id(user)?),
        moment_id: id("deposits")?,
        occurrence: 1,
        reward_group_id: group,
        kind,
        state: if supply.is_some() { RewardState::Awarded } else { state },
        cost: Money { currency, amount_minor: 500 },
        credit: None,
        url: candidate.as_ref().map(|candidate| candidate.url.clone()),
        supply,
        supplied_at: None,
        slot: Some(0),
        waiting_reason: None,
        cap_slots: Vec::new(),
        is_charged: false,
        is_sealed: state == RewardState::InReview,
        is_refunded: false,
        fingerprints: Fingerprints::default(),
        is_for_review: false,
        is_completed: true,
        locale: None,
        marketplace: None,
        arm: None,
        place: None,
        earned_at: now,
        awarded_at: Some(now).filter(|_| state != RewardState::InReview),
        expires_at: None,
        redeemed_at: None,
        replaces: None,
        replaced_by: None,
        changes: Vec::new(),
    };
    let payment = Payment { slots: vec![(account, 0)], allowance: None, held: Vec::new(), held_until: now };
    let claimed = rewards::claim(store, &reward, candidate.as_ref(), &payment, Predecessor::Nothing, now).await?;
    claimed.map_err(|refusal| unexpected(&format!("the sample's reward was refused: {refusal:?}")))?;
    if reward.supply.is_some() {
        let opened = Transition::new(RewardState::Redeemed, now, Actor::User);
        reward_changes::advance(store, &reward, &opened).await?;
    }
    Ok(())
}

/// Adds Ada with a key and a session.
async fn prepare_person(store: &Store, now: Timestamp) -> Result<(), Error> {
    let roles = Roles([(RoleScope::App(id(APP)?), [Role::Editor, Role::Support].into())].into());
    let person_id: PersonId = id("ada@bank.example")?;
    let (name, kind) = ("Ada".to_owned(), PersonKind::Person);
    let identity = None;
    let person = Person { person_id: person_id.clone(), name, kind, roles, identity, created_at: now, version: 1 };
    people::put(store, &person).await?;
    let caller = Caller::new(None, Scope::Person, Mode::Live, id("key_ada")?);
    let caller = Caller { person: Some(person_id), ..caller };
    keys::mint(store, &ApiKey::new(PERSON_KEY).hash(), &caller, now).await?;
    sessions::put(store, &SessionKey::new(SESSION).hash(), &Session::new(caller, now)).await
}

/// Adds an identity provider at which nothing answers.
async fn prepare_provider(store: &Store, now: Timestamp) -> Result<(), Error> {
    let roles = Roles([(RoleScope::App(id(APP)?), [Role::Editor].into())].into());
    let provider = IdentityProvider {
        name: "Example".to_owned(),
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "moments".to_owned(),
        client_secret: None,
        scopes: vec!["profile".to_owned()],
        groups_claim: "groups".to_owned(),
        redirect_uris: vec!["https://moments.example/console/sign-in/callback".to_owned()],
        groups: [("editors".to_owned(), roles)].into(),
        created_at: now,
        version: 1,
    };
    sign_ins::put_provider(store, &provider).await.map(drop)
}

/// Mints the app's key and the partner's, and stores the key of its users' tokens.
async fn mint_keys(store: &Store, now: Timestamp) -> Result<(), Error> {
    let caller = Caller::new(Some(id(APP)?), Scope::App, Mode::Live, id("key_events")?);
    keys::mint(store, &ApiKey::new(KEY).hash(), &caller, now).await?;
    let ships = Caller { scope: Scope::Partner, key_id: id("key_parcels")?, partner: Some(id("acme")?), ..caller };
    let key = ApiKey::mint(Mode::Live, &mut *store.random());
    keys::mint(store, &key.hash(), &ships, now).await?;
    prepare_person(store, now).await?;
    prepare_provider(store, now).await?;
    let token_key = TokenKey {
        app_id: id(APP)?,
        token_key_id: id("web")?,
        mode: Mode::Live,
        verifier: Verifier::Hs256 { secret: TokenSecret::new(TOKEN_SECRET) },
        created_at: now,
    };
    token_keys::put(store, &token_key).await.map(|_| ())
}

fn id<T: TryFrom<&'static str>>(text: &'static str) -> Result<T, Error>
where
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(|error| unexpected(&error.to_string()))
}

fn unexpected(what: &str) -> Error {
    Error::Internal(what.to_owned())
}

fn api(error: Error) -> LocalError {
    LocalError::Api(format!("the samples could not be made: {error}"))
}
