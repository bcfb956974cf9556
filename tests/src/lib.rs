//! A world for each test.
