//! Attacks by code: for the kernel, or from memory alone.

use tests::shipped::{KERNEL_CODE, MEMORY};
use tests::{Act, Attack, Ground, RENAMED, Verdict, allow};

#[test]
fn bpf_map_made_by_a_workload() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?.with_renamed()?;
    let attack = Attack::new("bpf map-create", "bpf", "SUCCESS").on("bpf");
    attack.raises(KERNEL_CODE, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(KERNEL_CODE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn kernel_code_refused_by_seccomp_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (words, call) in [
        ("bpf map-create", "bpf"),
        ("init-module", "init_module"),
        ("finit-module /bin/acts", "finit_module"),
        ("delete-module none", "delete_module"),
    ] {
        let attack = Attack::new(words, call, "EPERM").on(call);
        attack.raises(KERNEL_CODE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(KERNEL_CODE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn module_that_the_kernel_itself_refuses_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--cap-add", "SYS_MODULE"])?;
    for (words, call) in [
        ("init-module", "init_module"),
        ("finit-module /bin/acts", "finit_module"),
        ("delete-module none", "delete_module"),
    ] {
        // A kernel without modules has no such call; one with them finds no module in the bytes.
        let acted = container.perform(&Act::new(words))?;
        let attack = Attack::new(words, call, acted.errno(call)?).on(call);
        assert_ne!(acted.errno(call)?, "SUCCESS");
        attack.raises(KERNEL_CODE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn program_executed_from_memory() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for way in ["memfd", "memfd-path"] {
        let words = format!("{way} chdir /tmp");
        let attack = Attack::new(&words, "chdir", "SUCCESS").seen_as("memfd:acts");
        attack.raises(MEMORY, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(MEMORY, &container, &ground.detector)?;
    }
    Ok(())
}
