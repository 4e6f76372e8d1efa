//! An officer's questions of a ledger, each answered by one command.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Running, run, run_with};

/// A ledger with what was decided on two users.
struct Desk {
    folder: tempfile::TempDir,
    key: String,
}

impl Desk {
    fn new() -> Self {
        Self::with(&[])
    }

    /// A ledger that was made with more options.
    fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("ledger");
        let init = ["ledger", "init", dir.to_str().unwrap(), "--origin", "example.cn/node-1/2026"];
        let key = run(&[&init, more].concat()).ok();
        Self { folder, key: key.trim().to_owned() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn ledger(&self, args: &[&str]) -> crate::run::Ran {
        let dir = self.path("ledger");
        let (command, rest) = args.split_first().unwrap();
        run(&[&["ledger", command, dir.as_str()], rest].concat())
    }

    /// Judges prompts of users, and records what is decided.
    fn judge(&self, lines: &[(&str, &str)]) {
        let lines = lines.iter().map(|(user, text)| {
            format!(
                "{{\"context\":{{\"pseudonym\":\"{user}\"}},\"event\":{{\"kind\":\"output\",\"text\":\"{text}\"}}}}\n"
            )
        });
        let lines: String = lines.collect();
        let dir = self.path("ledger");
        run_with(&["evaluate", "-", "--profile", "texts", "--ledger", &dir], lines.as_bytes()).ok();
    }
}

/// A breach of the user `u-17` that is counted.
const BREACH: &str = "{\"context\":{\"pseudonym\":\"u-17\"},\"event\":{\"kind\":\"account\",\"facts\":{\"operation\":\"breach\",\
                      \"breach-review\":\"confirmed\",\"breach-category\":\"other\"}}}\n";

/// A month as people write it, of the name of its key.
fn shown_month(name: &str) -> String {
    let (year, rest) = name.split_at_checked(4).expect("a year");
    format!("{year}-{}", rest.get(..2).expect("a month"))
}

/// The first cell of each row of a table that has this word.
fn indices(table: &str, word: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| line.contains(word));
    rows.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn one_user_one_week_one_duty_and_whether_anything_was_altered() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "客服电话13912345678，请联系"), ("u-18", "今天天气很好"), ("u-17", "明天见")]);
    let all = desk.ledger(&["search"]).ok();
    assert_eq!(indices(&all, " decision ").len(), 3, "{all}");
    let of_user = desk.ledger(&["search", "--subject", "u-17", "--kind", "decision"]).ok();
    assert_eq!(indices(&of_user, " decision ").len(), 2, "{of_user}");
    assert!(!all.contains("u-17"), "no record names a user");
    let on_duty = desk.ledger(&["search", "--duty", "common.pi.output", "--verdict", "redact"]).ok();
    let [index] = &indices(&on_duty, " decision ")[..] else { panic!("{on_duty}") };
    let none = desk.ledger(&["search", "--from", "2020-01-01", "--to", "2020-01-02"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""), "{}", none.err);
    let shown = desk.ledger(&["show", index, "--lang", "zh"]).ok();
    assert!(shown.starts_with("已核验"), "{shown}");
    assert!(shown.contains("遮盖") && !shown.contains("13912345678"), "{shown}");
    let verified = desk.ledger(&["verify"]).ok();
    assert!(verified.starts_with("sound: ") && verified.contains("no witness has signed the log"), "{verified}");
}

#[test]
fn who_looked_at_what_is_noted_at_once_and_recorded_by_the_next_writer() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "今天天气很好")]);
    desk.ledger(&["search", "--subject", "u-17", "--kind", "decision"]).ok();
    desk.ledger(&["show", "0"]).ok();
    let waiting = desk.ledger(&["search", "--kind", "read"]);
    assert_eq!((waiting.code, waiting.out.as_str()), (1, ""), "nobody has written since");
    assert!(waiting.err.contains("looks noted and not recorded yet: 3"), "{}", waiting.err);
    desk.judge(&[("u-18", "明天见")]);
    let reads = desk.ledger(&["search", "--kind", "read"]).ok();
    let reads = indices(&reads, " read");
    assert_eq!(reads.len(), 3, "each look is recorded once: {reads:?}");
    let first = desk.ledger(&["show", &reads[0]]).ok();
    assert!(first.contains("\"query\":\"search subject=") && first.contains("kind=decision"), "{first}");
    assert!(first.contains("\"reader\":\"command line, ") && !first.contains("u-17"), "{first}");
    assert!(desk.ledger(&["verify"]).ok().starts_with("sound: "));

    fs::remove_dir_all(desk.path("ledger/readings")).unwrap();
    fs::write(desk.path("ledger/readings"), "").unwrap();
    let said = desk.ledger(&["search"]).refused();
    assert!(said.contains("nothing is shown, because the look cannot be noted"), "{said}");
}

