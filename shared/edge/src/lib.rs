//! What stands between Lambda and the code: the runtime, HTTP requests and answers, and reading what they hold.

pub mod answer;
pub mod csv;
pub mod described_user;
pub mod fields;
pub mod fingerprints;
pub mod http;
pub mod json;
pub mod legacy;
pub mod marketplaces;
pub mod query;
pub mod runtime;
pub mod telemetry;
pub mod text_file;
