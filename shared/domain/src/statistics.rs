//! Statistics of an experiment: intervals of shares and their differences, and a test that stays valid however often
//! somebody looks. Pure; `report` counts and compares.

use std::cmp::Ordering;

/// The standard normal's quantile for 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;

/// The size of difference that the always-valid test looks for: the standard deviation of the mixture. Any fixed value
/// keeps the error rate; this one finds differences of a few percentage points soonest.
const MIXTURE: f64 = 0.03;

/// The error rate below which a result is certain.
pub const CERTAIN: f64 = 0.05;

/// The users that each arm needs for a normal approximation.
const ENOUGH: u64 = 30;

/// A share: `of` out of `all`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The users who did it.
    pub of: u64,
    /// All users.
    pub all: u64,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// From.
    pub low: f64,
    /// To.
    pub high: f64,
}

impl Share {
    /// Returns the share. Returns `None` for nobody, or if `of` exceeds `all`.
    pub fn rate(self) -> Option<f64> {
        (self.all > 0 && self.of <= self.all).then(|| number(self.of) / number(self.all))
    }

    /// Returns Wilson's score interval. It stays within 0 and 1, and does not collapse at either end.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    /// Statistical Association 22 (1927), 209-212; without continuity correction: method 3 of R. G. Newcombe,
    /// "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), 857-872.
    pub fn interval(self) -> Option<Interval> {
        let (rate, all) = (self.rate()?, number(self.all));
        let middle = rate + Z * Z / (2.0 * all);
        let half = Z * (rate * (1.0 - rate) / all + Z * Z / (4.0 * all * all)).sqrt();
        let scale = 1.0 + Z * Z / all;
        Some(Interval { low: ((middle - half) / scale).max(0.0), high: ((middle + half) / scale).min(1.0) })
    }
}

/// Returns the share of `b` minus that of `a`, with its hybrid score interval.
///
/// Method 10 of R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
/// Medicine 17 (1998), 873-890.
pub fn difference(b: Share, a: Share) -> Option<(f64, Interval)> {
    let (rate_b, rate_a) = (b.rate()?, a.rate()?);
    let (of_b, of_a) = (b.interval()?, a.interval()?);
    let difference = rate_b - rate_a;
    let below = (rate_b - of_b.low).hypot(of_a.high - rate_a);
    let above = (of_b.high - rate_b).hypot(rate_a - of_a.low);
    Some((difference, Interval { low: difference - below, high: difference + above }))
}

/// The result of an always-valid test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The p-value.
    pub p: f64,
    /// The order of the shares when it was found.
    pub ahead: Ordering,
}

impl Evidence {
    /// Corrects the p-value for that number of comparisons (Bonferroni).
    #[expect(clippy::cast_precision_loss, reason = "twenty at the most")]
    pub fn among(self, comparisons: usize) -> Self {
        Self { p: (self.p * comparisons as f64).min(1.0), ..self }
    }

    /// True if `b` and `a` certainly differ as they do now. If the order was another one then, something has changed.
    pub fn is_certain(self, b: Share, a: Share) -> bool {
        let now = b.rate().zip(a.rate()).map(|(b, a)| b.total_cmp(&a));
        self.p <= CERTAIN && now == Some(self.ahead) && self.ahead.is_ne()
    }
}

/// Returns a p-value that holds however often somebody looks and whenever they stop: the mixture sequential probability
/// ratio test of "both shares are the same". Each entry of `looks` holds the totals of both arms at one time, the
/// earliest first. Returns `None` for too few users.
///
/// R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always valid inference: continuous monitoring of A/B tests", Operations
/// Research 70 (2022), 1806-1821 (arXiv:1512.04922): with a normal mixture over the difference, the likelihood ratio is
/// a martingale without a difference, so by Ville's inequality it ever exceeds 1/p with probability p at most. The
/// variance is that of the pooled shares, with one user more on either side.
pub fn always_valid(looks: impl IntoIterator<Item = (Share, Share)>) -> Option<Evidence> {
    let mut least: Option<Evidence> = None;
    for (b, a) in looks {
        if b.all.min(a.all) < ENOUGH {
            continue;
        }
        let Some(difference) = b.rate().zip(a.rate()).map(|(b, a)| b - a) else { continue };
        let together = (number(b.of + a.of) + 1.0) / (number(b.all + a.all) + 2.0);
        let variance = together * (1.0 - together) * (1.0 / number(b.all) + 1.0 / number(a.all));
        let mixed = MIXTURE * MIXTURE;
        // Logarithms: the ratio itself overflows in large experiments.
        let exponent = mixed * difference * difference / (2.0 * variance * (variance + mixed));
        let ratio = 0.5 * (variance / (variance + mixed)).ln() + exponent;
        let p = (-ratio).exp().min(1.0);
        // The running minimum makes the test valid at every time.
        if least.is_none_or(|least| p < least.p) {
            least = Some(Evidence { p, ahead: difference.total_cmp(&0.0) });
        }
    }
    least
}

