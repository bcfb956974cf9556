//! Holds the documents to the code. Tests write some of their sections (`tests::document`).

mod crates;
mod data_model;
mod generators;
mod keys;
mod openapi;
mod references;
