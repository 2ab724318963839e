//! Which prefixes of MAC addresses are whose: `data/makers.csv` has those of makers of cameras, taken from the
//! registry of the IEEE as Debian packages it.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{debian, sh};

/// A folder with the registry's files of one's own choice, where Debian's package is out of reach.
pub const OWN_REGISTRY: &str = "ENFORCER_IEEE_DATA";

/// The newest there is: the stable release has one of years ago.
const RELEASE: &str = "testing";

/// The registry's files, one for each length of prefix.
const FILES: [&str; 3] = ["oui.csv", "mam.csv", "oui36.csv"];

/// Makers, by how the names begin under which they are in the registry: in lower case, letters and digits alone.
const MAKERS: &[(&str, &[&str])] = &[
    ("Ajax", &["ajaxsystems"]),
    ("Amcrest", &["amcrest"]),
    ("Arlo", &["arlotechnology"]),
    ("Avigilon", &["avigilon"]),
    ("Axis", &["axiscommunications"]),
    ("Blink", &["blinkbyamazon"]),
    ("Bosch Security", &["boschsecurity"]),
    ("CP Plus", &["cpplus"]),
    ("Dahua", &["zhejiangdahua"]),
    ("EZVIZ", &["hangzhouezviz"]),
    ("GeoVision", &["geovision"]),
    ("Hanwha", &["hanwhavision"]),
    ("Herospeed", &["herospeed"]),
    ("Hikvision", &["hangzhouhikvision", "pramahikvision"]),
    ("i-PRO", &["iproco"]),
    ("Imilab", &["shanghaiimilab"]),
    // The subsidiary of Dahua that Imou belongs to.
    ("Imou", &["hangzhouhuachengnetwork"]),
    ("Infinova", &["infinova"]),
    ("Jovision", &["jovision", "jinanjovision"]),
    ("Lorex", &["lorextechnology"]),
    ("Milesight", &["xiamenmilesight", "milesight"]),
    ("Mobotix", &["mobotix"]),
    ("Nest", &["nestlabs"]),
    ("Netatmo", &["netatmo"]),
    ("Provision-ISR", &["provisionisr"]),
    ("Reolink", &["reolink"]),
    ("Ring", &["ringllc"]),
    ("Sunell", &["sunell"]),
    ("Swann", &["swanncommunications"]),
    ("TP-Link", &["tplink"]),
    ("TVT", &["tvtco"]),
    ("Tiandy", &["tiandy"]),
    ("Tuya", &["tuyasmart"]),
    ("Uniview", &["zhejianguniview"]),
    ("Verkada", &["verkada"]),
    ("Vivotek", &["vivotek"]),
    ("Wyze", &["wyzelabs"]),
    (
        "Xiaomi",
        &["xiaomicommunications", "xiaomielectronics", "beijingxiaomi"],
    ),
    ("Yi", &["shanghaixiaoyi"]),
];

/// The registry as it is packaged.
#[derive(Debug)]
pub struct Registry {
    folder: PathBuf,
    /// Debian's version of it, which is a date.
    pub version: String,
}

impl Registry {
    /// The package's files, after getting them if they are missing.
    pub fn get() -> Result<Self> {
        if let Some(folder) = env::var_os(OWN_REGISTRY) {
            let version = "of one's own choice".to_owned();
            return Ok(Self {
                folder: folder.into(),
                version,
            });
        }
        let words = format!("{OWN_REGISTRY} may name a folder with {}", FILES.join(", "));
        Self::of_debian(&sh::workspace().join("target/tools/ieee-data")).context(words)
    }

    fn of_debian(folder: &Path) -> Result<Self> {
        let noted = folder.join("version");
        if !noted.is_file() {
            sh::say("getting Debian's package of the IEEE's registry (4 MB, into target/tools)");
            let apt = debian::Apt::of(RELEASE, "deb", &folder.with_extension("partial"))?;
            sh::run(apt.get().args(["download", "ieee-data"]))?;
            let package = apt.file(".deb")?;
            let version = sh::output(
                Command::new("dpkg-deb")
                    .arg("--field")
                    .arg(&package)
                    .arg("Version"),
            )?;
            let mut unpack = Command::new("dpkg-deb");
            sh::run(unpack.arg("--extract").arg(&package).arg(apt.folder()))?;
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            for file in FILES {
                let from = apt.folder().join("usr/share/ieee-data").join(file);
                fs::rename(&from, folder.join(file)).with_context(|| file.to_owned())?;
            }
            fs::write(&noted, version.trim()).context("its version")?;
            apt.remove()?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            version: fs::read_to_string(&noted).context("its version")?,
        })
    }

    /// What `data/makers.csv` is when it is taken from this.
    pub fn makers(&self) -> Result<String> {
        let mut makers = BTreeMap::new();
        for file in FILES {
            let path = self.folder.join(file);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            makers.extend(text.lines().filter_map(row));
        }
        ensure!(!makers.is_empty(), "the registry's files have none of them");
        let mut text = format!(
            "# Prefixes of the MAC addresses that makers of cameras have, cameras or not: a label, never a rule.\n\
             # Source: the registry of the IEEE (MA-L, MA-M, MA-S) as Debian packages it: ieee-data {}.\n\
             # `cargo xtask makers` writes this file.\n\
             #\n\
             # prefix,maker\n",
            self.version
        );
        for (prefix, maker) in makers {
            writeln!(text, "{prefix},{maker}")?;
        }
        Ok(text)
    }
}

/// Where the file is.
pub fn file() -> PathBuf {
    sh::workspace().join("data/makers.csv")
}

/// Writes the file anew.
pub fn run() -> Result<()> {
    let path = file();
    let text = Registry::get()?.makers()?;
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// `MA-L,4419B6,"Hangzhou Hikvision Digital Technology Co.,Ltd.",..`: the prefix as policies have it, and the maker.
fn row(line: &str) -> Option<(String, &'static str)> {
    let mut fields = line.splitn(3, ',');
    let (_registry, prefix, rest) = (fields.next()?, fields.next()?, fields.next()?);
    // The name is all up to the address; for one in quotes, up to the next quote.
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(',').next()?,
    };
    let mut letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.by_ref().map(|it| it.to_ascii_lowercase()).collect();
    let begins = |names: &&[&str]| names.iter().any(|begin| name.starts_with(begin));
    let (maker, _) = MAKERS.iter().find(|(_, names)| begins(names))?;
    Some((written(prefix)?, maker))
}

/// `4419B6` as `44:19:b6`, `0055DA0` as `00:55:da:00:00:00/28`.
fn written(digits: &str) -> Option<String> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let (octets, length) = match digits.len() {
        6 => (3, ""),
        7 => (6, "/28"),
        9 => (6, "/36"),
        _ => return None,
    };
    let padded = format!("{digits:0<12}").to_ascii_lowercase();
    let octets = (0..octets).filter_map(|index| padded.get(index * 2..index * 2 + 2));
    Some(octets.collect::<Vec<_>>().join(":") + length)
}
