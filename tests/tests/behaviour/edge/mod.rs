//! Every route's edge: what it refuses, how large its answers are, and how long they take.

mod answers;
mod paths;
mod queries;
mod refusals;
mod runtime_limits;
