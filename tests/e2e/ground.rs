//! scratch
use tests::{Act, Container, Engine, Image};

#[test]
fn probe() -> tests::Verdict {
    let t = std::time::Instant::now();
    let engine = Engine::start()?;
    eprintln!("engine {:?}", t.elapsed());
    let sets: Vec<(&str, Vec<&str>)> = vec![
        ("plain", vec![]),
        ("sysadmin", vec!["--cap-add", "SYS_ADMIN"]),
        (
            "open",
            vec![
                "--cap-add",
                "SYS_ADMIN",
                "--cap-add",
                "SYS_MODULE",
                "--cap-add",
                "SYS_PTRACE",
                "--cap-add",
                "NET_ADMIN",
                "--security-opt",
                "seccomp=unconfined",
                "--security-opt",
                "systempaths=unconfined",
                "--device-cgroup-rule",
                "a *:* rwm",
            ],
        ),
        (
            "seccomp",
            vec![
                "--security-opt",
                "seccomp=unconfined",
                "--security-opt",
                "systempaths=unconfined",
            ],
        ),
    ];
    for (name, options) in sets {
        let t = std::time::Instant::now();
        let container = Container::idle(&engine, Image::Bare, &options)?;
        eprintln!("== {name} {:?}", t.elapsed());
        for act in include_str!("/tmp/acts.txt").lines() {
            let t = std::time::Instant::now();
            let words: Vec<&str> = act.split_whitespace().collect();
            match container.perform(&Act::new(&words)) {
                Ok(acted) => {
                    let c: Vec<String> = acted
                        .calls
                        .iter()
                        .map(|c| {
                            format!(
                                "{}={}",
                                c.name,
                                if c.errno == "SUCCESS" {
                                    c.result.to_string()
                                } else {
                                    c.errno.clone()
                                }
                            )
                        })
                        .collect();
                    eprintln!(
                        "{act}: {} pid {:?} {:?}",
                        c.join(" "),
                        acted.pid,
                        t.elapsed()
                    );
                }
                Err(e) => eprintln!("{act}: ERR {e:#}"),
            }
        }
    }
    Ok(())
}
