//! What keeps a policy from holding on this router. [`Facts`] are what the kernel says, gathered at one
//! moment; [`findings`] is what follows from them, and asks nobody.

mod facts;
mod finding;
mod gather;
mod judge;
mod question;

pub use facts::Facts;
pub use finding::{Finding, Level};
pub use gather::gather;
pub use judge::findings;
pub use question::Question;