#[test]
fn what_if_decisions_are_said_to_be_not_recorded() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    let line = "{\"event\":{\"kind\":\"output\",\"text\":\"明天见\"}}\n";
    let timed = line.replace("{\"event\"", "{\"time\":\"2026-11-02\",\"event\"");
    let evaluate = ["evaluate", "-", "--profile", "texts", "--ledger", dir.as_str()];
    let ran = run_with(&evaluate, format!("{line}{timed}{timed}").as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("ledger     2 what-if decisions are not recorded"), "{}", ran.err);
    assert_eq!(indices(&desk.ledger(&["search"]).ok(), " decision ").len(), 1);
    let unrecorded = run_with(&["evaluate", "-", "--profile", "texts"], timed.as_bytes());
    assert!(!unrecorded.err.contains("not recorded"), "{}", unrecorded.err);
}

#[test]
fn a_proof_is_checked_without_the_ledger_and_a_changed_byte_is_named() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "客服电话13912345678，请联系"), ("u-18", "今天天气很好")]);
    let decisions = indices(&desk.ledger(&["search"]).ok(), " decision ");
    let (proof, entry) = (desk.path("one.tlog-proof"), desk.path("one.json"));
    fs::write(&proof, desk.ledger(&["prove", &decisions[0], "--entry", &entry]).ok()).unwrap();
    let check = ["ledger", "check-proof", proof.as_str(), entry.as_str(), "--key", desk.key.as_str()];
    assert!(run(&check).ok().starts_with("verified: record "));
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, text.replacen("\"t\":\"20", "\"t\":\"19", 1)).unwrap();
    assert_eq!(run(&check).code, 2);

    let file = find(Path::new(&desk.path("ledger/log/tile/entries"))).expect("entries");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let damaged = desk.ledger(&["verify"]);
    assert!(damaged.code == 1 && damaged.out.starts_with("DAMAGED: "), "{}{}", damaged.out, damaged.err);
}

#[test]
fn the_folder_for_an_inspection_is_verified_with_nothing_of_ours() {
    let keys = tempfile::tempdir().unwrap();
    let sm2 = keys.path().join("sm2.pem").display().to_string();
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "SM2", "-out", &sm2]).output();
    let has_sm2 = made.is_ok_and(|made| made.status.success());
    let desk = if has_sm2 { Desk::with(&["--sm2-key", &sm2]) } else { Desk::new() };
    assert_eq!(desk.key.lines().count(), if has_sm2 { 2 } else { 1 }, "each key in a line of its own: {}", desk.key);
    desk.judge(&[("u-17", "客服电话13912345678，请联系"), ("u-18", "今天天气很好")]);
    let (dir, pack) = (desk.path("ledger"), desk.path("pack"));
    let days = ["--from", "2020-01-01", "--to", "2099-12-31"];
    let told = run(&[&["audit", &dir], &days[..], &["--out", &pack, "--all-bodies"]].concat()).ok();
    let has_line = |text: &str, key: &str| text.lines().any(|line| line == key);
    assert!(desk.key.lines().all(|key| has_line(&told, key)), "what `ledger init` printed: {told}");
    let page = fs::read_to_string(Path::new(&pack).join("audit.zh.html")).unwrap();
    for said in
        ["example.cn/node-1/2026", "除运营者外，尚无第三方", "生效的版次", "无：未经签署", "未发现改动", "与记录一致"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    let verify = || Command::new("python3").arg("verify.py").current_dir(&pack).output();
    let Ok(output) = verify() else {
        println!("not run: python3 is not installed, so `verify.py` is not tried");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("ok   SHA256SUMS is signed by key.pem"), "{said}");
    assert!(!has_sm2 || said.contains("sm2-key.pem"), "{said}");
    // An openssl without SM2 prints no key of it.
    let n_checked = if said.contains("by SM2 with SM3") { 2 } else { 1 };
    assert!(desk.key.lines().take(n_checked).all(|key| has_line(&said, key)), "what `ledger init` printed: {said}");
    let entries = Path::new(&pack).join("entries.txt");
    let text = fs::read_to_string(&entries).unwrap();
    fs::write(&entries, text.replace("redact", "warn")).unwrap();
    assert!(!verify().unwrap().status.success());
}

