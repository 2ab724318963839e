//! Policies of any size, the same each time.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::super::numbers::Numbers;

/// Prefixes in one list of a site.
const IN_A_LIST: usize = 1000;

/// A folder of policies that is removed in the end.
pub(super) struct Made {
    folder: PathBuf,
}

impl Made {
    /// An empty folder.
    pub(super) fn new(folder: PathBuf) -> Result<Self> {
        if folder.is_dir() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder })
    }

    /// A policy of one camera that reaches as many prefixes, in a list file. Of the prefixes of two
    /// editions one in a hundred differs.
    pub(super) fn list(&self, prefixes: usize, edition: u64) -> Result<PathBuf> {
        let name = format!("list-{prefixes}-{edition}");
        self.write(&format!("{name}.txt"), |out| {
            let (mut common, mut own) = (Numbers::new(1), Numbers::new(2 + edition));
            for index in 0..prefixes {
                // Drawn in any case, so that what follows is the same in all editions.
                let shared = prefix(&mut common);
                let prefix = match index % 100 {
                    99 => prefix(&mut own),
                    _ => shared,
                };
                writeln!(out, "{prefix}")?;
            }
            Ok(())
        })?;
        self.write(&format!("{name}.yaml"), |out| {
            writeln!(out, "{HEAD}prefixes: {{many: [{{file: {name}.txt}}]}}")?;
            writeln!(out, "groups:\n  made: {{allow: [{{to: many, {PORTS}}}]}}")?;
            writeln!(out, "cameras:\n  {}", camera(0, "made"))
        })
    }

    /// A policy of as many cameras and prefixes, all in one file: a list, and a group that reaches it,
    /// for every thousand prefixes.
    pub(super) fn site(&self, cameras: usize, prefixes: usize) -> Result<PathBuf> {
        let lists = prefixes.div_ceil(IN_A_LIST).max(1);
        self.write(&format!("site-{cameras}-{prefixes}.yaml"), |out| {
            let mut numbers = Numbers::new(1);
            writeln!(out, "{HEAD}prefixes:\n  recorder: 192.0.2.10")?;
            for list in 0..lists {
                writeln!(out, "  list-{list}:\n    - 198.51.100.0/24")?;
                for _ in (0..prefixes).skip(list * IN_A_LIST).take(IN_A_LIST) {
                    writeln!(out, "    - \"{}\"", prefix(&mut numbers))?;
                }
            }
            writeln!(out, "groups:")?;
            for list in 0..lists {
                writeln!(out, "  group-{list}:\n    allow:")?;
                writeln!(out, "      - {{to: recorder, answer: tcp/554}}")?;
                writeln!(out, "      - {{to: list-{list}, {PORTS}}}")?;
            }
            writeln!(out, "cameras:")?;
            for number in 0..cameras {
                let group = format!("group-{}", number % lists);
                writeln!(out, "  {}", camera(number, &group))?;
            }
            Ok(())
        })
    }

    fn write(
        &self,
        name: &str,
        text: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<PathBuf> {
        let path = self.folder.join(name);
        let written = || -> io::Result<()> {
            let mut out = BufWriter::new(File::create(&path)?);
            text(&mut out)?;
            out.flush()
        };
        written().with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // What stays lies in the folder of things that are built, and goes the next time.
        drop(fs::remove_dir_all(&self.folder));
    }
}

const HEAD: &str = "version: 1\ninterfaces: {lan*: }\n";

const PORTS: &str = "ports: [tcp/443, udp/8000-8010]";

/// The name of a camera.
pub(super) fn name(number: usize) -> String {
    format!("camera-{number}")
}

fn camera(number: usize, group: &str) -> String {
    let [.., a, b, c] = number.to_be_bytes();
    let (name, mac) = (name(number), format!("02:00:00:{a:02x}:{b:02x}:{c:02x}"));
    format!("{name}: {{match: {{mac: \"{mac}\", ip: 10.{a}.{b}.{c}}}, group: {group}}}")
}

/// Of ten prefixes one is IPv6, of /40 to /64. The others are of /20 to /32, and none is beyond
/// 191.255.255.255: there are the addresses that no list is to hold.
fn prefix(numbers: &mut Numbers) -> String {
    let (number, kind) = (numbers.next(), numbers.next());
    if kind.is_multiple_of(10) {
        let length = 40 + kind / 10 % 25;
        let network = (number & (u64::MAX << (64 - length))) >> 8 & (u64::MAX >> 8);
        let network = (0x20 << 56 | network) & (u64::MAX << (64 - length));
        let [a, b, c, d] = [48, 32, 16, 0].map(|bits| network >> bits & 0xffff);
        return format!("{a:x}:{b:x}:{c:x}:{d:x}::/{length}");
    }
    let length = 20 + kind / 10 % 13;
    let address = ((1 << 24) + number % (191 << 24)) & (u64::MAX << (32 - length));
    let [.., a, b, c, d] = address.to_be_bytes();
    format!("{a}.{b}.{c}.{d}/{length}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn what_is_made_is_the_same_each_time_and_editions_differ_in_one_of_a_hundred() {
        let folder = std::env::temp_dir().join(format!("enforcer-made-{}", std::process::id()));
        let made = Made::new(folder.clone()).unwrap();
        let lines = |path: &Path| -> Vec<String> {
            let text = fs::read_to_string(path.with_extension("txt")).unwrap();
            text.lines().map(str::to_owned).collect()
        };
        let first = lines(&made.list(1000, 0).unwrap());
        assert_eq!(lines(&made.list(1000, 0).unwrap()), first);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 1000);
        let second = lines(&made.list(1000, 1).unwrap());
        let pairs = first.iter().zip(&second);
        assert_eq!(pairs.filter(|(one, other)| one != other).count(), 10);
        let site = fs::read_to_string(made.site(3, 1500).unwrap()).unwrap();
        assert_eq!(site.matches("match:").count(), 3);
        assert_eq!(site.matches("    - \"").count(), 1500);
        assert_eq!(site.matches("group: group-1").count(), 1);
        drop(made);
        assert!(!folder.exists());
    }
}
