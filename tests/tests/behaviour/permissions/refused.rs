//! A missing permission fails here as on AWS: the laptop and every test enforce the roles.

use local::template::TEMPLATE;
use local::{Local, Options};
use serde_json::Value;

/// From the issue: `RedeemRewardRole` granted Query on the index only, and `POST /v1/rewards/{id}/redeem` reads the
/// catalog with a Query of the table.
#[tokio::test]
async fn a_function_fails_where_its_role_grants_too_little() {
    let redeem: Value = serde_json::from_str(include_str!("../../../../events/redeem-reward/redeem.json")).unwrap();
    let lacking = TEMPLATE.replacen(
        "[dynamodb:GetItem, dynamodb:Query, dynamodb:UpdateItem]",
        "[dynamodb:GetItem, dynamodb:UpdateItem]",
        1,
    );
    assert_ne!(lacking, TEMPLATE);
    for (template, status) in [(TEMPLATE.to_owned(), 200), (lacking, 500)] {
        let clock = local::clock::Clock::at(tests::NOW.parse().unwrap());
        let options = Options { template: Some(template), clock: clock.clone(), ..Options::default() };
        let world = Local::start(options).await.unwrap();
        local::samples::prepare(&world, clock.now()).await.unwrap();
        let answer = world.functions.invoke("redeem-reward", redeem.clone(), "sample").await.unwrap();
        assert_eq!(answer["statusCode"], status, "{answer:#}");
        world.stop().await;
    }
}
