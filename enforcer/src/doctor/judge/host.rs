//! Is the machine fit for it, and does somebody look after it?

use crate::doctor::facts::{Daemon, Facts, Known, Untold};
use crate::doctor::{Finding, Level, Question};

use super::command::{POLICY, put_in_force, quote, start};

/// The oldest kernel.
const FLOOR: (u32, u32) = (5, 10);

/// What the daemon must be able to do, by their numbers in the kernel.
const NEEDED: [(&str, u32); 3] = [("CAP_BPF", 39), ("CAP_NET_ADMIN", 12), ("CAP_PERFMON", 38)];
/// Stands for the others, BPF and PERFMON, where a kernel or a unit knows no better.
const CAP_SYS_ADMIN: u32 = 21;

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    findings.push(kernel(&facts.host.release));
    findings.push(bpffs(facts));
    findings.extend(interpreter(facts));
    findings.extend(policy(facts));
    findings.push(daemon(facts));
    findings.extend(privileges(facts));
}

fn kernel(release: &Known<String>) -> Finding {
    let release = match release {
        Ok(release) => release,
        Err(untold) => return Finding::unknown(Question::Kernel, untold),
    };
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    let Some(version) = number().zip(number()) else {
        let untold = Untold::new(format!("`{release}` is no version"));
        return Finding::unknown(Question::Kernel, &untold);
    };
    if version < FLOOR {
        return Finding::new(
            Question::Kernel,
            Level::Error,
            format!("Linux {release}"),
            "The program needs Linux 5.10 or later (bpf_link for XDP, the ring buffer). Nothing can be \
             put in force here: take a newer kernel.",
        );
    }
    Finding::new(
        Question::Kernel,
        Level::Ok,
        format!("Linux {release}"),
        "It is new enough.",
    )
}

fn bpffs(facts: &Facts) -> Finding {
    let directory = &facts.directories.bpffs;
    let (path, mount_point) = (directory.display(), directory.parent().unwrap_or(directory));
    match &facts.host.bpffs {
        Ok(true) => Finding::new(
            Question::Bpffs,
            Level::Ok,
            format!("{path} is on a BPF file system"),
            "What is pinned there outlives the daemon.",
        ),
        Ok(false) => Finding::new(
            Question::Bpffs,
            Level::Error,
            format!("{path} is not on a BPF file system"),
            "Links have no place to be pinned: no daemon starts, and no policy can be put in force. What was \
             in force before it was unmounted is held by a running daemon alone, and else is gone.",
        )
        .run(format!("mount -t bpf bpf {}", quote(&mount_point.to_string_lossy())))
        .run(start(facts)),
        Err(untold) => Finding::unknown(Question::Bpffs, untold),
    }
}

fn interpreter(facts: &Facts) -> Option<Finding> {
    // A kernel without the switch has no interpreter, or nothing else.
    let is_interpreted = matches!(facts.host.compiles, Ok(false));
    is_interpreted.then(|| {
        Finding::new(
            Question::Interpreter,
            Level::Warning,
            "the kernel interprets programs",
            "Verdicts are the same and take many times as long: a flood then costs the router more. \
             Programs that are loaded afterwards are compiled.",
        )
        .run("sysctl -w net.core.bpf_jit_enable=1")
        .run(put_in_force(facts))
    })
}

fn policy(facts: &Facts) -> Vec<Finding> {
    let asked = &facts.asked;
    let mut findings = Vec::new();
    let path = asked.path.as_deref().unwrap_or(POLICY);
    if asked.interfaces.is_empty() {
        let why = asked.unreadable.as_deref().unwrap_or(path);
        findings.push(
            Finding::new(
                Question::Policy,
                Level::Error,
                format!("no policy, and nothing is in force: {why}"),
                "No interface is known that should be enforced, so none is looked at.",
            )
            .run(format!("enforcer check {}", quote(path))),
        );
        return findings;
    }
    if let Some(why) = &asked.unreadable {
        findings.push(
            Finding::new(
                Question::Policy,
                Level::Warning,
                format!("the policy cannot be read: {why}"),
                "What is in force stays, and is what is looked at here. After a reboot the last good policy \
                 is put in force, if there is one.",
            )
            .run(format!("enforcer check {}", quote(path))),
        );
        return findings;
    }
    if let Ok(Some(record)) = &facts.record {
        let names = asked.interfaces.iter().map(|row| row.name.to_string());
        if !names.eq(record.interfaces.iter().cloned()) {
            findings.push(
                Finding::new(
                    Question::Policy,
                    Level::Warning,
                    format!(
                        "{path} names other interfaces than generation {}",
                        record.generation
                    ),
                    "The policy has changed and is not in force.",
                )
                .run(put_in_force(facts)),
            );
        }
    }
    findings
}

fn daemon(facts: &Facts) -> Finding {
    match &facts.daemon {
        Ok(Daemon::Runs { process, .. }) => Finding::new(
            Question::Daemon,
            Level::Ok,
            format!("the daemon runs (process {process})"),
            "It follows the policy, the interfaces and their addresses.",
        ),
        Ok(Daemon::Stopped) => Finding::new(
            Question::Daemon,
            Level::Warning,
            "the daemon does not run",
            "What is in force stays. Interfaces that appear are open, a change of the policy is not taken \
             up, audits do not end, and drops are not told.",
        )
        .run(start(facts)),
        Err(untold) => Finding::unknown(Question::Daemon, untold),
    }
}

fn privileges(facts: &Facts) -> Option<Finding> {
    let Ok(Daemon::Runs {
        process,
        capabilities: Ok(capabilities),
    }) = &facts.daemon
    else {
        return None;
    };
    let has = |number: u32| capabilities >> number & 1 == 1;
    let missing = NEEDED.iter().filter(|(name, number)| {
        let by_another = *name != "CAP_NET_ADMIN" && has(CAP_SYS_ADMIN);
        !has(*number) && !by_another
    });
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    (!missing.is_empty()).then(|| {
        let restart = if facts.host.has_unit {
            "systemctl restart enforcer".to_owned()
        } else {
            format!("kill {process}; {}", start(facts))
        };
        Finding::new(
            Question::Privileges,
            Level::Warning,
            format!("the daemon runs without {}", missing.join(", ")),
            "It cannot load another generation or put it on interfaces: what is in force stays as it is. \
             Give it these capabilities, under systemd by CapabilityBoundingSet= and AmbientCapabilities=, and restart it.",
        )
        .run(restart)
    })
}
