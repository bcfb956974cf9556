//! Holds the documents to the code.

mod data_model;
mod openapi;
