//! Policies that are tables: made, checked row by row, built and tested by the program alone.

use std::fs;
use std::path::Path;

use specialis_bundle::{Bundle, Sources, pack};

use crate::run::{Ran, finish, program, run};

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A new table, and the words of its rows.
fn made(folder: &Path) -> (String, String) {
    let mine = folder.join("my-sector");
    run(&["policy", "new", &text(&mine), "--lang", "table"]).ok();
    let rows = fs::read_to_string(mine.join("rules.csv")).unwrap();
    (text(&mine), rows)
}

#[test]
fn a_table_is_built_tested_and_refused_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, rows) = made(folder.path());
    let said = run(&["policy", "build", &mine]).ok();
    assert!(said.contains("my-sector.wasm") && said.contains("sha256:"), "{said}");
    let packed = format!("{mine}/my-sector.wasm");
    let registry = format!("{mine}/registry.toml");
    let tested = run(&["policy", "test", &packed, "--registry-add", &registry]).ok();
    assert!(tested.contains("my-sector: 3 vectors, 0 failed"), "{tested}");
    let inspected = run(&["policy", "inspect", &packed]).ok();
    assert!(inspected.contains("What holds a listed term says so."), "{inspected}");

    // The same sources give the same bytes, and nothing else is in the file than rows beside the interpreter.
    let before = fs::read(&packed).unwrap();
    run(&["policy", "build", &mine]).ok();
    assert_eq!(fs::read(&packed).unwrap(), before);
    assert!(before.starts_with(specialis_artifacts::TABLE));

    // Each mistake is named with its place, all at once, and the file stays as it was.
    let wrong = rows
        .replace("subject.age = adult", "subject.age = adlut; event.taskk is known")
        .replace("remind(kind = verify)", "remind(kind = verfy)")
        .replace(",warn,", ",wern,");
    fs::write(format!("{mine}/rules.csv"), wrong).unwrap();
    let ran = run(&["policy", "build", &mine]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("rules.csv: row 3, column `level`: `wern` is no level"), "{}", ran.out);
    let mended = fs::read_to_string(format!("{mine}/rules.csv")).unwrap().replace(",wern,", ",warn,");
    fs::write(format!("{mine}/rules.csv"), mended).unwrap();
    let ran = run(&["policy", "build", &mine]);
    for said in [
        "row 2, column `when`: there is no fact `event.taskk` of `output`; nearest is `event.task`",
        "row 2, column `when`: there is no word of `subject.age` `adlut`; nearest is `adult`",
        "row 3, column `do`: there is no value of `kind` `verfy`; nearest is `verify`",
        "3 problems; no file is written",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert_eq!(fs::read(&packed).unwrap(), before);
}

/// Runs in a folder.
fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let mut command = program(args);
    command.current_dir(folder);
    finish(command, b"")
}

#[test]
fn a_folder_comes_before_the_policy_of_the_edition_with_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let here = |args: &[&str]| run_in(folder.path(), args);
    // The commands as they stand on the page; the first of them prints the others.
    let said = here(&["policy", "new", "my-sector", "--lang", "table"]).ok();
    assert!(said.ends_with("  specialis policy test my-sector\n  specialis policy build my-sector\n"), "{said}");
    assert!(here(&["policy", "test", "my-sector"]).ok().contains("my-sector: 3 vectors, 0 failed"));
    here(&["policy", "build", "my-sector"]).ok();
    fs::rename(folder.path().join("my-sector/my-sector.wasm"), folder.path().join("packed.wasm")).unwrap();
    fs::copy(folder.path().join("my-sector/registry.toml"), folder.path().join("registry.toml")).unwrap();

    // The file of the edition is whole, and the folder cannot be built.
    let rules = folder.path().join("my-sector/rules.csv");
    let rows = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, rows.replace(",warn,", ",wern,")).unwrap();
    let edition = ["--with", "packed.wasm", "--registry-add", "registry.toml"];
    let of_edition = |command: &[&str]| here(&[&["policy"][..], command, &edition].concat());
    for command in [
        &["test", "my-sector"][..],
        &["lint", "my-sector"],
        &["bench", "my-sector"],
        &["mutate", "my-sector"],
        &["diff", "packed.wasm", "my-sector"],
        &["vector", "my-sector", "--from", "events.jsonl"],
    ] {
        let ran = of_edition(command);
        assert_eq!(ran.code, 1, "{command:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("`wern` is no level"), "{command:?}: {}", ran.out);
        assert!(ran.err.contains("`my-sector` is read from disk, and not"), "{command:?}: {}", ran.err);
    }

    // A folder that has no policy names none.
    fs::remove_file(folder.path().join("my-sector/policy.toml")).unwrap();
    let ran = of_edition(&["test", "my-sector"]);
    assert!(!ran.err.contains("read from disk"), "{}", ran.err);
    assert!(ran.ok().contains("my-sector: 3 vectors, 0 failed"));
}

