//! Tools that others wrote, for the tests of labels in files: what is missing is installed where that is possible.
//!
//! None is needed to build or to use anything here. A test whose tool could not be installed says so and passes over it.

use std::path::PathBuf;

use crate::step::status_of;
use crate::workspace::Workspace;

/// A program that each package of Debian brings, and the package.
const PACKAGES: [(&str, &str); 7] = [
    ("exiftool", "libimage-exiftool-perl"),
    ("ffmpeg", "ffmpeg"),
    ("mediainfo", "mediainfo"),
    ("qpdf", "qpdf"),
    ("pdfinfo", "poppler-utils"),
    ("tesseract", "tesseract-ocr"),
    ("mkvinfo", "mkvtoolnix"),
];
/// The language of the marks, for tesseract.
const LANGUAGE: &str = "tesseract-ocr-chi-sim";
/// Libraries of Python, by the name under which they install.
const LIBRARIES: [&str; 6] = ["mutagen", "python-docx", "openpyxl", "python-pptx", "pikepdf", "pillow"];

/// Installs what is missing, and says what could not be.
pub(crate) fn install(workspace: &Workspace) {
    let has = |program: &str| workspace.command(program).arg("--version").output().is_ok();
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        let list = missing.join(" ");
        println!("the tests of labels compare with other tools; installing {list}");
        let mut apt = workspace.command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends"]);
        let is_done = status_of(workspace.command("apt-get").args(["update", "-q"])).unwrap_or(false)
            && status_of(apt.args(&missing).arg(LANGUAGE)).unwrap_or(false);
        if !is_done {
            println!("note: not installed, so the tests that use them pass over them: {list}");
        }
    }
    let folder = workspace.root().join("target").join("label-tools");
    if python(&folder).exists() {
        return;
    }
    let make = status_of(workspace.command("python3").args(["-m", "venv"]).arg(&folder)).unwrap_or(false);
    let mut pip = workspace.command(python(&folder));
    let is_done = make && status_of(pip.args(["-m", "pip", "install", "-q"]).args(LIBRARIES)).unwrap_or(false);
    if !is_done {
        println!("note: not installed, so the tests that use them pass over them: {}", LIBRARIES.join(" "));
    }
}

fn python(folder: &std::path::Path) -> PathBuf {
    folder.join("bin").join("python")
}
