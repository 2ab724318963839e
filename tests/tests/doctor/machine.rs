//! Is the machine fit, and what is told to whom may not look?

use enforcer_tests::daemon::{Diagnosis, Nobody};
use enforcer_tests::site::{POLICY, Site};

use crate::{NO_OPTIONS, examine};

#[test]
fn without_a_file_system_for_pins_nothing_can_be_in_force() {
    let site = Site::new("doctor_bpffs").unwrap();
    let elsewhere = site.file("elsewhere/enforcer");
    let enforcer = site.enforcer.clone().with_bpffs(&elsewhere);
    let policy = site.policy().to_str().unwrap();
    let (diagnosis, code) = enforcer.doctor(&["--policy", policy]).unwrap();
    assert_eq!(code, Some(1));
    let found = diagnosis.to("bpffs").unwrap();
    assert_eq!(found.level, "error");
    let mount = format!("mount -t bpf bpf {}", site.file("elsewhere").display());
    assert_eq!(found.run.first(), Some(&mount));
    assert!(!elsewhere.exists(), "it changes nothing");

    let (diagnosis, _) = examine(&site);
    assert_eq!(diagnosis.to("bpffs").unwrap().level, "ok");
}

#[test]
fn without_a_policy_what_is_in_force_is_looked_at_and_without_either_nothing_can_be() {
    let site = Site::new("doctor_policy").unwrap();
    let missing = site.file("missing.yaml");
    let options = ["--policy", missing.to_str().unwrap()];
    let (diagnosis, code) = site.enforcer.doctor(&options).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(diagnosis.to("policy").unwrap().level, "error");

    let _daemon = site.started(&[]).unwrap();
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    for options in [&options[..], &[]] {
        let (diagnosis, code) = site.enforcer.doctor(options).unwrap();
        assert_eq!(code, Some(0));
        // Whether a tag matters there, only the policy says.
        let wrong = [
            ("policy", "warning", None),
            ("vlan-tags", "unknown", Some("lan-cam1")),
        ];
        assert_eq!(diagnosis.wrong(), wrong);
        assert_eq!(diagnosis.interfaces, ["lan-cam1"]);
    }
    let (diagnosis, _) = site.enforcer.doctor(&NO_OPTIONS).unwrap();
    let told = &diagnosis.to("policy").unwrap().message;
    assert!(told.ends_with("not a valid policy, 1 problem"), "{told}");
}

#[test]
fn who_may_not_look_is_told_what_is_not_known_and_that_root_would_know() {
    let site = Site::new("doctor_nobody").unwrap();
    let nobody = Nobody::new(&site.enforcer, POLICY).unwrap();
    let policy = nobody.policy().to_str().unwrap();
    let examine = || {
        let outcome = nobody
            .run(&["doctor", "--json", "--policy", policy])
            .unwrap();
        let diagnosis: Diagnosis = serde_json::from_str(&outcome.stdout).unwrap();
        (diagnosis, outcome.code)
    };
    // That there is no program at all, everybody may know.
    let (diagnosis, code) = examine();
    assert_eq!(code, Some(1));
    assert_eq!(diagnosis.to("enforced").unwrap().level, "error");

    let _daemon = site.started(&[]).unwrap();
    let (diagnosis, code) = examine();
    assert_eq!(code, Some(5), "{diagnosis:#?}");
    for code in ["bpffs", "daemon", "enforced", "flow-offload"] {
        let found = diagnosis.to(code).unwrap();
        assert_eq!(found.level, "unknown", "{found:?}");
        assert!(found.message.starts_with("cannot tell: "), "{found:?}");
    }
}
