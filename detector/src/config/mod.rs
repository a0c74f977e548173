//! What the detector is told, and who told it.
//!
//! Options come from four places: the command line goes before the configuration file, that before
//! the environment, that before the defaults. A list that is given replaces the one below it. Each
//! place that says something is a [`Layer`]; [`Sources`] reads and stacks them, and what comes out
//! is [`Settings`]: every value checked, and none looked at again, each with its [`Origin`].
//!
//! The options stand in one table, [`OPTIONS`]. From it come the reader of the file, the command
//! line, `config init`, `config show` and the reference page.
//!
//! This room starts nothing and looks at no host: paths are not opened, engines not asked.
#![forbid(unsafe_code)]

mod change;
mod fault;
mod file;
mod layer;
mod object;
mod options;
mod origin;
mod output;
mod reference;
mod settings;
mod show;
mod sources;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use change::Change;
pub use fault::{ConfigProblem, ConfigProblems, Fault};
use layer::Given;
pub use layer::Layer;
pub use object::ObjectPath;
pub use options::{Arity, Effect, OPTIONS, Opt};
pub use origin::{Origin, Setting};
pub use output::Output;
pub use reference::reference;
pub use settings::{ContainerLevel, Settings};
pub use sources::{DEFAULT_FILE, Sources};
pub use template::template;
pub use value::ValueError;
