//! The world of the sample events, in a test.

use crate::World;

/// The world that the files under `events/` are samples of.
pub async fn world() -> World {
    let world = World::new().await;
    local::samples::prepare(&world.local, crate::NOW.parse().unwrap()).await.unwrap();
    world
}
