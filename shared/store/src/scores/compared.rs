//! Scores that keep one event: the highest, the lowest or the latest. The condition compares, so a better score needs
//! no read, and a worse one costs one refused write.

use domain::Error;
use domain::competition::Score;
use domain::competition::scoring::Standing;
use jiff::Timestamp;

use super::{Counted, NewScore, create, number_of, read};
use crate::conditions::{HIGHER_SCORE, LATER_SCORE, LOWER_SCORE};
use crate::{Store, item};

/// Rounds of a user's first events that meet an erasure.
const ROUNDS: u32 = 10;

pub(super) async fn count(store: &Store, new: &NewScore<'_>, now: Timestamp) -> Result<Counted, Error> {
    for round in 1..=ROUNDS {
        let Some(found) = improve(store, new).await? else {
            return Ok(Counted::Scored { score: new.quantity, first: false });
        };
        if !found.is_empty() {
            let found = read(found)?;
            // A write whose answer was lost finds its own event.
            return Ok(found.settled(new, now).unwrap_or(Counted::NotImproved(found.score)));
        }
        let standing = Standing { score: new.quantity, reached_at: new.at, bests: Vec::new() };
        match create(store, new, &new.stored(standing, now)).await? {
            Ok(counted) => return Ok(counted),
            Err(found) => {
                if let Some(settled) = found.settled(new, now) {
                    return Ok(first_of(new, settled));
                }
            }
        }
        store.back_off(round).await;
    }
    Err(Error::Unavailable("count score: too many events of the user at once".into()))
}

/// A first score whose answer was lost finds itself, and is the first one all the same.
fn first_of(new: &NewScore<'_>, settled: Counted) -> Counted {
    match settled {
        Counted::Repeated { score, differs: false } if score == new.quantity => Counted::Scored { score, first: false },
        other => other,
    }
}

/// Writes a better score over the one that is there. Returns the item that is there if it is not better; empty if none
/// is.
async fn improve(store: &Store, new: &NewScore<'_>) -> Result<Option<crate::failure::Item>, Error> {
    let standing = Standing { score: new.quantity, reached_at: new.at, bests: Vec::new() };
    let condition = match new.competition.score {
        Score::Lowest => LOWER_SCORE,
        Score::Latest => LATER_SCORE,
        _ => HIGHER_SCORE,
    };
    let mut sets = vec!["score = :score", "reached_at = :at", "made_by = :event", "content = :content"];
    let mut request = store
        .update(&new.key())
        .expression_attribute_values(":score", item::number(new.quantity))
        .expression_attribute_values(":at", item::time(new.at))
        .expression_attribute_values(":event", item::number(new.happened().event))
        .expression_attribute_values(":content", item::number(number_of(new.content)));
    if let Some(place) = new.place(&standing) {
        let (pk, sk) = place.pair();
        sets.extend(["gsi1pk = :pk", "gsi1sk = :sk"]);
        request = request
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":sk", item::text(sk));
    }
    for (set, name, value) in
        [("marketplace = :marketplace", ":marketplace", new.marketplace), ("locale = :locale", ":locale", new.locale)]
    {
        if let Some(value) = value {
            sets.push(set);
            request = request.expression_attribute_values(name, item::text(value));
        }
    }
    if let Some(fingerprints) = new.fingerprints {
        sets.push("fingerprints = :fingerprints");
        request = request.expression_attribute_values(":fingerprints", item::value(fingerprints)?);
    }
    if let Some(review) = new.review {
        sets.push("review = :review");
        request = request.expression_attribute_values(":review", item::flag(review));
    }
    let request = request.update_expression(format!("SET {}", sets.join(", "))).condition_expression(condition);
    store.update_or_found("improve score", request).await
}
