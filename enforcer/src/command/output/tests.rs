//! What becomes of what was there, for each kind of it.

use std::{
    io::Read as _,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink},
    thread,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;

const OF_BEFORE: &str = "what the user had there";

#[test]
fn a_file_comes_to_be_in_one_step_and_for_its_owner_alone_whatever_was_there() {
    let directory = place();
    let (path, other) = (
        directory.path().join("week.html"),
        directory.path().join("other"),
    );
    fs::write(&path, OF_BEFORE).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::hard_link(&path, &other).unwrap();
    fs::write(directory.path().join("week.partial"), OF_BEFORE).unwrap();

    let mut out = Vec::new();
    let mut output = Output::open(Some(&path), &mut out).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        OF_BEFORE,
        "until something is written"
    );
    output.replace(b"all of it").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"all of it");
    output.put(b", and more").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"all of it, and more");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_to_string(&other).unwrap(), OF_BEFORE);
    assert_eq!(names(&directory), ["other", "week.html", "week.partial"]);
    assert_eq!(output.name(), Some(&*path));
    assert_eq!(out, b"");
}

#[test]
fn a_link_stays_one_and_what_it_leads_to_is_written_there_or_not() {
    let directory = place();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("kept")).unwrap();
    fs::write(at("kept/there"), OF_BEFORE).unwrap();
    symlink("kept/there", at("link")).unwrap();
    symlink("link", at("link-to-a-link")).unwrap();
    symlink(at("kept/new"), at("dangling")).unwrap();
    for (link, written) in [("link-to-a-link", "kept/there"), ("dangling", "kept/new")] {
        let mut out = Vec::new();
        let mut output = Output::open(Some(&at(link)), &mut out).unwrap();
        output.replace(link.as_bytes()).unwrap();
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(at(written)).unwrap(), link);
        assert_eq!(mode(&at(written)), 0o600);
    }
    assert_eq!(
        names(&directory),
        ["dangling", "kept", "link", "link-to-a-link"]
    );
    let kept = fs::read_dir(at("kept")).unwrap();
    assert_eq!(kept.count(), 2);
}

#[test]
fn a_pipe_stays_one_and_who_reads_it_has_all() {
    let directory = place();
    let path = directory.path().join("pipe");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let reader = thread::spawn({
        let path = path.clone();
        move || fs::read(path).unwrap()
    });
    let mut standard = File::options().write(true).open("/dev/null").unwrap();
    let mut output = Output::open(Some(&path), &mut standard).unwrap();
    assert!(output.reader().is_some());
    output.replace(b"one").unwrap();
    output.put(b", two").unwrap();
    drop(output);
    assert_eq!(reader.join().unwrap(), b"one, two");
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
    assert_eq!(names(&directory), ["pipe"]);
}

#[test]
fn a_file_without_a_name_is_written_as_it_is() {
    let directory = place();
    let path = directory.path().join("gone");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    file.write_all(OF_BEFORE.as_bytes()).unwrap();
    fs::remove_file(&path).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&file);
    let mut out = Vec::new();
    let link = format!("/proc/self/fd/{number}");
    let mut output = Output::open(Some(Path::new(&link)), &mut out).unwrap();
    output.replace(b"new").unwrap();
    let mut held = String::new();
    io::Seek::rewind(&mut file).unwrap();
    file.read_to_string(&mut held).unwrap();
    assert_eq!(held, "new");
    assert_eq!(names(&directory), Vec::<String>::new());
}

#[test]
fn what_cannot_be_written_leaves_what_was_there_and_nothing_else() {
    let directory = place();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    symlink("loop", at("loop")).unwrap();
    fs::write(at("file"), OF_BEFORE).unwrap();
    let before = names(&directory);
    for (path, words) in [
        ("directory", "directory"),
        ("loop", "symbolic links"),
        ("file/below", "Not a directory"),
        ("nowhere/new", "no file can be made in "),
    ] {
        let mut out = Vec::new();
        let refused = Output::open(Some(&at(path)), &mut out).err().unwrap();
        let told = format!("{refused:#}");
        assert!(
            told.starts_with(&format!("{}: ", at(path).display())),
            "{told}"
        );
        assert!(told.contains(words), "{told}");
    }
    let mut out = Vec::new();
    let mut output = Output::open(Some(&at("taken")), &mut out).unwrap();
    fs::create_dir(at("taken")).unwrap();
    output.replace(b"lost").unwrap_err();
    fs::remove_dir(at("taken")).unwrap();
    assert_eq!(names(&directory), before);
    assert_eq!(fs::read_to_string(at("file")).unwrap(), OF_BEFORE);
}

#[test]
fn without_a_path_and_as_a_dash_it_is_the_standard_output() {
    for path in [None, Some(Path::new("-"))] {
        let mut out = Vec::new();
        let mut output = Output::open(path, &mut out).unwrap();
        output.replace(b"one").unwrap();
        output.put(b", two").unwrap();
        output.flush().unwrap();
        assert_eq!(output.name(), None);
        assert_eq!(out, b"one, two");
    }
}

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(directory: &TempDir) -> Vec<String> {
    let names = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}
