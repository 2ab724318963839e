//! The packages, with the real dpkg: what is in them, and what becomes of enforcement when they are
//! installed, upgraded and removed. `cargo xtask package` makes them.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use enforcer_tests::machine::{Machine, PACKAGES};
use enforcer_tests::site::{POLICY, Site, Traffic};

const NO_OPTIONS: [&str; 0] = [];

const UNIT: &str = "/usr/lib/systemd/system/enforcer.service";

/// Exposure as `systemd-analyze security` puts it, times ten: from 0 to 100.
const EXPOSURE: u8 = 30;

/// Makes a package of the next version of one, with another line in its configuration.
const NEXT_VERSION: &str = "
dpkg-deb -R \"$1\" /root/next
sed -i 's/^Version: .*/&+next/' /root/next/DEBIAN/control
echo '# next' >> /root/next/etc/logrotate.d/enforcer
dpkg-deb --root-owner-group -Zgzip -z1 --build /root/next /root/next.deb
";

#[test]
fn a_package_is_roots_has_no_policy_and_nothing_that_others_may_write() {
    let (_site, machine) = machine("package_contents");
    let listing = machine.output(&["dpkg-deb", "-c", &package()]).unwrap();
    for line in listing.lines() {
        let mut words = line.split_whitespace();
        let (mode, owner) = (words.next().unwrap(), words.next().unwrap());
        assert_eq!(owner, "root/root", "{line}");
        let expected = match mode.chars().next().unwrap() {
            'l' => "lrwxrwxrwx",
            'd' => "drwxr-xr-x",
            _ if line.ends_with("./usr/bin/enforcer") => "-rwxr-xr-x",
            _ => "-rw-r--r--",
        };
        assert_eq!(mode, expected, "{line}");
    }
    assert!(!listing.contains("/etc/enforcer/policy"), "{listing}");
    for shipped in [
        "enforcer.yaml",
        "prometheus/enforcer.rules.yml",
        "grafana/enforcer.json",
    ] {
        let path = format!("./usr/share/enforcer/{shipped}\n");
        assert!(listing.contains(&path), "{path}: {listing}");
    }
    let field = |name| {
        machine
            .output(&["dpkg-deb", "-f", &package(), name])
            .unwrap()
    };
    assert_eq!(field("Package"), "enforcer\n");
    assert_eq!(field("Version"), concat!(env!("CARGO_PKG_VERSION"), "\n"));
    let host = machine.output(&["dpkg", "--print-architecture"]).unwrap();
    assert_eq!(field("Architecture"), host);
}

#[test]
fn a_package_is_the_same_whenever_and_wherever_it_is_put_together() {
    let (_site, machine) = machine("package_same");
    // Another folder, another time, other rights of new files.
    let script = format!(
        "umask 077\n\
         dpkg-deb -R {package} /root/again\n\
         date=$(stat -c %Y /root/again/usr/bin/enforcer)\n\
         find /root/again -exec touch -h {{}} +\n\
         export SOURCE_DATE_EPOCH=$date DPKG_DEB_THREADS_MAX=1\n\
         dpkg-deb --root-owner-group -Zxz --build /root/again /root/again.deb\n\
         cmp {package} /root/again.deb\n\
         # Neither name nor time in what is zipped.\n\
         for zipped in $(find /root/again -name '*.gz'); do\n\
         test \"$(head -c 8 $zipped | od -An -tx1)\" = ' 1f 8b 08 00 00 00 00 00'\n\
         done\n",
        package = package()
    );
    machine.script(&script).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let home = std::env::home_dir().unwrap();
    for path in [
        workspace.to_owned(),
        home.join(".cargo"),
        home.join(".rustup"),
    ] {
        let named = machine.run(&["grep", "-rlF", path.to_str().unwrap(), "/root/again"]);
        assert_eq!(named.unwrap().stdout, "", "{}", path.display());
    }
}

