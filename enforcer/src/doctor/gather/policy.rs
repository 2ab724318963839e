//! What should be enforced: what the policy says, or else what was put in force last.

use std::path::Path;

use crate::doctor::facts::{Asked, Known, Named, Row, Tagged};
use crate::policy::{Policy, ReadError};
use crate::record::Record;
use crate::words::Count;

/// Where the manual puts it.
const USUAL: &str = "/etc/enforcer/policy.yaml";

pub(super) fn asked(path: Option<&Path>, record: &Known<Option<Record>>) -> Asked {
    let record = record.as_ref().ok().and_then(Option::as_ref);
    let of_daemon = record.map(|record| Path::new(&record.policy));
    let path = path.or(of_daemon).unwrap_or(Path::new(USUAL));
    let told = path.display().to_string();
    let error = match Policy::read(path) {
        Ok(policy) => return of_policy(told, &policy),
        Err(ReadError::Policy(report)) => {
            let problems = Count(report.count(), "problem");
            format!("{told}: not a valid policy, {problems}")
        }
        Err(error) => error.to_string(),
    };
    let names = record.map(|record| record.interfaces.as_slice());
    let names = names.unwrap_or_default().iter();
    let interfaces = names.filter_map(|name| {
        let name = name.parse().ok()?;
        Some(Named { name, row: None })
    });
    Asked {
        path: Some(told),
        unreadable: Some(error),
        interfaces: interfaces.collect(),
        tagged: None,
    }
}

fn of_policy(path: String, policy: &Policy) -> Asked {
    let interfaces = policy.interfaces.iter().map(|interface| Named {
        name: interface.name.clone(),
        row: Some(Row {
            attach: interface.attach,
            unlisted: interface.unlisted,
        }),
    });
    let cameras = policy.cameras.iter();
    let tagged = cameras.filter(|camera| !camera.identity.vlan.is_empty());
    let tagged = tagged.map(|camera| Tagged {
        camera: camera.name.clone(),
        interfaces: camera.identity.interface.clone(),
    });
    Asked {
        path: Some(path),
        unreadable: None,
        interfaces: interfaces.collect(),
        tagged: Some(tagged.collect()),
    }
}
