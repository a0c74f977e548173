//! Roots that change by the thousand while other threads look on. Alone in its program: whoever
//! shares the detector would lose events in the flood.

use tests::shipped::{CREDENTIALS, ROOT_OUT, UNEXPLAINED};
use tests::{Act, Attack, Ground, Verdict};

#[test]
fn root_changed_by_one_thread_and_seen_by_another() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let acted = container.perform(&Act::new("flip-root 20000"))?;
    assert_eq!(acted.result("chroot")?, 40_000, "{acted:?}");
    let last = Attack::new("open /etc/shadow read", "openat", "SUCCESS");
    last.raises(CREDENTIALS, &container, &ground.detector)?;
    let alerts = ground.detector.alerts_of(&container);
    let wrong = alerts
        .iter()
        .find(|alert| [ROOT_OUT.name, UNEXPLAINED.name].contains(&alert.rule()));
    assert!(wrong.is_none(), "{wrong:#?}");
    Ok(())
}
