//! The kernel, as a stream of records and a report of what it allows.
//!
//! [`Sensor::load`] finds the offsets in the kernel's BTF, patches them into the programs and loads
//! those; [`Sensor::attach`] attaches them, and [`Sensor::tell_tasks`] lets the kernel tell what was
//! there before. What comes out afterwards is bytes: [`rings::Reader`] drains the three lanes,
//! [`counters::Counters`] reads what was lost. This is the only room with unsafe code.

mod again;
mod before;
pub mod btf;
pub mod budgets;
pub mod cgroups;
pub mod chosen;
pub mod clock;
pub mod counters;
#[cfg(feature = "debug-log")]
mod debug_log;
mod error;
mod families;
pub mod fanotify;
pub mod guard;
pub mod interest;
mod load;
pub mod measure;
mod position;
pub mod probe;
pub(crate) mod release;
pub mod rings;
mod self_check;
mod tier;
mod wishes;

pub use error::{Hook, SensorError};
pub use load::Sensor;
pub use tier::Choice;
