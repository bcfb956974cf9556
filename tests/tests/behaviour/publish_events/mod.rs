//! Domain events from the stream.

mod domain_events;
