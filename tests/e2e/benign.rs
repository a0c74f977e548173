//! What developers and agents do all day raises nothing of WARNING or above.
//!
//! Each test checks the product of its behaviour, so that it is known to have happened, and ends
//! with two deliberate acts whose alerts must come and be the only ones: so the container is known
//! to have been watched. One of them travels with the flood of ordinary events and one beside it;
//! what was raised before them has come when both have.

use anyhow::{Context, Result, ensure};
use tests::shipped::{CREDENTIALS, MOUNT};
use tests::{Attack, Container, Engine, Ground, Image, Verdict, allow};

const ACTS: &str = "/usr/local/bin/acts";

fn debian(options: &[&str]) -> Result<Container<'static>> {
    // The detector first: it must see the container's start.
    Ground::shared()?;
    Container::idle(Engine::shared()?, Image::Debian, options)
}

/// Performs the deliberate acts; nothing else may have raised a grave alert.
fn raised_nothing(container: &Container<'_>) -> Result<()> {
    let detector = &Ground::shared()?.detector;
    container.put_acts(ACTS)?;
    Attack::new("open /etc/shadow read", "openat", "SUCCESS")
        .by(ACTS)
        .on("/etc/shadow")
        .raises(CREDENTIALS, container, detector)?;
    Attack::new("mount none /mnt tmpfs", "mount", "EPERM")
        .by(ACTS)
        .raises(MOUNT, container, detector)?;
    let alerts = detector.alerts_of(container);
    let grave = alerts.iter().filter(|alert| alert.is_grave()).count();
    ensure!(
        grave == 2,
        "{grave} alerts where two acts deserve one: {alerts:#?}"
    );
    Ok(())
}

fn ensure_product(product: &str, expected: &str) -> Result<()> {
    ensure!(
        product == expected,
        "the product is `{product}` and not `{expected}`"
    );
    Ok(())
}

#[test]
fn container_start() -> Verdict {
    for options in [
        ["--init", "--hostname=one", "--workdir=/tmp"].as_slice(),
        &[
            "--init",
            "--tmpfs=/scratch",
            "--shm-size=32m",
            "--cap-drop=NET_RAW",
        ],
        &[
            "--volume=/data",
            "--env=KEY=value",
            "--pids-limit=200",
            "--memory=256m",
        ],
    ] {
        let container = debian(options)?;
        let first = container.exec(&["cat", "/proc/1/comm"])?;
        let expected = if options.contains(&"--init") {
            "docker-init"
        } else {
            "sleep"
        };
        ensure_product(&first, expected)?;
        raised_nothing(&container)?;
    }
    Ok(())
}

