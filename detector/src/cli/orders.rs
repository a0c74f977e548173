//! What is to change while the detector detects: handed over to its own thread, which takes it up
//! between two batches.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use anyhow::anyhow;

use crate::host::selection::Selection;

/// Rules and a selection to take up.
struct Order<R> {
    rules: R,
    selection: Selection,
    done: SyncSender<anyhow::Result<()>>,
}

/// The orders, where they are carried out.
pub struct Orders<R>(Receiver<Order<R>>);

/// The orders, where they are given.
pub(super) struct Handover<R>(Sender<Order<R>>);

/// Both ends.
pub(super) fn channel<R>() -> (Handover<R>, Orders<R>) {
    let (sender, receiver) = mpsc::channel();
    (Handover(sender), Orders(receiver))
}

impl<R> Orders<R> {
    /// Carries out what was ordered since the last call. What fails must leave all as it was.
    pub fn carry_out(&self, mut take_up: impl FnMut(R, Selection) -> anyhow::Result<()>) {
        while let Ok(order) = self.0.try_recv() {
            let Order {
                rules,
                selection,
                done,
            } = order;
            // Whoever waits for it waits until the end.
            let _ = done.send(take_up(rules, selection));
        }
    }
}

impl<R> Handover<R> {
    /// Orders it, and waits until it is done.
    pub(super) fn order(&self, rules: R, selection: Selection) -> anyhow::Result<()> {
        let (done, told) = mpsc::sync_channel(1);
        let order = Order {
            rules,
            selection,
            done,
        };
        let ending = || anyhow!("the detector is ending");
        self.0.send(order).map_err(|_| ending())?;
        told.recv().map_err(|_| ending())?
    }
}