#[test]
fn what_a_person_may_have_erased_is_and_the_proof_stays() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "今天天气很好"), ("u-18", "今天天气很好")]);
    let withdrawn = desk.ledger(&["withdraw", "--subject", "u-17"]).ok();
    assert!(withdrawn.contains("restricted, because a period still runs"), "{withdrawn}");
    let found = desk.ledger(&["search", "--subject", "u-17", "--kind", "decision"]);
    assert_eq!(found.code, 1, "restricted records are not found: {}", found.out);
    let letter = ["--with-restricted", "letter 2026-114"];
    let found = desk.ledger(&[&["search", "--subject", "u-17", "--kind", "decision"], &letter[..]].concat()).ok();
    let [index] = &indices(&found, " decision ")[..] else { panic!("{found}") };
    let shown = desk.ledger(&["show", index]).ok();
    assert!(shown.starts_with("verified") && shown.contains("the record is restricted"), "{shown}");
    assert_eq!(shown.lines().count(), 3, "the proof stays, and no content: {shown}");
    let explained = desk.ledger(&[&["explain", index], &letter[..]].concat()).ok();
    assert!(explained.lines().count() > 3 && !explained.contains("is restricted"), "{explained}");
    let nothing = desk.ledger(&["show", index, "--with-restricted", " "]);
    assert!(nothing.code == 2 && nothing.err.contains("give a reason"), "{}", nothing.err);
    let pack = |more: &[&str], out: &str| {
        let (dir, out) = (desk.path("ledger"), desk.path(out));
        let days = ["--from", "2020-01-01", "--to", "2099-12-31", "--out", out.as_str()];
        run(&[&["audit", dir.as_str()], &days[..], more].concat())
    };
    let refused = pack(&["--bodies", index], "refused").refused();
    assert!(refused.contains(&format!("record {index} is restricted")), "{refused}");
    pack(&[&["--bodies", index], &letter[..]].concat(), "pack").ok();
    let bodies = fs::read_to_string(desk.path("pack/bodies.jsonl")).unwrap();
    assert_eq!(bodies.lines().count(), 1, "{bodies}");
    desk.judge(&[("u-19", "明天见")]);
    let reads = indices(&desk.ledger(&["search", "--kind", "read"]).ok(), " read");
    let looks: String = reads.iter().map(|index| desk.ledger(&["show", index]).ok()).collect();
    for look in
        [format!("show {index} with-restricted=letter 2026-114"), "2099-12-31 with-restricted=letter".to_owned()]
    {
        assert!(looks.contains(&look), "{look}: {looks}");
    }
    assert!(desk.ledger(&["verify"]).ok().starts_with("sound: "));
    assert!(desk.ledger(&["standing", "--check"]).ok().contains("what the records say"));
}

#[test]
fn content_that_is_to_be_kept_is_handed_over_and_the_record_says_where_it_is() {
    let desk = Desk::new();
    let keeper = desk.path("content");
    fs::create_dir(&keeper).unwrap();
    let judge = |user: &str, more: &[&str]| {
        let line = format!(
            "{{\"context\":{{\"pseudonym\":\"{user}\"}},\"event\":{{\"kind\":\"account\",\"text\":\"一则样例\",\
             \"facts\":{{\"operation\":\"breach\",\"breach-review\":\"confirmed\",\"breach-category\":\"other\"}}}}}}\n"
        );
        let dir = desk.path("ledger");
        run_with(&[&["evaluate", "-", "--ledger", &dir], more].concat(), line.as_bytes()).ok();
        let found = desk.ledger(&["search", "--subject", user, "--kind", "decision"]).ok();
        desk.ledger(&["show", &indices(&found, " decision ")[0]]).ok()
    };
    let shown = judge("u-17", &["--keeper", &keeper]);
    assert!(
        shown.contains("content: to be kept until ") && shown.contains("the platform's store has it as `20"),
        "{shown}"
    );
    let file = find(Path::new(&keeper)).expect("a file");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("一则样例") && kept.contains("\"pseudonym\":\"u-17\""), "{kept}");
    let shown = judge("u-18", &[]);
    assert!(shown.contains("by the platform; the ledger has none"), "{shown}");
}