#[test]
fn commands_executed_from_outside() -> Verdict {
    let container = debian(&[])?;
    container.exec(&["sh", "-c", "id -u > /tmp/product; chmod 666 /tmp/product"])?;
    for options in [
        ["--user=1000"].as_slice(),
        &["--user=nobody", "--workdir=/tmp"],
        &["--tty", "--env=KEY=value"],
    ] {
        container.exec_with(options, &["sh", "-c", "id -u >> /tmp/product"])?;
    }
    ensure_product(
        &container.exec(&["cat", "/tmp/product"])?,
        "0\n1000\n65534\n0",
    )?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn health_check() -> Verdict {
    let check = "--health-cmd=test -d /tmp && echo fine";
    let container = debian(&[check, "--health-interval=1s", "--health-retries=3"])?;
    container.await_state("{{.State.Health.Status}}", "healthy")?;
    container.await_state("{{ge (len .State.Health.Log) 3}}", "true")?;
    let said = container.inspect("{{(index .State.Health.Log 2).Output}}")?;
    ensure_product(said.trim(), "fine")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn copy_in_and_out_and_restart() -> Verdict {
    let engine = Engine::shared()?;
    let container = debian(&["--init"])?;
    let directory = engine.shared_directory()?;
    let (there, back) = (directory.join("there"), directory.join("back"));
    std::fs::write(&there, "carried\n")?;
    container.put(&there, "/root/carried")?;
    engine.ask(["restart", "--time=0", container.id()])?;
    engine.ask(["top", container.id()])?;
    let source = format!("{}:/root/carried", container.id());
    engine.ask(["cp", &source, &back.display().to_string()])?;
    ensure_product(&std::fs::read_to_string(&back)?, "carried\n")?;
    ensure_product(&container.inspect("{{.State.Status}}")?, "running")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn package_installed_removed_and_accounts_made() -> Verdict {
    let container = debian(&[])?;
    container.shell(
        r#"
        mkdir -p /build/DEBIAN /build/usr/bin
        printf '#!/bin/sh\necho served\n' > /build/usr/bin/service-of-ours
        chmod 755 /build/usr/bin/service-of-ours
        cat > /build/DEBIAN/control <<-END
		Package: service-of-ours
		Version: 1.0
		Architecture: all
		Maintainer: nobody <nobody@localhost>
		Depends: passwd
		Description: a package that makes an account
		END
        cat > /build/DEBIAN/postinst <<-'END'
		#!/bin/sh
		set -e
		useradd --system --user-group --create-home server
		echo server:secret | chpasswd
		chage --maxdays 99 server
		END
        chmod 755 /build/DEBIAN/postinst
        dpkg-deb --build /build /tmp/service.deb
        apt-get install --yes /tmp/service.deb
        "#,
    )?;
    ensure_product(&container.exec(&["service-of-ours"])?, "served")?;
    ensure_product(&container.exec(&["id", "-un", "server"])?, "server")?;
    container.shell("apt-get purge --yes service-of-ours; userdel --remove server")?;
    let gone = container.shell("id server 2>/dev/null || echo gone")?;
    ensure_product(&gone, "gone")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn version_control() -> Verdict {
    let container = debian(&["--user=1000", "--env=HOME=/tmp/home"])?;
    let product = container.shell(
        "
        mkdir -p $HOME /tmp/work; cd /tmp/work
        git config --global user.name agent
        git config --global user.email agent@localhost
        git init --quiet --initial-branch=main origin; cd origin
        printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit
        for n in 1 2 3; do echo $n > file; git add file; git commit --quiet -m $n; done
        git clone --quiet /tmp/work/origin /tmp/work/clone; cd ../clone
        git switch --quiet --create topic; echo 4 > file; git commit --quiet --all -m 4
        git push --quiet origin topic; git gc --quiet
        git -C ../origin log --oneline topic | wc -l
        ",
    )?;
    ensure_product(&product, "4")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn compiler() -> Verdict {
    let container = debian(&[])?;
    let product = container.shell(
        r#"
        cd /tmp
        echo 'int answer(void) { return 42; }' > answer.c
        printf '%s\n' '#include <stdio.h>' 'int answer(void);' \
            'int main(void) { printf("%d\n", answer()); return 0; }' > main.c
        gcc -O2 -shared -fPIC -o libanswer.so answer.c
        gcc -O2 -o program main.c -L. -lanswer -Wl,-rpath,/tmp
        ./program
        "#,
    )?;
    ensure_product(&product, "42")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn python_with_many_processes() -> Verdict {
    let container = debian(&["--user=1000"])?;
    let program = r#"
import multiprocessing as mp
from multiprocessing import shared_memory

def square(n):
    return n * n

def fill(name):
    memory = shared_memory.SharedMemory(name)
    memory.buf[0] = 7
    memory.close()

if __name__ == "__main__":
    sums = []
    for method in ("fork", "spawn", "forkserver"):
        with mp.get_context(method).Pool(4) as pool:
            sums.append(sum(pool.map(square, range(200))))
    memory = shared_memory.SharedMemory(create=True, size=64)
    child = mp.Process(target=fill, args=(memory.name,))
    child.start(); child.join()
    print(*sums, memory.buf[0])
    memory.close(); memory.unlink()
"#;
    container.exec(&["sh", "-c", "printf %s \"$0\" > /tmp/program.py", program])?;
    let product = container.exec(&["python3", "/tmp/program.py"])?;
    ensure_product(&product, "2646700 2646700 2646700 7")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn sandboxes_inside() -> Verdict {
    let container = debian(&allow::SANDBOXES)?;
    for user in ["--user=1000", "--user=0"] {
        let product = container.exec_with(
            &[user],
            &[
                // What the engine enters with dies first: a sandbox that dies with its parent needs
                // one that stays.
                "sh",
                "-euc",
                "\"$@\"; :",
                "sh",
                "bwrap",
                "--unshare-all",
                "--die-with-parent",
                "--ro-bind",
                "/",
                "/",
                "--proc",
                "/proc",
                "--dev",
                "/dev",
                "--tmpfs",
                "/tmp",
                "--chdir",
                "/tmp",
                "sh",
                "-euc",
                "echo inside > product; cat product; ls /proc | grep -c '^[0-9]'",
            ],
        )?;
        assert!(product.starts_with("inside\n"), "{product}");
        let script = "mount -t tmpfs none /mnt; echo own > /mnt/product; cat /mnt/product; id -u";
        let product = container.exec_with(
            &[user],
            &[
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-euc",
                script,
            ],
        )?;
        ensure_product(&product, "own\n0")?;
    }
    let outside = container.shell("test -e /tmp/product -o -e /mnt/product || echo untouched")?;
    ensure_product(&outside, "untouched")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn database_started_and_asked() -> Verdict {
    let container = debian(&[])?;
    let product = container.shell(
        "
        chown redis: /var/lib/redis /var/log/redis
        setpriv --reuid=redis --regid=redis --init-groups --no-new-privs \\
            redis-server --daemonize yes --dir /var/lib/redis --port 6379 \\
            --unixsocket /tmp/redis.sock --logfile /var/log/redis/server.log
        until redis-cli ping > /dev/null 2>&1; do sleep 0.1; done
        for n in $(seq 50); do redis-cli incr counter > /dev/null; done
        redis-cli save > /dev/null
        redis-cli bgrewriteaof > /dev/null
        redis-cli -s /tmp/redis.sock get counter
        redis-cli shutdown nosave
        test -s /var/lib/redis/dump.rdb
        ",
    )?;
    ensure_product(&product, "50")?;
    raised_nothing(&container)?;
    Ok(())
}

#[test]
fn log_rotation() -> Verdict {
    let container = debian(&[])?;
    let product = container.shell(
        r#"
        useradd --system writer
        mkdir /var/log/ours; chown writer: /var/log/ours
        cat > /etc/logrotate.d/ours <<-'END'
		/var/log/ours/*.log {
		    rotate 3
		    compress
		    missingok
		    su writer writer
		    create 0640 writer writer
		    postrotate
		        echo rotated >> /tmp/rotations
		    endscript
		}
		END
        for n in 1 2 3; do
            echo line $n >> /var/log/ours/service.log
            chown writer: /var/log/ours/service.log
            logrotate --force /etc/logrotate.conf
        done
        zcat /var/log/ours/service.log.3.gz
        wc -l < /tmp/rotations
        "#,
    )?;
    let mut lines = product.lines();
    ensure_product(lines.next().context("nothing was rotated")?, "line 1")?;
    ensure_product(lines.next().context("no script ran")?.trim(), "3")?;
    raised_nothing(&container)?;
    Ok(())
}
