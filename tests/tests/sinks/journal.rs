//! The journal's native protocol, as a socket of the test's own gets it.

use std::os::unix::net::UnixDatagram;

use enforcer_tests::daemon::PATIENCE;
use enforcer_tests::site::Site;

use super::{provoke, start};

#[test]
fn the_journal_gets_an_entry_with_fields_for_each_event() {
    let site = Site::new("sinks_journal").unwrap();
    let path = site.file("journal.sock");
    let journal = UnixDatagram::bind(&path).unwrap();
    journal.set_read_timeout(Some(PATIENCE)).unwrap();
    let sink = format!("journald: {{path: {}}}", path.display());
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 2);
    for _ in 0..2 {
        let mut bytes = [0; 16_384];
        let length = journal.recv(&mut bytes).unwrap();
        let entry = str::from_utf8(&bytes[..length]).unwrap();
        let fields: Vec<&str> = entry.lines().collect();
        for field in [
            "PRIORITY=5",
            "SYSLOG_IDENTIFIER=enforcer",
            "ENFORCER_ACTION=drop",
            "ENFORCER_REASON=not_allowed",
            "ENFORCER_CAMERA=flooder",
            "ENFORCER_GROUP=timed",
            "ENFORCER_INTERFACE=lan-cam1",
            "ENFORCER_SOURCE_IP=192.168.50.99",
            "ENFORCER_DESTINATION_PORT=9999",
            "ENFORCER_PROTOCOL=udp",
        ] {
            assert!(fields.contains(&field), "{field}\n{entry}");
        }
        let message = fields.iter().find(|field| field.starts_with("MESSAGE="));
        assert!(
            message.unwrap().contains("  DROP   flooder (timed)  "),
            "{entry}"
        );
    }
    daemon.terminate().unwrap();
}