#[test]
fn one_record_is_verified_and_explained_by_its_index() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "客服电话13912345678，请联系")]);
    let decision = indices(&desk.ledger(&["search"]).ok(), " decision ").remove(0);
    let verified = desk.ledger(&["verify", "--index", &decision]).ok();
    assert!(verified.starts_with("sound: 1 entry and 1 body"), "{verified}");
    let beyond = desk.ledger(&["verify", "--index", "999"]).refused();
    assert!(beyond.contains("give records that it has"), "{beyond}");
    assert_eq!(desk.ledger(&["explain", &decision]).ok(), desk.ledger(&["show", &decision]).ok());
}

#[test]
fn standing_is_read_while_a_server_writes() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    run_with(&["evaluate", "-", "--ledger", &dir], BREACH.as_bytes()).ok();
    let mut writer = Running::start(&["evaluate", "-", "--format", "jsonl", "--ledger", &dir]);
    writer.judge("{\"event\":{\"kind\":\"output\",\"text\":\"今天天气很好\"}}");
    for (user, said) in [("u-17", "\"total\": 1"), ("u-18", "no record of this user")] {
        let standing = desk.ledger(&["standing", "--subject", user]);
        assert!(standing.err.starts_with("read from what is signed so far"), "{}", standing.err);
        assert!(format!("{}{}", standing.out, standing.err).contains(said), "{}{}", standing.out, standing.err);
    }
    assert_eq!(writer.end(), 0);
    assert!(desk.ledger(&["standing", "--subject", "u-17"]).ok().contains("\"total\": 1"));
}

#[test]
fn question_about_a_user_of_another_tenant_is_answered_with_the_tenant() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    let context = "{\"pseudonym\":\"u-17\",\"tenant\":{\"id\":\"school\"}}";
    let event = "{\"kind\":\"output\",\"text\":\"明天见\"}";
    let bare = format!("{{\"context\":{{\"pseudonym\":\"u-1\"}},\"event\":{event}}}\n");
    let lines = format!("{{\"context\":{context},\"event\":{event}}}\n{bare}");
    run_with(&["evaluate", "-", "--profile", "texts", "--ledger", &dir], lines.as_bytes()).ok();
    let commands: [&[&str]; 4] = [&["search"], &["export"], &["standing"], &["withdraw"]];
    for command in commands {
        let ask = |user: &[&str]| desk.ledger(&[command, &["--subject"], user].concat());
        let nothing = ask(&["u-17"]);
        assert_eq!((nothing.code, nothing.out.as_str()), (1, ""), "{command:?}: {}", nothing.err);
        assert!(nothing.err.contains("known under another tenant: give `--tenant school`"), "{}", nothing.err);
        let other = ask(&["u-1", "--tenant", "school"]).err;
        assert!(other.contains("known under another tenant: leave `--tenant` out"), "{command:?}: {other}");
        let nobody = ask(&["u-99"]).err;
        assert!(nobody.contains("users belong to a tenant"), "{command:?}: {nobody}");
    }
    let refuted = desk.ledger(&["refute", "--subject", "u-17", "--decision", "d"]).refused();
    assert!(refuted.contains("give `--tenant school`"), "{refuted}");
    let standing = desk.ledger(&["standing", "--subject", "u-17", "--tenant", "school"]).ok();
    assert!(standing.contains("\"total\": 0"), "a user who never breached has a record: {standing}");
    // A user who is there is not told of tenants where another option leaves nothing.
    let of_user = ["search", "--subject", "u-17", "--tenant", "school", "--to", "2020-01-01"];
    assert!(!desk.ledger(&of_user).err.contains("tenant"));
}

