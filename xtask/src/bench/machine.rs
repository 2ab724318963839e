//! What a measurement was taken on, in general terms: enough to judge the numbers by.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result};

use crate::sh;

/// The day and the machine, as a sentence.
pub fn described() -> Result<String> {
    let date = sh::output(Command::new("date").args(["--utc", "+%F"]))?;
    let cores = thread::available_parallelism().context("the number of processors")?;
    let kernel =
        fs::read_to_string("/proc/sys/kernel/osrelease").context("the kernel's version")?;
    let processors = fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?;
    Ok(format!(
        "Measured on {} on a machine with {cores} cores ({}), Linux {}.",
        date.trim(),
        model(&processors),
        version(kernel.trim()),
    ))
}

/// The model of the first processor; not every architecture names one.
fn model(processors: &str) -> &str {
    let named = processors
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == "model name");
    named.map_or(std::env::consts::ARCH, |(_, model)| model.trim())
}

/// `6.18` of `6.18.44-cloud-amd64`: the rest is nobody else's.
fn version(release: &str) -> &str {
    let mut dots = release.match_indices('.');
    let end = dots.nth(1).map_or(release.len(), |(at, _)| at);
    release.get(..end).unwrap_or(release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_told_by_its_processor_and_the_kernels_version() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: fpu\n";
        assert_eq!(model(cpuinfo), "Some CPU @ 2 GHz");
        assert_eq!(
            model("processor\t: 0\nBogoMIPS\t: 50\n"),
            std::env::consts::ARCH
        );
        assert_eq!(version("6.18.44-cloud-amd64"), "6.18");
        assert_eq!(version("6.18-rc1"), "6.18-rc1");
    }
}
