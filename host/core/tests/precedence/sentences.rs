//! Sentences of explanations, each of a decision that needs it.

use std::collections::BTreeMap;

use specialis_core::{
    Decision, EventKind, FactValue, GivenScore, Grounds, Lang, Level, Obligation, ParamValue, RecordedScore, Registry,
    ScoreReason, Status, explain,
};

use super::cases::{Case, Says, measure, require};
use super::explanations::{Scripted, assert_chinese};

/// The page in English and in Chinese.
fn pages((registry, decision): &(impl AsRef<Registry>, Decision)) -> [String; 2] {
    let words = Scripted(registry.as_ref());
    let [en, zh] = [Lang::En, Lang::Zh].map(|lang| explain(decision, &words, lang));
    assert_chinese(&zh);
    [en, zh]
}

fn assert_says(pages: &[String; 2], en: &[&str], zh: &[&str]) {
    for (page, lines) in pages.iter().zip([en, zh]) {
        for line in lines {
            assert!(page.contains(line), "the page lacks `{line}`:\n{page}");
        }
    }
}

fn id(id: &str) -> ParamValue {
    ParamValue::Id(id.to_owned())
}

/// Findings of the policy `common` on outputs.
fn common(says: Vec<Says>) -> [String; 2] {
    pages(&Case::on(EventKind::Output).common(says).decided())
}

/// One finding of the policy `common` that passes and asks for these.
fn owed(obligations: &[Obligation]) -> [String; 2] {
    common(vec![require("common.dsp10.output", Level::Pass, "DSP", "10", obligations)])
}

/// What rests on these grounds.
fn grounded(grounds: Grounds) -> [String; 2] {
    let case = Case::on(EventKind::Publication)
        .sector("film", Status::Yes)
        .sectoral("film", vec![require("film.tier", Level::Stop, "NRTA-AI-DRAMA", "tiers", &[])]);
    let (registry, mut decision) = case.decided();
    decision.grounds.insert("film".into(), BTreeMap::from([("because".into(), grounds)]));
    pages(&(registry, decision))
}

fn facts(facts: &[(&str, Option<FactValue>)]) -> BTreeMap<String, Option<FactValue>> {
    facts.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()
}