#[test]
fn what_a_command_wants_done_is_done_by_the_server_that_writes() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    let judged = run_with(&["evaluate", "-", "--format", "jsonl", "--ledger", &dir], BREACH.as_bytes()).ok();
    let decision: serde_json::Value = serde_json::from_str(judged.trim()).unwrap();
    let mut writer = Running::start(&["evaluate", "-", "--format", "jsonl", "--ledger", &dir]);
    writer.judge("{\"event\":{\"kind\":\"output\",\"text\":\"今天天气很好\"}}");
    let refuted = desk.ledger(&["refute", "--subject", "u-17", "--decision", decision["id"].as_str().unwrap()]).ok();
    assert_eq!(refuted, "the breach is taken back\n");
    let withdrawn = desk.ledger(&["withdraw", "--subject", "u-17"]).ok();
    assert!(withdrawn.contains("restricted, because a period still runs"), "{withdrawn}");
    assert_eq!(desk.ledger(&["expire"]).ok(), "0 classes removed\n");
    let month = fs::read_dir(desk.path("ledger/keys")).unwrap().flatten().map(|entry| entry.file_name());
    let month = month.map(|name| name.to_string_lossy().into_owned()).find(|name| name.ends_with(".key")).unwrap();
    let said = desk.ledger(&["destroy-keys", &shown_month(&month)]).refused();
    assert!(said.contains("are still needed"), "what the server says is said: {said}");
    assert_eq!(writer.end(), 0);
    assert!(desk.ledger(&["standing", "--subject", "u-17"]).ok().contains("\"total\": 0"));
    assert_eq!(fs::read_dir(desk.path("ledger/orders")).unwrap().count(), 0, "nothing is left");
    assert!(desk.ledger(&["verify"]).ok().starts_with("sound: "));
}

#[test]
fn log_ends_while_a_server_writes_it() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    let event = "{\"event\":{\"kind\":\"output\",\"text\":\"今天天气很好\"}}";
    let mut writer = Running::start(&["evaluate", "-", "--format", "jsonl", "--ledger", &dir]);
    writer.judge(event);
    let checkpoint = desk.ledger(&["close", "--next", "example.cn/node-1/2027"]).ok();
    assert!(checkpoint.starts_with("example.cn/node-1/2026\n"), "{checkpoint}");
    let again = desk.ledger(&["close", "--next", "example.cn/node-1/2028"]).refused();
    assert!(again.contains("the ledger is closed"), "{again}");
    assert_eq!(writer.end(), 0);
    let refused = run_with(&["evaluate", "-", "--ledger", &dir], event.as_bytes()).refused();
    assert!(refused.contains("this log has ended; record in `example.cn/node-1/2027`"), "{refused}");
    assert!(desk.ledger(&["verify"]).ok().starts_with("sound: "));
}

#[test]
fn log_names_the_one_that_it_goes_on_from() {
    let desk = Desk::new();
    let checkpoint = desk.ledger(&["close", "--next", "example.cn/node-1/2027"]).ok();
    fs::write(desk.path("last"), &checkpoint).unwrap();
    let (next, last) = (desk.path("next"), desk.path("last"));
    let init = |origin: &str| run(&["ledger", "init", &next, "--origin", origin, "--follows", &last]);
    let said = init("example.cn/node-1/2026").refused();
    assert!(said.contains("is the name of the log that this one goes on from"), "{said}");
    init("example.cn/node-1/2027").ok();
    let first = run(&["ledger", "show", &next, "0"]).ok();
    let [origin, size, root] = checkpoint.lines().take(3).collect::<Vec<_>>()[..] else { panic!("{checkpoint}") };
    assert!(first.contains(&format!("\"follows-origin\":\"{origin}\"")), "{first}");
    assert!(first.contains(&format!("\"follows-size\":{size}")) && !root.is_empty(), "{first}");
}

