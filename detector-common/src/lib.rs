//! Records shared by sensor and detector.
#![no_std]
