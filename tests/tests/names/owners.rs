//! Whose network a camera sends to, by the files that there are.

use std::path::Path;

use enforcer_tests::daemon::wait;
use enforcer_tests::owners::{self, Owner};
use serde_json::Value;

use super::{GATE, ledger, site, start, told};

#[test]
fn owners_are_told_by_the_files_that_there_are_and_missing_ones_once() {
    let site = site("names_owners");
    let [owners, missing] = ["owners.mmdb", "missing.mmdb"].map(|name| site.file(name));
    write_owner(&owners, "CN", 4134, "CHINANET-BACKBONE");
    let settings = format!("owners: [{}, {}]", missing.display(), owners.display());
    let mut daemon = start(&site, &settings);
    let event = wait("an owner", || {
        let event = told(&site, GATE, "192.168.50.21");
        (event["alert"]["metadata"]["dest_asn"] != Value::Null).then_some(event)
    });
    let metadata = &event["alert"]["metadata"];
    for (key, expected) in [
        ("dest_country", "CN"),
        ("dest_asn", "4134"),
        ("dest_organization", "CHINANET-BACKBONE"),
        ("dest_carrier", "China Telecom"),
    ] {
        assert_eq!(metadata[key][0], expected, "{event}");
    }
    assert_eq!(metadata["dest_domain"], Value::Null);
    let line = ledger(&site);
    assert_eq!(line["dest_country"], "CN");
    assert_eq!(line["dest_asn"], 4134);
    assert_eq!(line["dest_carrier"], "China Telecom");

    write_owner(&owners, "NL", 64_496, "Example");
    wait("another owner", || {
        let event = told(&site, GATE, "192.168.50.21");
        (event["alert"]["metadata"]["dest_asn"][0] == "64496").then_some(())
    });
    let log = daemon.log();
    assert_eq!(log.matches("missing.mmdb: ").count(), 1, "{log}");
    daemon.terminate().unwrap();
    let line = ledger(&site);
    assert_eq!(
        (&line["dest_asn"], &line["dest_country"]),
        (&Value::Null, &Value::Null)
    );
    let owners = owners.to_str().unwrap();
    let arguments = ["ledger", "--camera", "gate", "--owners", owners];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert!(
        outcome.stdout.contains("NL, AS64496 Example"),
        "{outcome:?}"
    );
    let arguments = ["ledger", "--owners", "/no/such/file"];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let words = "--owners: /no/such/file: No such file";
    assert!(outcome.stderr.contains(words), "{outcome:?}");
}

/// A file that says this of the cloud's network.
fn write_owner(path: &Path, country: &'static str, system: u32, organization: &'static str) {
    let owner = Owner {
        prefix: "203.0.113.0/24",
        country,
        system,
        organization,
    };
    owners::write(path, &[owner]).unwrap();
}