/// An arm of an experiment.
#[derive(Debug, Clone, Copy)]
pub struct Arm<'a> {
    /// The name that a verdict calls it by.
    pub name: &'a str,
    /// Its users who completed.
    pub share: Share,
}

/// Returns the comparison of two arms as a sentence.
pub fn verdict(b: Arm<'_>, a: Arm<'_>, evidence: Option<Evidence>) -> String {
    let (Some(rate_b), Some(rate_a)) = (b.share.rate(), a.share.rate()) else {
        let nobody = if a.share.all == 0 { a.name } else { b.name };
        return match a.share.all.min(b.share.all) {
            0 => format!("Nobody has begun {nobody} yet: no comparison is possible."),
            _ => "More users completed than began, as when the app asks for rewards itself: no comparison.".into(),
        };
    };
    let Some(evidence) = evidence else {
        return format!("Too few users yet to compare {} and {}.", b.name, a.name);
    };
    let (more, less) = (rate_b.max(rate_a), rate_b.min(rate_a));
    let shares = format!("{:.1} % against {:.1} % complete", more * 100.0, less * 100.0);
    let (certain, order) = (evidence.is_certain(b.share, a.share), rate_b.total_cmp(&rate_a));
    match order {
        _ if evidence.p <= CERTAIN && !certain => {
            let before = if evidence.ahead.is_gt() { b.name } else { a.name };
            format!("{before} was better, and is no longer ahead: something has changed ({shares}).")
        }
        Ordering::Equal => format!("{} and {} are level; not yet certain.", b.name, a.name),
        order => {
            let (ahead, behind) = if order.is_gt() { (b.name, a.name) } else { (a.name, b.name) };
            if certain {
                format!("{ahead} is better than {behind}: {shares}, and that is hardly chance.")
            } else {
                format!("{ahead} is ahead of {behind}; not yet certain ({shares}).")
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of users: far below what a float holds exactly")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    fn arm(name: &str, share: Share) -> Arm<'_> {
        Arm { name, share }
    }

    fn share(of: u64, all: u64) -> Share {
        Share { of, all }
    }

    fn close(interval: Interval, low: f64, high: f64) {
        let near = |found: f64, wanted: f64| (found - wanted).abs() < 0.000_06;
        assert!(near(interval.low, low) && near(interval.high, high), "{interval:?}, not {low} to {high}");
    }

    #[test]
    fn shares_have_the_intervals_that_newcombe_published() {
        // Statistics in Medicine 17 (1998), page 861, table I, method 3.
        close(share(81, 263).interval().unwrap(), 0.2553, 0.3662);
        close(share(15, 148).interval().unwrap(), 0.0624, 0.1605);
        close(share(0, 20).interval().unwrap(), 0.0, 0.1611);
        close(share(1, 29).interval().unwrap(), 0.0061, 0.1718);
    }

    #[test]
    fn differences_have_the_intervals_that_newcombe_published() {
        // Statistics in Medicine 17 (1998), page 877, table II, method 10.
        for ((b, a), (low, high)) in [
            ((share(56, 70), share(48, 80)), (0.0524, 0.3339)),
            ((share(9, 10), share(3, 10)), (0.1705, 0.8090)),
            ((share(6, 7), share(2, 7)), (0.0582, 0.8062)),
            ((share(5, 56), share(0, 29)), (-0.0381, 0.1926)),
            ((share(0, 10), share(0, 20)), (-0.1611, 0.2775)),
            ((share(0, 10), share(0, 10)), (-0.2775, 0.2775)),
            ((share(10, 10), share(0, 20)), (0.6791, 1.0)),
            ((share(10, 10), share(0, 10)), (0.6075, 1.0)),
        ] {
            let (difference, interval) = difference(b, a).unwrap();
            assert_eq!(difference, b.rate().unwrap() - a.rate().unwrap());
            close(interval, low, high);
        }
    }

    /// True if a look after any batch of users calls the difference certain.
    fn was_called(rates: (f64, f64), batches: u64, random: &mut StdRng) -> bool {
        let (mut b, mut a, mut looks) = (Share::default(), Share::default(), Vec::new());
        for _ in 0..batches {
            for _ in 0..50 {
                let arm = if random.random_bool(0.5) { (&mut b, rates.0) } else { (&mut a, rates.1) };
                arm.0.all += 1;
                arm.0.of += u64::from(random.random_bool(arm.1));
            }
            looks.push((b, a));
        }
        always_valid(looks).is_some_and(|found| found.p <= CERTAIN)
    }

    #[test]
    fn looking_after_every_batch_calls_chance_a_difference_in_one_of_twenty_at_most() {
        let mut random = StdRng::seed_from_u64(1_998);
        for rate in [0.02, 0.1, 0.5] {
            let wrong = (0..200).filter(|_| was_called((rate, rate), 80, &mut random)).count();
            assert!(wrong <= 10, "{wrong} of 200 at {rate}");
        }
        let found = (0..40).filter(|_| was_called((0.16, 0.10), 120, &mut random)).count();
        assert!(found >= 38, "a real difference is found: {found} of 40");
    }

    #[test]
    fn nothing_is_said_of_nobody_and_of_too_few() {
        assert_eq!(
            (share(0, 0).rate(), share(3, 2).interval(), difference(share(1, 2), share(0, 0))),
            (None, None, None)
        );
        assert_eq!(always_valid([(share(29, 29), share(0, 1_000))]), None);
        assert_eq!(always_valid([(share(500, 1_000), share(500, 1_000))]).unwrap().p, 1.0);
    }

    #[test]
    fn what_was_certain_once_is_not_said_of_the_other_one_later() {
        let before = (share(900, 1_000), share(100, 1_000));
        for (now, certain) in [
            ((share(1_800, 2_000), share(200, 2_000)), true),
            ((share(1_000, 2_000), share(1_000, 2_000)), false),
            ((share(1_000, 2_000), share(1_001, 2_000)), false),
        ] {
            let found = always_valid([before, now]).unwrap();
            assert!(found.p < 1e-9, "a running minimum");
            assert_eq!((found.ahead, found.is_certain(now.0, now.1)), (Ordering::Greater, certain));
            let said = verdict(arm("B", now.0), arm("A", now.1), Some(found));
            let expected = if certain { "B is better than A" } else { "B was better, and is no longer ahead" };
            assert!(said.starts_with(expected), "{said}");
        }
        assert_eq!(Evidence { p: 0.02, ahead: Ordering::Less }.among(3).p, 0.06);
    }

    #[test]
    fn a_verdict_is_a_plain_sentence() {
        let (a, b) = (arm("A", share(100, 1_000)), arm("B", share(120, 1_000)));
        let say = |b: Arm<'_>, p: Option<f64>| {
            let ahead = if b.share.of < a.share.of { Ordering::Less } else { Ordering::Greater };
            verdict(b, a, p.map(|p| Evidence { p, ahead }))
        };
        assert_eq!(say(b, Some(0.4)), "B is ahead of A; not yet certain (12.0 % against 10.0 % complete).");
        assert_eq!(
            say(b, Some(0.01)),
            "B is better than A: 12.0 % against 10.0 % complete, and that is hardly chance."
        );
        let worse = arm("B", share(80, 1_000));
        assert_eq!(say(worse, Some(0.4)), "A is ahead of B; not yet certain (10.0 % against 8.0 % complete).");
        assert_eq!(say(arm("B", share(0, 0)), None), "Nobody has begun B yet: no comparison is possible.");
        assert!(say(arm("B", share(100, 1_000)), Some(1.0)).contains("level"));
        assert!(say(arm("B", share(1, 10)), None).starts_with("Too few"));
    }
}
