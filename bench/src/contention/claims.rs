//! Claims in many environments at once.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use domain::campaign::catalog::Catalog;
use domain::id::UserId;
use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::Environments;
use rewarding::claim::{self, Claim, ClaimRequest};
use store::{Consistency, campaigns};
use tests::contention::Physics;
use tests::deployment::Deployment;
use tokio::time::Instant;

use super::{LONGEST, Outcome};
use crate::report::Spread;
use crate::scene;

/// URLs in stock and money in the budget, in multiples of the awards, so that scarcity does not matter.
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

/// Each environment claims for one user after another, until the awards are reached or [`LONGEST`] has passed.
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

/// Claims arrive at a steady rate. Each goes to an idle environment, or to a new one.
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

/// Each environment claims until the budget, for exactly `awards` awards, is used up.
pub(super) async fn to_the_last_cent(environments: usize, awards: u64, seed: u64) -> Outcome {
    let scene = scene(awards, awards, seed, None, Physics::default()).await;
    let (before, began) = (scene.deployment.model.figures(), Instant::now());
    let claimers = (0..environments).map(async |number| {
        let environment = scene.deployment.environment("allocate-reward", seed << 32 | (number as u64 + 1));
        while scene.claim(&environment).await {}
    });
    join_all(claimers).await;
    // Each environment hears once that nothing is left, which is no failure.
    let outcome = scene.outcome(began, before);
    Outcome { failed: outcome.failed.saturating_sub(environments as u64), ..outcome }
}

impl Scene {
    fn awarded(&self) -> u64 {
        self.times.borrow().len() as u64
    }

    /// Claims for the next user. Returns false if the user got no reward.
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
            place: None,
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

/// Makes a live campaign with plenty of URLs and money for `budget` rewards.
async fn scene(awards: u64, budget: u64, seed: u64, slots: Option<u16>, physics: Physics) -> Scene {
    let deployment = scene::deployment(physics, seed);
    let campaign = scene::campaign(deployment.now(), budget * 500, &[scene::moment("deposits", "deposit", 1)]);
    let mut requests = scene::requests("app", "spring", campaign, awards * PLENTY);
    if slots.is_some() {
        requests.pop();
    }
    scene::prepare(&deployment, requests, Duration::from_secs(30)).await;
    if let Some(slots) = slots {
        // The slots hold the whole budget from the beginning, so no lease is needed.
        let each = i64::try_from(budget * 500).unwrap_or(i64::MAX) / i64::from(slots);
        deployment.approve_with_slots("app", "spring", slots, each).await;
    }
    let environment = deployment.environment("manage-campaigns", 0);
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
