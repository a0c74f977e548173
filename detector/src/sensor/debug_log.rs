//! Messages of the kernel programs themselves, for those who work on them.
//!
//! They come through a ring of their own and cost every reported call, so that they exist only in a
//! build with the feature `debug-log`, and show with `ESCAPE_DETECTOR_LOG=debug`.

use std::thread;
use std::time::Duration;

use aya::Ebpf;
use aya_log::EbpfLogger;

/// How often messages are fetched.
const INTERVAL: Duration = Duration::from_millis(50);

/// Lets a thread pass messages on to the log. It ends with the process.
pub(super) fn follow(mut object: Ebpf) -> Ebpf {
    match EbpfLogger::init(&mut object) {
        Ok(mut logger) => {
            let pass_on = move || {
                loop {
                    logger.flush();
                    thread::sleep(INTERVAL);
                }
            };
            if let Err(error) = thread::Builder::new()
                .name("debug-log".into())
                .spawn(pass_on)
            {
                tracing::warn!("no thread for messages of the kernel programs: {error}");
            }
        }
        Err(error) => tracing::warn!("messages of the kernel programs cannot be read: {error}"),
    }
    object
}
