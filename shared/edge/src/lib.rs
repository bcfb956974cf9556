//! The edge between Lambda and the functions: the runtime, HTTP requests and answers, and reading and writing what they
//! hold (JSON, CSV, text files). Rules of the business and access to the table do not belong here.

pub mod admin_routes;
pub mod answer_size;
pub mod csv;
pub mod described_user;
pub mod fields;
pub mod fingerprints;
pub mod http;
pub mod json;
pub mod legacy;
pub mod marketplaces;
pub mod own_routes;
pub mod preview;
pub mod problem;
pub mod query;
pub mod reward_page;
pub mod role_fields;
pub mod runtime;
pub mod session_view;
pub mod telemetry;
pub mod text_file;
pub mod user_access;