#[test]
fn users_keep_their_standing_in_the_ledger_of_the_next_year() {
    let desk = Desk::new();
    let (last, next) = (desk.path("ledger"), desk.path("next"));
    let breach = |dir: &str| run_with(&["evaluate", "-", "--format", "jsonl", "--ledger", dir], BREACH.as_bytes());
    let total = || {
        let standing = run(&["ledger", "standing", &next, "--subject", "u-17"]).ok();
        serde_json::from_str::<serde_json::Value>(&standing).unwrap()["total"].as_u64().unwrap()
    };
    let decision: serde_json::Value = serde_json::from_str(breach(&last).ok().trim()).unwrap();
    desk.ledger(&["close", "--next", "example.cn/node-1/2027"]).ok();
    let refused = breach(&last).refused();
    assert!(refused.contains("this log has ended; record in `example.cn/node-1/2027`"), "{refused}");

    let init: [&str; 7] = ["ledger", "init", &next, "--origin", "example.cn/node-1/2027", "--follows", &last];
    let (others, own) = (desk.path("others"), desk.path("ledger/keys"));
    fs::create_dir(&others).unwrap();
    let refused = run(&[&init[..], &["--keys", others.as_str()]].concat()).refused();
    assert!(refused.contains("leave `--keys` out") && !Path::new(&next).exists(), "{refused}");
    let shared = ["--keys", own.as_str(), "--standing", "postgresql://keeper@localhost/compliance"];
    let refused = run(&[&init[..], &shared].concat()).refused();
    assert!(refused.contains("leave `--standing` out") && !Path::new(&next).exists(), "{refused}");
    run(&init).ok();
    assert_eq!(total(), 1);
    breach(&next).ok();
    assert_eq!(total(), 2);
    let store = Path::new(&next).join("caches/standing.redb");
    fs::remove_file(&store).unwrap();
    assert_eq!(total(), 2, "it is built again from both logs");
    run(&["ledger", "refute", &next, "--subject", "u-17", "--decision", decision["id"].as_str().unwrap()]).ok();
    assert_eq!(total(), 1, "a breach of last year is taken back");
    run(&["ledger", "standing", &next, "--check"]).ok();

    fs::remove_file(Path::new(&last).join("ledger.toml")).unwrap();
    fs::remove_dir_all(Path::new(&last).join("log")).unwrap();
    assert_eq!(total(), 1, "the store has what was deleted");
    fs::remove_file(&store).unwrap();
    let lost = run(&["ledger", "standing", &next, "--subject", "u-17"]);
    assert!(lost.code == 2 && lost.err.contains("that this one goes on from is not there"), "{}", lost.err);
}

#[test]
fn breach_of_another_user_is_not_taken_back_and_none_is_taken_back_twice() {
    let desk = Desk::new();
    let dir = desk.path("ledger");
    let judged = run_with(&["evaluate", "-", "--format", "jsonl", "--ledger", &dir], BREACH.as_bytes()).ok();
    let decision: serde_json::Value = serde_json::from_str(judged.trim()).unwrap();
    let id = decision["id"].as_str().unwrap();
    let refute = |user: &str, id: &str| desk.ledger(&["refute", "--subject", user, "--decision", id]);
    for (user, id) in [("u-18", id), ("u-17", "another")] {
        let said = refute(user, id).refused();
        assert!(said.starts_with("no breach of this user was counted"), "{said}");
    }
    assert!(refute("u-17", id).ok().contains("is taken back"));
    let again = refute("u-17", id);
    assert_eq!((again.code, again.out.as_str()), (1, ""), "{}", again.err);
    let refuted = desk.ledger(&["search", "--kind", "refuted"]).ok();
    assert_eq!(indices(&refuted, " refuted ").len(), 1, "{refuted}");
}

#[test]
fn keys_of_a_month_are_destroyed_once_nothing_of_it_is_kept() {
    let desk = Desk::new();
    desk.judge(&[("u-17", "今天天气很好")]);
    let mut files = fs::read_dir(desk.path("ledger/keys")).unwrap().flatten().map(|entry| entry.path());
    let key = files.find(|path| path.extension().is_some_and(|end| end == "key")).expect("a key");
    let epoch = key.file_stem().unwrap().to_str().unwrap().to_owned();
    let month = shown_month(&epoch);
    let said = desk.ledger(&["destroy-keys", &month]).refused();
    assert!(said.contains("are still needed"), "{said}");
    assert!(desk.ledger(&["destroy-keys", "2026-13"]).err.contains("is no month"));
    desk.ledger(&["expire", "--today", "2099-12-31"]).ok();
    assert!(desk.ledger(&["destroy-keys", &month]).ok().starts_with("the keys are destroyed"));
    assert!(!key.exists());
    let again = desk.ledger(&["destroy-keys", &month]);
    assert_eq!((again.code, again.out.as_str()), (1, "there were none\n"), "{}", again.err);
    assert!(desk.ledger(&["verify"]).ok().starts_with("sound: "));
}

/// The first file in a folder.
fn find(folder: &Path) -> Option<std::path::PathBuf> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let found = if path.is_dir() { find(&path) } else { Some(path) };
        if found.is_some() {
            return found;
        }
    }
    None
}