#[test]
fn an_upgrade_lets_nothing_through_and_a_removal_ends_enforcement() {
    let (mut site, machine) = machine("package_upgrade");
    let told = machine.script(&install()).unwrap();
    assert!(told.contains("nothing is enforced yet"), "{told}");
    let policy = Path::new("/etc/enforcer/policy.yaml");
    machine.write("/etc/enforcer/policy.yaml", POLICY).unwrap();
    site.enforcer = machine.enforcer(&site.enforcer);
    let mut daemon = site.enforcer.start(policy, &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);

    let traffic = Traffic::begin(&site).unwrap();
    machine
        .script(&format!("set -- {}\n{NEXT_VERSION}", package()))
        .unwrap();
    let told = machine.script("dpkg -i /root/next.deb").unwrap();
    assert!(!told.contains("nothing is enforced"), "{told}");
    traffic.go_on().unwrap();
    // The daemon of before still runs: it is the unit that starts the next one.
    daemon.terminate().unwrap();
    traffic.go_on_briefly().unwrap();
    let mut daemon = site.enforcer.start(policy, &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();
    let version = machine.output(&["dpkg-query", "-W", "-f", "${Version}", "enforcer"]);
    assert!(version.unwrap().ends_with("+next"));

    let told = machine.script("dpkg -r enforcer").unwrap();
    assert!(told.contains("so enforcement ends"), "{told}");
    assert!(told.contains("detached from 1 interface"), "{told}");
    daemon.wait_end().unwrap();
    let leaks = site.leaks().unwrap();
    let flood = site.flood().unwrap();
    flood.wait_for(100).unwrap();
    assert!(leaks.wait_for(100) >= 100);
}

#[test]
fn what_the_administrator_wrote_survives_an_upgrade_and_the_policy_a_purge() {
    let (_site, machine) = machine("package_conffiles");
    machine.script(&install()).unwrap();
    machine.write("/etc/enforcer/policy.yaml", POLICY).unwrap();
    machine.script("echo '# mine' >> /etc/logrotate.d/enforcer\nmkdir -p /var/lib/enforcer /var/log/enforcer /run/enforcer").unwrap();
    machine
        .script(&format!("set -- {}\n{NEXT_VERSION}", package()))
        .unwrap();
    machine
        .script("dpkg --force-confold -i /root/next.deb")
        .unwrap();
    let kept = machine
        .output(&["cat", "/etc/logrotate.d/enforcer"])
        .unwrap();
    assert!(kept.ends_with("# mine\n"), "{kept}");
    assert!(machine.has("/etc/logrotate.d/enforcer.dpkg-dist").unwrap());

    machine.script("dpkg -r enforcer").unwrap();
    for path in [
        "/etc/logrotate.d/enforcer",
        "/var/lib/enforcer",
        "/var/log/enforcer",
    ] {
        assert!(machine.has(path).unwrap(), "{path}");
    }
    assert!(!machine.has("/usr/bin/enforcer").unwrap());
    let told = machine.script("dpkg -P enforcer").unwrap();
    assert!(told.contains("the policy stays"), "{told}");
    for path in [
        "/etc/logrotate.d/enforcer",
        "/var/lib/enforcer",
        "/var/log/enforcer",
        "/run/enforcer",
        "/sys/fs/bpf/enforcer",
        UNIT,
    ] {
        assert!(!machine.has(path).unwrap(), "{path}");
    }
    assert!(machine.has("/etc/enforcer/policy.yaml").unwrap());
}

#[test]
fn the_unit_is_understood_enabled_and_exposed_little() {
    let (_site, machine) = machine("package_unit");
    machine.script(&install()).unwrap();
    // With it the timer that it wants, and what that starts.
    let units = UNIT.replace(".service", "*");
    let told = machine.script(&format!(
        "ls {units} | wc -l; systemd-analyze verify {units}"
    ));
    assert_eq!(told.unwrap(), "3\n");
    let security = format!("systemd-analyze security --offline=true --threshold={EXPOSURE} {UNIT}");
    machine.script(&security).unwrap();
    let wanted = "/etc/systemd/system/multi-user.target.wants/enforcer.service";
    assert_eq!(
        machine
            .output(&["readlink", wanted])
            .unwrap()
            .trim_start_matches("/usr"),
        UNIT.trim_start_matches("/usr").to_owned() + "\n"
    );
}

#[test]
fn every_page_of_the_manual_is_there_and_set_without_a_warning() {
    let (_site, machine) = machine("package_manual");
    machine.script(&install()).unwrap();
    let pages = machine
        .script("cd /usr/share/man; ls man*/enforcer*")
        .unwrap();
    let verbs = <enforcer::cli::Cli as clap::CommandFactory>::command();
    for verb in verbs.get_subcommands() {
        assert!(
            pages.contains(&format!("/enforcer-{}.", verb.get_name())),
            "{pages}"
        );
    }
    for page in pages.lines().chain(["man5/enforcer-policy.5.gz"]) {
        let set = format!(
            "MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z /usr/share/man/{page} >/dev/null"
        );
        assert_eq!(machine.script(&set).unwrap(), "", "{page}");
    }
}

#[test]
fn shells_understand_what_they_complete_by() {
    let (_site, machine) = machine("package_shells");
    machine.script(&install()).unwrap();
    for check in [
        "bash -n /usr/share/bash-completion/completions/enforcer",
        "zsh -n /usr/share/zsh/vendor-completions/_enforcer",
        "fish --no-execute /usr/share/fish/vendor_completions.d/enforcer.fish",
    ] {
        assert_eq!(machine.script(check).unwrap(), "", "{check}");
    }
    let complete = "bash -ec '. /usr/share/bash-completion/completions/enforcer\n\
                    COMP_WORDS=(enforcer det) COMP_CWORD=1\n\
                    _enforcer enforcer det enforcer\n\
                    echo \"${COMPREPLY[@]}\"'";
    assert_eq!(machine.script(complete).unwrap(), "detach\n");
}

#[test]
fn a_tarball_runs_where_it_is_unpacked_and_says_which_glibc_it_needs() {
    let (_site, machine) = machine("package_tarball");
    let tarball = made(".tar.gz");
    let unpack =
        format!("mkdir /root/t; tar -C /root/t --strip-components=1 -xf {tarball}; cd /root/t");
    machine.script(&unpack).unwrap();
    let version = machine
        .output(&["/root/t/bin/enforcer", "--version"])
        .unwrap();
    assert_eq!(
        version,
        concat!("enforcer ", env!("CARGO_PKG_VERSION"), "\n")
    );
    machine.script("for policy in /root/t/share/enforcer/policies/*; do /root/t/bin/enforcer check $policy; done").unwrap();
    let newest =
        "objdump -T /root/t/bin/enforcer | grep -o 'GLIBC_2[.0-9]*' | sort -uV | tail -n 1";
    let newest = machine.script(newest).unwrap();
    let newest = newest.trim().trim_start_matches("GLIBC_");
    let readme = machine.output(&["cat", "/root/t/README.md"]).unwrap();
    assert!(
        readme.contains(&format!("glibc {newest} or later")),
        "{newest}: {readme}"
    );
    assert!(!readme.contains('@'), "{readme}");
    let depends = machine
        .output(&["dpkg-deb", "-f", &package(), "Depends"])
        .unwrap();
    assert!(
        depends.contains(&format!("libc6 (>= {newest})")),
        "{depends}"
    );
}

#[test]
fn scripts_of_packages_are_as_shellcheck_likes_them() {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging");
    for script in [
        "debian/postinst",
        "debian/prerm",
        "debian/postrm",
        "openwrt/enforcer/files/enforcer.init",
    ] {
        let mut command = std::process::Command::new("shellcheck");
        let output = command
            .arg(packaging.join(script))
            .output()
            .expect("install shellcheck");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn openwrt_packages_the_version_that_cargo_has() {
    let makefile = include_str!("../../packaging/openwrt/enforcer/Makefile");
    let version = concat!("\nPKG_VERSION:=", env!("CARGO_PKG_VERSION"), "\n");
    assert!(makefile.contains(version), "{version}");
}

/// A router, and a machine in its place, with the packages at hand.
fn machine(test: &str) -> (Site, Machine) {
    let site = Site::new(test).unwrap();
    let machine = Machine::new(&site.sandbox, &site.network.router, &folder()).unwrap();
    (site, machine)
}

fn install() -> String {
    format!("dpkg -i {}", package())
}

/// The Debian package, on the machine.
fn package() -> String {
    made(".deb")
}

/// A package of this version by the end of its name, on the machine.
fn made(end: &str) -> String {
    let entries = fs::read_dir(folder()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names = names.filter(|name| {
        let version = name.strip_prefix("enforcer").map(|rest| rest.get(1..));
        let version = version.flatten().unwrap_or_default();
        version.starts_with(env!("CARGO_PKG_VERSION")) && name.ends_with(end)
    });
    let name = names.next();
    assert!(name.is_some(), "no {end}: `cargo xtask package` makes them");
    format!("{PACKAGES}/{}", name.unwrap_or_default())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/package")
}