fn bounds(bounds: &[(&str, FactValue)]) -> BTreeMap<String, FactValue> {
    bounds.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[test]
fn a_mark_that_shows_nothing_is_a_note() {
    let record = measure("record", &[("log-months", ParamValue::Number(6)), ("set-by", id("operator"))]);
    let noted = common(vec![require("common.dsp10.output", Level::Mark, "DSP", "10", &[record])]);
    assert_says(
        &noted,
        &[
            "Verdict: noted. May go out. One thing is due: keep a record.",
            ": is noted\n",
            "+ Keep a record (the log is kept for 6 months; period set by the operator)",
        ],
        &[
            "结论（予以记录）：可以放行；另有一项须办理：留存记录。",
            "通用规定：予以记录\n",
            "+ 留存记录（日志保存期限：6个月；期限由运营者设定）",
        ],
    );
    assert!(!noted[1].contains("标识\n"), "{}", noted[1]);

    let label = measure("label-implicit", &[("attribute", id("1"))]);
    let marked = common(vec![require("common.dsp16.mark", Level::Mark, "DSP", "16", &[label])]);
    assert_says(
        &marked,
        &["Verdict: mark. May go out with a mark.", "asks for a mark"],
        &["结论（标识）：加标识后可以放行。", "要求标识", "添加隐式标识（属性：生成合成内容）"],
    );

    let reminder = measure("remind", &[("kind", id("verify"))]);
    let told = common(vec![require("common.dsp16.mark", Level::Mark, "DSP", "16", &[reminder])]);
    assert_says(&told, &["May go out with a notice.", "asks for a notice"], &["加提示后可以放行。", "要求告知"]);
}

#[test]
fn what_is_due_stands_in_the_head_with_its_time() {
    let answer =
        |days| measure("complaint-ticket", &[("kind", id("request")), ("within-days", ParamValue::Number(days))]);
    assert_says(
        &owed(&[answer(12)]),
        &[
            "One thing is due: answer the person's request within 12 days.",
            "+ Answer the person's request (within 12 days)",
        ],
        &["；须于12日内办结：答复个人请求。", "+ 答复个人请求（12日内）"],
    );
    assert_says(
        &owed(&[answer(0)]),
        &["One thing is due today: answer the person's request."],
        &["；须于今日办结：答复个人请求。"],
    );
    let delete = measure("delete", &[("within-days", ParamValue::Number(1))]);
    let both = [measure("record", &[("log-months", ParamValue::Number(6))]), delete];
    assert_says(&owed(&both), &[" Two things are due: "], &["；另有两项须办理：", "删除留存的内容（1日内）"]);
}

#[test]
fn measures_of_one_name_are_told_apart() {
    let show = |kind| measure("show-filing", &[("kind", id(kind))]);
    assert_says(
        &owed(&[show("algorithm"), show("model")]),
        &["show the filing number of the algorithm; show name and number of the filed model."],
        &["公示算法备案编号、公示已备案模型的名称和编号。", "+ 公示算法备案编号\n"],
    );
    let filing = |kind| measure("complete-filing", &[("kind", id(kind))]);
    assert_says(
        &owed(&[filing("algorithm"), filing("generative-service")]),
        &["complete the filing (algorithm); complete the filing (generative service)."],
        &["补办备案（算法）、补办备案（生成式人工智能服务）。", "+ 补办备案（生成式人工智能服务）"],
    );
    assert_says(&owed(&[filing("algorithm")]), &["due: complete the filing."], &["办理：补办备案。"]);
}

#[test]
fn a_number_is_held_against_the_row_that_it_reaches() {
    let tiers = ["live-drama/key=1000000", "live-drama@2026-01-01/key=3000000", "ai-drama@2026-07-01/key=800000"];
    let more = ["ai-drama@2026-07-01/ordinary=300000", "ai-drama@2026-07-01/other=0"];
    let rows = FactValue::Rows(tiers.iter().chain(&more).map(|row| (*row).to_owned()).collect());
    let of = |budget: Option<i64>| Grounds {
        facts: facts(&[("publication.budget-yuan", budget.map(FactValue::Number))]),
        bounds: bounds(&[("tier-budgets", rows.clone())]),
        ..Grounds::default()
    };
    let reached = grounded(of(Some(900_000)));
    assert_says(
        &reached,
        &[
            "Facts: budget 900,000 yuan ≥ 800,000 (AI micro-drama, key)\n",
            "Management Prompt on the Tiers of AI Micro-Dramas, on tiers [a management prompt, no normative notice]\n",
            "R2 tighten: what the sector asks is added (duty 1)",
        ],
        &[
            "事实：投资额900,000元 ≥ 800,000元（人工智能微短剧·重点）\n",
            "《管理提示（AI微短剧分类分层标准）》关于分类分层的内容【管理提示，不是规范性文件】\n",
            "R2　从严：行业规定另有要求的，一并适用（第1项义务）",
            "起决定作用的是“微短剧层级”（电影策略）",
        ],
    );
    assert!(!reached[1].contains("限值"), "{}", reached[1]);
    assert!(!reached[1].contains("自有规定"), "{}", reached[1]);
    assert_says(
        &grounded(of(None)),
        &["Facts: budget: not known\n", "Limit: least budget: 3,000,000 yuan (micro-drama, key), 800,000 yuan (AI "],
        &["事实：投资额：不明\n", "限值：最低投资额：3,000,000元（微短剧·重点），800,000元（人工智能微短剧·重点），"],
    );
}

#[test]
fn facts_and_bounds_have_names_and_units() {
    let grounds = Grounds {
        facts: facts(&[
            ("data-handling.retained-days", Some(FactValue::Number(10))),
            ("service.request-limit-days", Some(FactValue::Number(15))),
            ("general.minutes-today", Some(FactValue::Number(1))),
        ]),
        bounds: bounds(&[("log-months", FactValue::Number(6)), ("minor-minutes", FactValue::Number(120))]),
        ..Grounds::default()
    };
    assert_says(
        &grounded(grounds),
        &[
            "Facts: kept so far: 10 days; use on that day: 1 minute; published limit for requests: 15 days\n",
            "Lower limit: 6 months (network logs are kept at least)\n",
            "Upper limit: 120 minutes (use in a day)\n",
        ],
        &[
            "事实：已保存时间：10日；当日使用时间：1分钟；公布的请求办理期限：15日\n",
            "下限：6个月（网络日志最短留存期限）\n",
            "上限：120分钟（每日使用时间）\n",
        ],
    );
}

#[test]
fn scores_have_two_places_and_their_model() {
    let score = |score_permille, source: Option<&str>| GivenScore {
        category: "a1.violence".into(),
        score_permille,
        source: source.map(Into::into),
    };
    let grounds = Grounds {
        scores: vec![score(1_000, None), score(905, None)],
        bounds: bounds(&[("stop-permille", FactValue::Number(900))]),
        ..Grounds::default()
    };
    assert_says(
        &grounded(grounds),
        &[
            "Scores: Violence 1.00 (nobody names the model); Violence 0.905 (nobody names the model)\n",
            "Threshold: 0.90\n",
        ],
        &["评分：暴力 1.00（模型未具名）；暴力 0.905（模型未具名）\n", "阈值：0.90\n"],
    );
    let case = Case::on(EventKind::Output).common(Vec::new());
    let (registry, mut decision) = case.decided();
    let named = Grounds { scores: vec![score(910, Some("guard-v2"))], ..Grounds::default() };
    decision.scores.push(RecordedScore {
        part: 0,
        scorer: "linear".into(),
        version: "1".to_owned(),
        category: "a1.violence".into(),
        permille: 620,
        threshold: 600,
        up_to: 0,
        reason: ScoreReason::Alone,
    });
    assert_says(
        &pages(&(registry, decision)),
        &["0.62 for Violence, by linear 1; threshold 0.60"],
        &["评分0.62，阈值0.60"],
    );

    // A model keeps its own name in Chinese too.
    let case =
        Case::on(EventKind::Output).common(vec![require("common.dsp10.output", Level::Review, "DSP", "10", &[])]);
    let (registry, mut decision) = case.decided();
    decision.grounds.insert("common".into(), BTreeMap::from([("because".into(), named)]));
    let words = Scripted(registry.as_ref());
    assert!(explain(&decision, &words, Lang::En).contains("Violence 0.91 (model guard-v2)"));
    assert!(explain(&decision, &words, Lang::Zh).contains("暴力 0.91（模型 guard-v2）"));
}

#[test]
fn a_sector_is_named_beside_a_duty_where_it_changes_something() {
    let case = |status| {
        let says = vec![require("im.art12.marking", Level::Stop, "NEWS", "5", &[])];
        let case = Case::on(EventKind::Output).sector("news", status).sectoral("news", says);
        let general = vec![require("im.art12.marking", Level::Mark, "IM", "12", &[])];
        pages(&case.general(general).decided())
    };
    let certain = case(Status::Yes);
    assert_says(&certain, &["R2 tighten: a stricter finding counts"], &["R2　从严：更严格的结论直接计入（第1项义务）"]);
    assert!(!certain[1].contains("自有规定"), "{}", certain[1]);
    assert_says(&case(Status::Unknown), &["News (unknown): has a rule"], &["新闻（不确定）：自有规定，与其他规定并行"]);
}

#[test]
fn what_is_done_to_the_text_begins_like_the_other_measures() {
    assert_says(
        &owed(&[Obligation::Stop]),
        &["   at once:\n      1. Stop the output, for duty 1\n"],
        &["   立即：\n      1. 停止输出（对应第1项义务）\n"],
    );
}
