//! The claim itself, in any number of environments.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use domain::campaign::catalog::Catalog;
use domain::id::UserId;
use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::Environments;
use rewarding::claim::{self, Claim, ClaimRequest};
use serde_json::json;
use store::{Consistency, campaigns};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tokio::time::Instant;

use super::{LONGEST, Outcome};
use crate::report::Spread;

const START: &str = "2026-12-01T12:00:00Z";

/// URLs in stock and money in the budget per award, so that scarcity does not affect the result.
const PLENTY: u64 = 3;
const PLENTY_OF_MONEY: u64 = 10;

/// The state that all environments of a scenario share.
struct Scene {
    deployment: Deployment,
    catalog: Catalog,
    users: Cell<u64>,
    failed: Cell<u64>,
    times: RefCell<Spread>,
}

/// Every environment claims for one user after another, up to the wanted number of awards or [`LONGEST`].
pub(super) async fn as_fast_as_possible(
    environments: usize,
    awards: u64,
    seed: u64,
    slots: Option<u16>,
    physics: Physics,
) -> Outcome {
    let scene = scene(awards, awards * PLENTY_OF_MONEY, seed, slots, physics).await;
    let (before, began) = (scene.deployment.model.figures(), Instant::now());
    let claimers = (0..environments).map(async |number| {
        let environment = scene.deployment.environment("allocate-reward", seed << 32 | (number as u64 + 1));
        while scene.awarded() < awards && began.elapsed() < LONGEST {
            scene.claim(&environment).await;
        }
    });
    join_all(claimers).await;
    scene.outcome(began, before)
}

/// Claims arrive at a steady rate. Each goes to an idle environment or to a new one.
pub(super) async fn steady(per_second: u64, duration: Duration, seed: u64) -> (usize, Outcome) {
    let awards = per_second * duration.as_secs();
    let scene = scene(awards, awards * PLENTY_OF_MONEY, seed, None, Physics::default()).await;
    let (idle, environments) = (RefCell::new(Vec::new()), Cell::new(0));
    let (before, began) = (scene.deployment.model.figures(), Instant::now());
    let claims = (0..awards).map(async |number| {
        let arrives = began
            + Duration::from_secs(1) * u32::try_from(number).unwrap_or(u32::MAX)
                / u32::try_from(per_second).unwrap_or(1);
        tokio::time::sleep_until(arrives).await;
        let warm: Option<Environments> = idle.borrow_mut().pop();
        let environment = warm.unwrap_or_else(|| {
            environments.set(environments.get() + 1);
            scene.deployment.environment("allocate-reward", seed << 32 | environments.get() as u64)
        });
        scene.claim(&environment).await;
        idle.borrow_mut().push(environment);
    });
    join_all(claims).await;
    (environments.get(), scene.outcome(began, before))
}

/// Every environment claims until the budget is used up. The budget pays for exactly the wanted number of awards.
pub(super) async fn to_the_last_cent(environments: usize, awards: u64, seed: u64) -> Outcome {
    let scene = scene(awards, awards, seed, None, Physics::default()).await;
    let (before, began) = (scene.deployment.model.figures(), Instant::now());
    let claimers = (0..environments).map(async |number| {
        let environment = scene.deployment.environment("allocate-reward", seed << 32 | (number as u64 + 1));
        while scene.claim(&environment).await {}
    });
    join_all(claimers).await;
    // Each environment learns once that nothing is left: no failure here.
    let outcome = scene.outcome(began, before);
    Outcome { failed: outcome.failed.saturating_sub(environments as u64), ..outcome }
}

impl Scene {
    fn awarded(&self) -> u64 {
        self.times.borrow().len() as u64
    }