#[test]
fn a_policy_that_is_read_from_disk_is_its_authors_whatever_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, _) = made(folder.path());
    run(&["policy", "build", &mine]).ok();
    let Bundle { manifest_text, lexicons, vectors, data, .. } =
        Bundle::parse(&fs::read(format!("{mine}/my-sector.wasm")).unwrap()).unwrap();
    // A policy that does not say what its rules read.
    let manifest = manifest_text.lines().filter(|line| !line.starts_with("reads = ")).flat_map(|line| [line, "\n"]);
    let manifest: String = manifest.collect();
    assert!(manifest.len() < manifest_text.len(), "{manifest_text}");
    let component = specialis_artifacts::TABLE.to_vec();
    let silent = pack(Sources { component, manifest, lexicons, vectors, data }).unwrap();
    let beside = tempfile::tempdir().unwrap();
    fs::write(beside.path().join("my-sector"), &silent).unwrap();
    fs::write(beside.path().join("silent.wasm"), &silent).unwrap();
    let registry = format!("{mine}/registry.toml");
    let note = "rule `R1` answers otherwise when `subject.age` changes, and does not name it";
    for named in ["my-sector", "silent.wasm"] {
        let ran = run_in(beside.path(), &["policy", "test", named, "--registry-add", &registry]);
        assert!(ran.code == 0 && ran.err.contains(note), "{named}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn what_is_wrong_with_a_table_as_a_whole_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, rows) = made(folder.path());
    let rules = format!("{mine}/rules.csv");
    fs::write(&rules, rows.replace("; subject.age = adult", "")).unwrap();
    let ran = run(&["policy", "build", &mine]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("row 3, column `when`: it never answers: row 2 answers wherever it would"), "{}", ran.out);
    fs::write(&rules, rows.replace("subject.age = adult", "maybe subject.age = adult")).unwrap();
    let ran = run(&["policy", "build", &mine]);
    assert!(ran.out.contains("row 3, column `when`: not knowing `subject.age` asks for less"), "{}", ran.out);
    fs::write(
        &rules,
        rows.replace("hit(my-sector.term),require,warn", "subject.age != adult; hit(my-sector.term),require,warn"),
    )
    .unwrap();
    assert!(run(&["policy", "build", &mine, "--gaps", "subject.age"]).ok().contains(".wasm"));
    fs::write(&rules, rows.replace("hit(my-sector.term),require,warn", "surely subject.age = adult,require,warn"))
        .unwrap();
    let ran = run(&["policy", "build", &mine, "--gaps", "subject.age"]);
    assert!(ran.out.contains("no row of this rule answers where `subject.age` is under-14"), "{}", ran.out);

    // Gaps of a fact that is not there, or that no row looks at, would never be found.
    let said = run(&["policy", "build", &mine, "--gaps", "subject.age", "--gaps", "subject.agee"]).refused();
    assert!(
        said.ends_with("no row looks at a fact `subject.agee`, which `--gaps` names; nearest is `subject.age`"),
        "{said}"
    );
    fs::remove_file(&rules).unwrap();
    let said = run(&["policy", "build", &mine, "--gaps", "subject.age"]).refused();
    assert!(said.contains("is no table, and only tables have gaps"), "{said}");
}

#[test]
fn a_kind_of_event_that_there_is_not_is_told_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, rows) = made(folder.path());
    let rules = format!("{mine}/rules.csv");
    let wrong = rows.replace("subject.age = adult", "subject.age = adlut");
    for (on, said) in [
        ("outputt", "row 2, column `on`: there is no kind of event `outputt`; nearest is `output`"),
        ("output | opne", "row 2, column `on`: there is no kind of event `opne`; nearest is `open`"),
        ("open(promt)", "row 2, column `on`: there is no kind of event `promt`; nearest is `prompt`"),
    ] {
        fs::write(&rules, wrong.replace(",output,", &format!(",{on},"))).unwrap();
        let ran = run(&["policy", "build", &mine]);
        assert_eq!(ran.code, 1, "{on}: {}{}", ran.out, ran.err);
        // Together with what is wrong elsewhere in the row.
        for said in [said, "row 2, column `when`: there is no word of `subject.age` `adlut`; nearest is `adult`"] {
            assert!(ran.out.contains(said), "{said}: {}", ran.out);
        }
        assert!(!ran.out.contains("`wakes` of the manifest") && !ran.out.contains("there is no fact"), "{}", ran.out);
    }
}

