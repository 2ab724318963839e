//! What a policy means on a router: cases, in the model and in the compiled rows alike, and that the
//! two agree whatever the policy, the router and the frame.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod differences;
mod explanations;
mod identity;
mod large;
mod neighbours;
mod properties;
mod router;
mod rules;
mod traffic;
mod world;