    /// Returns `false` if the user got no reward.
    async fn claim(&self, environment: &Environments) -> bool {
        let user = self.users.get();
        self.users.set(user + 1);
        let Ok(user_id) = UserId::try_from(format!("user-{user}")) else { return false };
        let (campaign, group) = (&self.catalog.campaigns[0], &self.catalog.groups[0]);
        let moment = &campaign.moments[0];
        let request = ClaimRequest {
            campaign,
            moment,
            group,
            substitutes: &[],
            user_id: &user_id,
            occurrence: 1,
            locale: None,
            marketplace: None,
            is_unseen: false,
            guarded: domain::campaign::guards::Guarded::default(),
            arm: &group.reward_group_id,
            is_completed: false,
        };
        let began = Instant::now();
        let invocation = self.deployment.invocation("allocate-reward", SignedDuration::ZERO);
        match claim::claim(&environment.store, &environment.rewarding.allocator, request, &invocation).await {
            Ok(Claim::Given(_)) => {
                self.times.borrow_mut().add(began.elapsed().as_secs_f64() * 1e3);
                true
            }
            _ => {
                self.failed.set(self.failed.get() + 1);
                false
            }
        }
    }

    fn outcome(&self, began: Instant, before: tests::contention::Figures) -> Outcome {
        Outcome {
            awards: self.awarded(),
            failed: self.failed.get(),
            elapsed: began.elapsed(),
            times: self.times.take(),
            figures: self.deployment.model.figures() - before,
        }
    }
}

/// A live campaign with plenty of URLs and money for `budget` rewards, made through the API.
async fn scene(awards: u64, budget: u64, seed: u64, slots: Option<u16>, physics: Physics) -> Scene {
    #[expect(clippy::expect_used, reason = "a constant")]
    let deployment = Deployment::new(physics, START.parse().expect("a time"), seed, false);
    let plenty = awards * PLENTY;
    let cpa = json!({"currency": "EUR", "amount_minor": 500});
    let group = json!({"name": "Gift", "kind": "unique_url", "cpa": cpa, "test_url": "https://gift.example/test"});
    let campaign = json!({
        "name": "Contention", "kind": "surprise", "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": budget * 500},
        "moments": [{
            "moment_id": "deposits", "action": "deposit", "count": "events", "target": 1,
            "rewards": [{"reward_group_id": "gift"}], "messages": {"achievement": {"en": {"title": "Yes", "body": "Yours."}}},
        }],
    });
    deployment.prepare(Key::Operator, "PUT", "/v1/apps/app", json!({"name": "App"})).await;
    deployment.prepare(Key::Operator, "PUT", "/v1/apps/app/reward-groups/gift", group).await;
    for first in (0..plenty).step_by(5_000) {
        let urls: Vec<String> =
            (first..plenty.min(first + 5_000)).map(|n| format!("https://gift.example/{n}")).collect();
        deployment.prepare(Key::Operator, "POST", "/v1/apps/app/reward-groups/gift/stock", json!({"urls": urls})).await;
    }
    // Approval needs stock, and the index shows it later.
    tokio::time::sleep(Duration::from_secs(30)).await;
    deployment.prepare(Key::Operator, "PUT", "/v1/apps/app/campaigns/spring", campaign).await;
    let environment = deployment.environment("manage-campaigns", 0);
    deployment.prepare(Key::Operator, "POST", "/v1/apps/app/campaigns/spring/submit", json!(null)).await;
    if let Some(slots) = slots {
        // All of the budget is in the slots from the start, so no claim leases.
        let each = i64::try_from(budget * 500).unwrap_or(i64::MAX) / i64::from(slots);
        deployment.approve_with_slots("app", "spring", slots, each).await;
    } else {
        deployment.prepare(Key::Operator, "POST", "/v1/apps/app/campaigns/spring/approve", json!(null)).await;
    }
    // The index shows everything by now.
    tokio::time::sleep(Duration::from_secs(30)).await;
    Scene {
        catalog: catalog(&environment, "app").await,
        deployment,
        users: Cell::default(),
        failed: Cell::default(),
        times: RefCell::default(),
    }
}

#[expect(clippy::expect_used, reason = "a preparation")]
async fn catalog(environment: &Environments, app: &str) -> Catalog {
    let app = app.try_into().expect("an app id");
    campaigns::catalog(&environment.store, &app, Consistency::Strong).await.expect("an answer").expect("an app")
}