#[test]
fn rows_come_from_workbooks_and_toml_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, rows) = made(folder.path());
    run(&["policy", "build", &mine]).ok();
    let packed = fs::read(format!("{mine}/my-sector.wasm")).unwrap();
    let mut reader = rows.lines();
    let names: Vec<&str> = reader.next().unwrap().split(',').collect();
    let cells: Vec<Vec<&str>> = reader.map(|line| line.trim_end_matches('"').split(',').collect()).collect();
    let toml: String = cells
        .iter()
        .map(|row| {
            let row = names.iter().zip(row).filter(|(name, cell)| **name != "note" && !cell.is_empty());
            let row: String = row.map(|(name, cell)| format!("{name} = {cell:?}\n")).collect();
            format!("[[row]]\n{row}\n")
        })
        .collect();
    fs::remove_file(format!("{mine}/rules.csv")).unwrap();
    // Rows of TOML are counted from 1, those of a spreadsheet below its head from 2; the numbers travel with the rows.
    fs::write(format!("{mine}/rules.toml"), &toml).unwrap();
    run(&["policy", "build", &mine]).ok();
    let other = fs::read(format!("{mine}/my-sector.wasm")).unwrap();
    assert_eq!(other.len(), packed.len());
    fs::write(format!("{mine}/rules.csv"), "rule;duty\nR1;d\n").unwrap();
    assert!(run(&["policy", "build", &mine]).refused().contains("keep one"));
    fs::remove_file(format!("{mine}/rules.toml")).unwrap();
    let ran = run(&["policy", "build", &mine]);
    assert!(ran.out.contains("the cells are separated by `;`"), "{}", ran.out);
    fs::remove_file(format!("{mine}/rules.csv")).unwrap();
    fs::write(format!("{mine}/rules.xlsx"), workbook(&rows)).unwrap();
    run(&["policy", "build", &mine]).ok();
    assert_eq!(
        fs::read(format!("{mine}/my-sector.wasm")).unwrap(),
        packed,
        "a workbook with the same rows is the same policy"
    );
}

/// The rows as a workbook: the parts that a reader needs, uncompressed, with the texts in the cells.
pub(crate) fn workbook(rows: &str) -> Vec<u8> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escape(text));
    let line = |line: &str| {
        let cells = split(line);
        format!("<row>{}</row>", cells.iter().map(|one| cell(one)).collect::<String>())
    };
    let rows: String = rows.lines().map(line).collect();
    let parts = [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>".to_owned(),
        ),
        (
            "_rels/.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned(),
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"rules\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>".to_owned(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>".to_owned(),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    archive(&parts)
}

/// The cells of a line of CSV.
fn split(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for char in line.chars() {
        match char {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

/// A ZIP archive of files that are stored as they are.
fn archive(parts: &[(&str, String)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let at = u32::try_from(bytes.len()).unwrap();
        let n_bytes = u32::try_from(text.len()).unwrap().to_le_bytes();
        let n_name = u16::try_from(name.len()).unwrap().to_le_bytes();
        let sum = crc32(text.as_bytes()).to_le_bytes();
        // Version, flags, method, time and day; sum, sizes, and the lengths of the name and of what else there is.
        let shared = [&[20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0][..], &sum, &n_bytes, &n_bytes, &n_name, &[0, 0]].concat();
        bytes.extend([&b"PK\x03\x04"[..], &shared, name.as_bytes(), text.as_bytes()].concat());
        directory
            .extend([&b"PK\x01\x02"[..], &[20, 0], &shared, &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat());
    }
    let at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let n_parts = u16::try_from(parts.len()).unwrap().to_le_bytes();
    let n_bytes = u32::try_from(directory.len()).unwrap().to_le_bytes();
    bytes.extend(directory);
    bytes.extend([&b"PK\x05\x06"[..], &[0; 4], &n_parts, &n_parts, &n_bytes, &at, &[0, 0]].concat());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}
