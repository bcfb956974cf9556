//! An invocation's metrics, which CloudWatch reads from the function's log: one line in the embedded metric format,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! Test mode and dry runs count only in the latency. Nothing depends on metrics: the ledger is exact.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::money::Money;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Moments";

/// The counts of one invocation.
#[derive(Debug, Default)]
pub struct Metrics {
    moments: AtomicU64,
    completions: AtomicU64,
    awards: AtomicU64,
    waiting: AtomicU64,
    push_rejected: AtomicU64,
    defects: AtomicU64,
    spend: Mutex<BTreeMap<&'static str, i64>>,
}

impl Metrics {
    /// Counts an event towards a moment, and the rewards that it earned.
    pub fn counted(&self, earned: u32) {
        self.moments.fetch_add(1, Relaxed);
        self.completions.fetch_add(earned.into(), Relaxed);
    }

    /// Counts an award and its cost.
    pub fn awarded(&self, cost: Money) {
        self.awards.fetch_add(1, Relaxed);
        let mut spend = self.spend.lock().unwrap_or_else(PoisonError::into_inner);
        *spend.entry(cost.currency.code()).or_default() += cost.amount_minor;
    }

    /// Counts a user who has to wait.
    pub fn waiting(&self) {
        self.waiting.fetch_add(1, Relaxed);
    }

    /// Counts a push that was rejected for a reason that concerns every user of the channel or the application.
    pub fn push_rejected(&self) {
        self.push_rejected.fetch_add(1, Relaxed);
    }

    /// Counts a piece of work that panicked or can never succeed, while others go on.
    pub fn defect(&self) {
        self.defects.fetch_add(1, Relaxed);
    }

    /// Returns the log lines of an invocation: one, and one more for each further currency.
    pub fn lines(&self, stage: &str, function: &str, took: Duration, now: Timestamp) -> Vec<String> {
        let mut groups = vec![group(&["Stage", "Function"], &[("Latency", "Milliseconds")])];
        let mut line = json!({"Stage": stage, "Function": function, "Latency": took.as_micros() as f64 / 1e3});
        let counts = [
            ("Moments", &self.moments),
            ("Completions", &self.completions),
            ("Awards", &self.awards),
            ("Waiting", &self.waiting),
            ("PushRejected", &self.push_rejected),
            ("Defects", &self.defects),
        ];
        let counts = counts.map(|(name, count)| (name, count.load(Relaxed)));
        let counts: Vec<(&str, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        if !counts.is_empty() {
            let names: Vec<(&str, &str)> = counts.iter().map(|(name, _)| (*name, "Count")).collect();
            groups.push(group(&["Stage"], &names));
            for (name, count) in counts {
                line[name] = json!(count);
            }
        }
        let mut lines = vec![embedded(line, groups, now)];
        for (currency, amount) in self.spend.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // A line has one value for each dimension.
            let line = json!({"Stage": stage, "Currency": currency, "Spend": amount});
            lines.push(embedded(line, vec![group(&["Stage", "Currency"], &[("Spend", "None")])], now));
        }
        lines
    }
}

fn group(dimensions: &[&str], metrics: &[(&str, &str)]) -> Value {
    let metrics: Vec<Value> = metrics.iter().map(|(name, unit)| json!({"Name": name, "Unit": unit})).collect();
    json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics})
}

fn embedded(line: Value, groups: Vec<Value>, now: Timestamp) -> String {
    let mut whole = Map::new();
    whole.insert("_aws".to_owned(), json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": groups}));
    if let Value::Object(line) = line {
        whole.extend(line);
    }
    Value::Object(whole).to_string()
}

#[cfg(test)]
mod tests {
    use iso_currency::Currency;

    use super::*;

    fn lines(metrics: &Metrics) -> Vec<Value> {
        let lines = metrics.lines("prod", "submit-moment", Duration::from_micros(1_500), Timestamp::UNIX_EPOCH);
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_invocation_that_did_nothing_tells_its_time_and_no_zeros() {
        let lines = lines(&Metrics::default());
        assert_eq!(
            lines,
            [json!({
                "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
                    "Namespace": "Moments", "Dimensions": [["Stage", "Function"]],
                    "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}],
                }]},
                "Stage": "prod", "Function": "submit-moment", "Latency": 1.5,
            })]
        );
    }

    #[test]
    fn what_was_counted_awarded_and_spent_is_told_with_a_line_for_each_currency() {
        let metrics = Metrics::default();
        metrics.counted(0);
        metrics.counted(2);
        metrics.waiting();
        for (currency, amount_minor) in [(Currency::EUR, 500), (Currency::USD, 199), (Currency::EUR, 300)] {
            metrics.awarded(Money { currency, amount_minor });
        }
        let lines = lines(&metrics);
        let counts = ["Moments", "Completions", "Awards", "Waiting"].map(|name| lines[0][name].as_u64());
        assert_eq!(counts, [Some(2), Some(2), Some(3), Some(1)]);
        // Every announced metric and dimension has its value.
        for line in &lines {
            for group in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                for metric in group["Metrics"].as_array().unwrap() {
                    assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{line}");
                }
                for dimension in group["Dimensions"][0].as_array().unwrap() {
                    assert!(line[dimension.as_str().unwrap()].is_string(), "{line}");
                }
            }
        }
        let spend: Vec<_> = lines[1..].iter().map(|line| (line["Currency"].clone(), line["Spend"].clone())).collect();
        assert_eq!(spend, [(json!("EUR"), json!(800)), (json!("USD"), json!(199))]);
    }
}
