//! Which known name a wrong one probably means: a misspelt one, one of another style, or one of the old Rewards API.

/// Names of the old Rewards API and of this one for the same thing, as letters, in both directions.
const SAME: &[(&str, &str)] = &[("customerid", "user_id"), ("userid", "customerId")];

/// The letters of a name that count: a longer text is no slip of a name, and takes time to compare.
const MOST_LETTERS: usize = 64;

/// Returns the field that a name probably means.
pub(super) fn meant_by(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let said = letters(name);
    let same = SAME.iter().find(|(other, called)| *other == said && known.contains(called)).map(|(_, called)| *called);
    same.or_else(|| nearest(name, known))
}

/// Returns the nearest known name: the same letters, or at most two slips.
pub(crate) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let said = letters(name);
    let slips = |known: &&&str| strsim::osa_distance(&letters(known), &said);
    let nearest = known.iter().min_by_key(slips)?;
    (slips(&nearest) <= 2.min(nearest.len() / 2)).then_some(*nearest)
}

fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric).take(MOST_LETTERS);
    letters.collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_style_or_of_the_old_api_is_understood() {
        let known = ["user_id", "campaign_id", "moment_id", "reward_group_id"];
        for (name, meant) in [
            ("userId", "user_id"),
            ("customerId", "user_id"),
            ("campaignID", "campaign_id"),
            ("momentid", "moment_id"),
            ("reward-group-id", "reward_group_id"),
        ] {
            assert_eq!(meant_by(name, &known), Some(meant), "{name}");
        }
        let old = ["appId", "campaignId", "momentId", "customerId"];
        assert_eq!(meant_by("user_id", &old), Some("customerId"));
        for name in ["", "priority", "id", "a very long name that means nothing at all to anybody"] {
            assert_eq!(meant_by(name, &known), None, "{name}");
        }
    }
}
