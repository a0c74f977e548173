//! How the sensor is told what to send: its tables of interest and of chosen processes.

use super::budgets::Budgets;
use super::chosen::Chosen;
use super::interest::InterestTable;
use super::load::{CHOSEN_TASKS, take};
use super::{Sensor, SensorError};

impl Sensor {
    /// The table of what is to be sent; it says nothing yet. Once.
    ///
    /// # Errors
    /// When it was taken before.
    pub fn interest(&mut self) -> Result<InterestTable, SensorError> {
        Ok(InterestTable::new(
            take(&mut self.object, "INTEREST")?,
            take(&mut self.object, "NAMES")?,
        ))
    }

    /// The account of the alarm lane. Once.
    ///
    /// # Errors
    /// When it was taken before.
    pub fn budgets(&mut self) -> Result<Budgets, SensorError> {
        take(&mut self.object, "BUDGETS").map(Budgets::new)
    }

    /// The table of processes that are watched for themselves. Once.
    ///
    /// # Errors
    /// When it was taken before.
    pub fn chosen(&mut self) -> Result<Chosen, SensorError> {
        take(&mut self.object, "CHOSEN").map(Chosen::new)
    }

    /// As [`Sensor::tell_tasks`], for the processes that are watched for themselves and those that
    /// descend from them.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn tell_chosen(&mut self) -> Result<(), SensorError> {
        self.iterate(CHOSEN_TASKS)?;
        // Once more for those that were made behind the iterator's back by one yet to be marked.
        self.iterate(CHOSEN_TASKS)
    }
}
