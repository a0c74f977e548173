//! Acts by system calls: the gate, which every call of the host passes when it returns, and a file
//! for each family of calls, whose program tells of them.
//!
//! [`act`] is what the families have in common: from the gate's note to a record with everything but
//! its object. [`before`] notes what a name stands for before a call takes it away.

pub mod act;
pub mod again;
pub mod alter;
#[cfg(not(feature = "legacy"))]
pub mod before;
pub mod clock;
pub mod code;
pub mod descriptor;
pub mod faults;
pub mod file;
pub mod gate;
pub mod mount;
pub mod namespace;
pub mod network;
pub mod place;
pub mod privilege;
pub mod refused;
pub mod signal;
pub mod trace;
