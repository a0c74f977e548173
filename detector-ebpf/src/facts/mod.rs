//! What the kernel's structures say: who a task is and what it runs, which file it is and where that
//! really lies, who is at the ends of a socket, and which process an act is aimed at.

pub mod identity;
pub mod image;
pub mod path;
pub mod socket;
pub mod target;
pub mod task;
