//! A folder that becomes a package: whatever the umask, everything has the mode that it should.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::sh;

/// A folder that is being filled.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// An empty one, whatever was there.
    pub(super) fn new(path: PathBuf) -> Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| path.display().to_string())?;
        }
        let folder = Self(path);
        folder.make("")?;
        Ok(folder)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in it, and those above.
    pub(super) fn make(&self, name: &str) -> Result<()> {
        let path = self.0.join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        for above in path
            .ancestors()
            .take_while(|path| path.starts_with(&self.0))
        {
            set_mode(above, 0o755)?;
        }
        Ok(())
    }

    /// A copy of a file.
    pub(super) fn put(&self, source: &Path, name: &str, mode: u32) -> Result<()> {
        let bytes = fs::read(source).with_context(|| source.display().to_string())?;
        self.write(name, &bytes, mode)
    }

    /// A copy of a file, zipped without its name and time.
    pub(super) fn put_zipped(&self, source: &Path, name: &str) -> Result<()> {
        let path = self.0.join(name.trim_end_matches(".gz"));
        self.put(source, name.trim_end_matches(".gz"), 0o644)?;
        sh::run(Command::new("gzip").args(["-9", "-n"]).arg(&path))
    }

    /// A file from a template: each `@NAME@` in it stands for a value.
    pub(super) fn fill(
        &self,
        template: &str,
        name: &str,
        mode: u32,
        values: &[(&str, &str)],
    ) -> Result<()> {
        let template = sh::workspace().join("packaging").join(template);
        let text = fs::read_to_string(&template).with_context(|| template.display().to_string())?;
        let fill =
            |text: String, (name, value): &(&str, &str)| text.replace(&format!("@{name}@"), value);
        let text = values.iter().fold(text, fill);
        self.write(name, text.as_bytes(), mode)
    }

    /// A file.
    pub(super) fn write(&self, name: &str, bytes: &[u8], mode: u32) -> Result<()> {
        let path = self.0.join(name);
        let above = Path::new(name).parent().and_then(Path::to_str);
        self.make(above.context("a folder")?)?;
        fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        set_mode(&path, mode)
    }

    /// A symbolic link.
    pub(super) fn link(&self, target: &str, name: &str) -> Result<()> {
        symlink(target, self.0.join(name)).with_context(|| name.to_owned())
    }

    /// Every file in it, by its name from here, in order.
    pub(super) fn files(&self) -> Result<Vec<String>> {
        let mut find = Command::new("find");
        let found = sh::output(find.arg(&self.0).args(["-type", "f", "-printf", "%P\\n"]))?;
        let mut files: Vec<String> = found.lines().map(str::to_owned).collect();
        files.sort_unstable();
        Ok(files)
    }
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| path.display().to_string())
}
