//! Owners of addresses are read from files in the layouts that there are, and anew when they change.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    slice, thread,
    time::{Duration, Instant},
};

use enforcer::labels::{Label, Labels};
use maxminddb_writer::{Database, metadata::IpVersion, paths::IpAddrWithMask};
use serde::{Serialize, ser::Error as _};
use serde_json::{Value, json};

const CAMERA_CLOUD: &str = "203.0.113.7";
const ELSEWHERE: &str = "192.0.2.1";

#[test]
fn every_publisher_s_layout_says_whose_an_address_is() {
    let everything = ("CN", 4134, "CHINANET-BACKBONE");
    for (case, records, expected) in [
        (
            "MaxMind and DB-IP, a file for each",
            vec![
                json!({
                    "continent": {"code": "AS", "names": {"en": "Asia"}},
                    "country": {"geoname_id": 1_814_991, "iso_code": "CN", "names": {"en": "China"}},
                }),
                json!({
                    "autonomous_system_number": 4134,
                    "autonomous_system_organization": "CHINANET-BACKBONE",
                }),
            ],
            everything,
        ),
        (
            "a city with its country, as MaxMind has it",
            vec![
                json!({
                    "city": {"names": {"en": "Hangzhou"}},
                    "country": {"iso_code": "CN"},
                    "location": {"latitude": 30.29, "longitude": 120.16, "time_zone": "Asia/Shanghai"},
                    "registered_country": {"iso_code": "US"},
                    "subdivisions": [{"iso_code": "ZJ"}],
                    "traits": {"is_anycast": true},
                }),
                json!({
                    "autonomous_system_number": 4134,
                    "autonomous_system_organization": "CHINANET-BACKBONE",
                }),
            ],
            everything,
        ),
        (
            "where an address is registered, if nothing says where it is",
            vec![
                json!({"registered_country": {"iso_code": "CN"}}),
                json!({"asn": "AS4134", "name": "CHINANET-BACKBONE"}),
            ],
            everything,
        ),
        (
            "IPinfo lite",
            vec![json!({
                "as_domain": "chinatelecom.com.cn",
                "as_name": "CHINANET-BACKBONE",
                "asn": "AS4134",
                "continent": "Asia",
                "continent_code": "AS",
                "country": "China",
                "country_code": "CN",
            })],
            everything,
        ),
        (
            "IPinfo's country and ASN",
            vec![json!({
                "as_domain": "chinatelecom.com.cn",
                "as_name": "CHINANET-BACKBONE",
                "asn": "AS4134",
                "continent": "AS",
                "country": "CN",
                "country_name": "China",
            })],
            everything,
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..records.len())
            .map(|index| directory.path().join(format!("{index}.mmdb")))
            .collect();
        for (file, record) in files.iter().zip(&records) {
            write(file, record);
        }
        let labels = Labels::of_files(&files);
        let (country, asn, organization) = expected;
        let label = labels.of(address(CAMERA_CLOUD), None);
        assert_eq!(label.country.unwrap().as_str(), country, "{case}");
        assert_eq!(label.asn, Some(asn), "{case}");
        assert_eq!(label.organization.as_deref(), Some(organization), "{case}");
        assert_eq!(label.carrier, Some("China Telecom"), "{case}");
        assert_eq!(
            labels.of(address(ELSEWHERE), None),
            Label::default(),
            "{case}"
        );
    }
}

