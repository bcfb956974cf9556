//! Merges sorted runs of several shards into one order. Pure: it holds at most one run of each shard, and asks for the
//! next one when it needs it.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// The rest of a run, in order.
pub(crate) type Run<T> = VecDeque<T>;

/// A merge of shards.
pub(crate) struct Merge<T> {
    /// By shard: the rows that are not read yet, and those that are.
    shards: Vec<(u64, Run<T>)>,
}

impl<T> Merge<T> {
    /// A merge of shards with so many rows each.
    pub(crate) fn new(rows: Vec<u64>) -> Self {
        Self { shards: rows.into_iter().map(|rows| (rows, Run::new())).collect() }
    }

    /// Returns a shard whose next run is needed before the next row is known.
    pub(crate) fn wants(&self) -> Option<usize> {
        self.shards.iter().position(|(unread, run)| run.is_empty() && *unread > 0)
    }

    /// Adds the next run of a shard.
    pub(crate) fn add(&mut self, shard: usize, run: Run<T>) {
        let (unread, rows) = &mut self.shards[shard];
        *unread = unread.saturating_sub(run.len() as u64);
        rows.extend(run);
    }

    /// Returns the first of all rows, with its shard; `None` at the end.
    pub(crate) fn next(&mut self, compare: impl Fn(&T, &T) -> Ordering) -> Option<(usize, T)> {
        let fronts = self.shards.iter().enumerate().filter_map(|(shard, (_, run))| Some((shard, run.front()?)));
        let (shard, _) = fronts.min_by(|(_, one), (_, other)| compare(one, other))?;
        Some((shard, self.shards[shard].1.pop_front()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merges shards of numbers, `run` at a time.
    fn merged(shards: &[Vec<u64>], run: usize) -> Vec<u64> {
        let mut merge = Merge::new(shards.iter().map(|shard| shard.len() as u64).collect());
        let mut taken = vec![0; shards.len()];
        let mut all = Vec::new();
        loop {
            while let Some(shard) = merge.wants() {
                merge.add(shard, shards[shard].iter().skip(taken[shard]).take(run).copied().collect());
                taken[shard] += run;
            }
            match merge.next(Ord::cmp) {
                Some((_, row)) => all.push(row),
                None => return all,
            }
        }
    }

    #[test]
    fn a_merge_is_as_a_sort_whatever_the_shards_and_the_runs() {
        // A linear congruential generator: the same numbers in every run of the test.
        let mut seed = 7_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..300 {
            let shards: Vec<Vec<u64>> = (0..random(17))
                .map(|_| {
                    let mut shard: Vec<u64> = (0..random(40)).map(|_| random(50)).collect();
                    shard.sort_unstable();
                    shard
                })
                .collect();
            let mut sorted = shards.concat();
            sorted.sort_unstable();
            for run in [1, 3, 1_000] {
                assert_eq!(merged(&shards, run), sorted);
            }
        }
    }
}