#[test]
fn a_tree_of_ipv6_has_addresses_of_both_families() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("both.mmdb");
    let mut database = Database::default();
    database.metadata.ip_version = IpVersion::V6;
    database.metadata.binary_format_major_version = 2;
    // IPv4 stands behind ninety-six zeroes.
    for (prefix, number) in [
        ("::203.0.113.0/120", 64_496_u32),
        ("2001:db8:113::/48", 64_497),
    ] {
        let record = json!({"country": {"iso_code": "CN"}, "autonomous_system_number": number});
        let value = database.insert_value(Record(&record)).unwrap();
        let prefix: IpAddrWithMask = prefix.parse().unwrap();
        database.insert_node(prefix, value);
    }
    fs::write(&file, database.write_to(Vec::new()).unwrap()).unwrap();
    let labels = Labels::of_files(slice::from_ref(&file));
    for (to, expected) in [
        (CAMERA_CLOUD, Some(64_496)),
        ("203.0.114.0", None),
        (ELSEWHERE, None),
        ("2001:db8:113::7", Some(64_497)),
        ("2001:db8:114::7", None),
        ("2001:db8::1", None),
    ] {
        let label = labels.of(address(to), None);
        assert_eq!(label.asn, expected, "{to}");
        assert_eq!(label.country.is_some(), expected.is_some(), "{to}");
    }
}

#[test]
fn what_is_no_owner_is_left_out_and_names_steer_no_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("odd.mmdb");
    for (record, number, name) in [
        (
            json!({"country": {"iso_code": "china"}, "asn": "ASX"}),
            None,
            None,
        ),
        (
            json!({"country": ["CN"], "asn": {"asn": 1}, "as_name": [1, 2]}),
            None,
            None,
        ),
        (
            json!({"asn": 64_496, "as_name": "Evil\u{1b}[2J\nCorp\u{202e}"}),
            Some(64_496),
            Some("Evil[2JCorp"),
        ),
        (json!("no mapping"), None, None),
    ] {
        write(&file, &record);
        let labels = Labels::of_files(slice::from_ref(&file));
        let label = labels.of(address(CAMERA_CLOUD), None);
        assert_eq!(label.country, None, "{record}");
        assert_eq!(label.asn, number, "{record}");
        assert_eq!(label.organization.as_deref(), name, "{record}");
    }
}

#[test]
fn a_file_that_comes_changes_breaks_and_goes_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("asn.mmdb");
    let labels = Labels::of_files(slice::from_ref(&file));
    let number = || labels.of(address(CAMERA_CLOUD), None).asn;
    assert_eq!(number(), None);
    write(&file, &json!({"autonomous_system_number": 64_496}));
    wait_until(|| number() == Some(64_496));
    let new = directory.path().join("new");
    write(&new, &json!({"autonomous_system_number": 64_497}));
    fs::rename(&new, &file).unwrap();
    wait_until(|| number() == Some(64_497));
    fs::write(&file, "this is no such file").unwrap();
    wait_until(|| number().is_none());
    write(&file, &json!({"autonomous_system_number": 64_498}));
    wait_until(|| number() == Some(64_498));
    fs::remove_file(&file).unwrap();
    wait_until(|| number().is_none());
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(50));
    }
}

/// A file that says this of 203.0.113.0/24 and nothing of all else.
fn write(path: &Path, record: &Value) {
    let mut database = Database::default();
    database.metadata.ip_version = IpVersion::V4;
    database.metadata.binary_format_major_version = 2;
    let value = database.insert_value(Record(record)).unwrap();
    let prefix: IpAddrWithMask = "203.0.113.0/24".parse().unwrap();
    database.insert_node(prefix, value);
    fs::write(path, database.write_to(Vec::new()).unwrap()).unwrap();
}

/// JSON's numbers as these files have them: none of 64 bits with a sign.
struct Record<'v>(&'v Value);

impl Serialize for Record<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match number.as_u64() {
                Some(number) => to.serialize_u32(number.try_into().map_err(S::Error::custom)?),
                None => to.serialize_f64(number.as_f64().unwrap_or_default()),
            },
            Value::Array(items) => to.collect_seq(items.iter().map(Record)),
            Value::Object(fields) => {
                to.collect_map(fields.iter().map(|(name, value)| (name, Record(value))))
            }
            Value::String(text) => to.serialize_str(text),
            Value::Bool(bool) => to.serialize_bool(*bool),
            Value::Null => to.serialize_unit(),
        }
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
