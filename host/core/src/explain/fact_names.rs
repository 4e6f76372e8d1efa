//! Names of facts in both languages and their units, for sentences about a fact that did not count and for the facts that decided.

use super::units::Unit;

/// How a fact is called, and what it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct FactName {
    path: &'static str,
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
    /// The unit, where the fact is a number.
    pub(super) unit: Unit,
}

/// The name of a fact by its path, such as `general.audience`. `None` where it has no name of its own.
pub(super) fn of(path: &str) -> Option<&'static FactName> {
    NAMES.iter().find(|known| known.path == path)
}

/// The Chinese name of a fact, or of its group. `None` where neither has one.
pub(super) fn zh(path: &str) -> Option<&'static str> {
    let group = || {
        let (group, _) = path.split_once('.')?;
        GROUPS.iter().find(|(known, _)| *known == group).map(|(_, name)| *name)
    };
    of(path).map(|name| name.zh).or_else(group)
}

const fn named(path: &'static str, en: &'static str, zh: &'static str, unit: Unit) -> FactName {
    FactName { path, en, zh, unit }
}

/// Facts that can loosen, and those that a decision may show, by path.
const NAMES: [FactName; 121] = [
    named("general.audience", "audience (in-house or the public)", "服务对象（内部或者公众）", Unit::Plain),
    named("general.purpose", "purpose", "使用目的", Unit::Plain),
    named("general.grades", "grades", "分类分级", Unit::Plain),
    named("general.minors-mode", "minors' mode", "未成年人模式", Unit::Plain),
    named("general.exam-in-progress", "an examination is going on", "是否处于考试期间", Unit::Plain),
    named("service.roles", "roles of the service", "服务角色", Unit::Plain),
    named("service.territory", "territory of the service", "服务地域", Unit::Plain),
    named("service.intended-audience", "intended audience", "预定的服务对象", Unit::Plain),
    named("service.licences", "licences of the service", "许可证", Unit::Plain),
    named("service.filing-number", "filing number", "备案编号", Unit::Plain),
    named("service.assessment-number", "number of the security assessment", "安全评估编号", Unit::Plain),
    named("service.assessed-on", "day of the security assessment", "安全评估日期", Unit::Plain),
    named("service.algorithm-filing-number", "filing number of the algorithm", "算法备案编号", Unit::Plain),
    named("service.authority-notices", "notices of authorities", "主管部门通知", Unit::Plain),
    named("service.request-limit-days", "published limit for requests", "公布的请求办理期限", Unit::Days),
    named("service.complaint-limit-days", "published limit for complaints", "公布的投诉办理期限", Unit::Days),
    named("model.filing-number", "filing number of the model", "模型备案编号", Unit::Plain),
    named("model.base-model-filing-number", "filing number of the base model", "基础模型备案编号", Unit::Plain),
    named("model.origin", "origin of the model", "模型来源地", Unit::Plain),
    named("provider.origin", "place of the provider", "提供者所在地", Unit::Plain),
    named("provider.foreign-invested", "foreign investment", "是否外商投资", Unit::Plain),
    named("tenant.serves-public", "the tenant serves the public", "租户是否面向公众", Unit::Plain),
    named("tenant.relation", "relation of the tenant", "租户关系", Unit::Plain),
    named("subject.age", "age of the user", "使用者年龄", Unit::Plain),
    named("subject.role", "role of the user", "使用者身份", Unit::Plain),
    named("subject.school-stage", "school stage", "学段", Unit::Plain),
    named("subject.supervised", "the user is supervised", "是否有人看护", Unit::Plain),
    named("subject.consents", "consents", "同意", Unit::Plain),
    named("subject.territory", "place of the user", "使用者所在地", Unit::Plain),
    named("subject.identity-verified", "identity of the user verified", "是否实名认证", Unit::Plain),
    named("agreement.accepted-on", "agreement accepted on", "同意服务协议的日期", Unit::Plain),
    named("agreement.version", "version of the agreement accepted", "已同意的服务协议版本", Unit::Plain),
    named("agreement.clauses", "clauses of the agreement", "服务协议条款", Unit::Plain),
    named("publication.waiver", "waiver of the explicit label", "免除显式标识的约定", Unit::Plain),
    named("publication.fiction", "work of fiction", "是否虚构作品", Unit::Plain),
    named("publication.licence", "licence of the work", "许可证", Unit::Plain),
    named("publication.approvals", "approvals", "审批", Unit::Plain),
    named("publication.filing-number", "filing number of the work", "备案编号", Unit::Plain),
    named("publication.ai-made", "made by AI", "是否由人工智能生成", Unit::Plain),
    named("training-intake.licence", "licence of the training data", "训练数据的授权", Unit::Plain),
    named("training-intake.personal-data-basis", "basis for personal information", "处理个人信息的依据", Unit::Plain),
    named("data-handling.basis", "basis of the handling", "处理个人信息的依据", Unit::Plain),
    named("prompt.open-ended", "open-ended generation", "是否开放式生成", Unit::Plain),
    named("output.similarity-permille", "likeness to a known work", "与既有作品的相似度", Unit::Permille),
    named("tool.authorized", "call authorized by the user", "使用者是否允许调用", Unit::Plain),
    named("publication.changed-on", "last changed on", "最后修改日期", Unit::Plain),
    named("publication.fiction-notice", "notice that it is fiction", "是否提示为虚构", Unit::Plain),
    named("publication.declared-generated", "declared to be generated", "是否声明为生成合成内容", Unit::Plain),
    named("publication.label.explicit", "explicit label seen", "是否见到显式标识", Unit::Plain),
    named(
        "publication.label.explicit-height-permille",
        "height of the label against the shortest side",
        "显式标识文字高度占最短边的比例",
        Unit::Permille,
    ),
    named("publication.label.explicit-ms", "time for which the label is shown", "显式标识持续时间", Unit::Milliseconds),
    named("publication.label.traces-permille", "traces of generation detected", "检测到的生成合成痕迹", Unit::Permille),
    named("publication.waiver.on", "waiver asked for on", "提出免加显式标识的日期", Unit::Plain),
    named("publication.waiver.record-days", "record of the waiver kept for", "该约定的记录留存时间", Unit::Days),
    named("publication.budget-yuan", "budget", "投资额", Unit::Yuan),
    named("publication.remakes-removed-work", "remakes a work that was taken down", "是否翻拍已下架作品", Unit::Plain),
    named(
        "publication.discomforting-scenes",
        "scenes that may discomfort minors",
        "是否含有可能引起未成年人不适的情节",
        Unit::Plain,
    ),
    named("publication.viewer-warning", "viewers warned", "是否有观看提示", Unit::Plain),
    named("publication.similarity-permille", "likeness to a known work", "与既有作品的相似度", Unit::Permille),
    named("publication.ai-share-permille", "share written by AI", "人工智能撰写的比例", Unit::Permille),
    named("publication.author-verified", "identity of the author verified", "作者身份是否核验", Unit::Plain),
    named("publication.correction-published", "correction published", "是否已刊登更正", Unit::Plain),
    named("training-intake.personal-data", "personal information among the data", "是否含个人信息", Unit::Plain),
    named("training-intake.sensitive-interaction", "from sensitive conversations", "是否来自敏感对话", Unit::Plain),
    named("training-intake.rights-cleared", "rights of others cleared", "他人权利是否已取得许可", Unit::Plain),
    named("training-intake.unlawful-permille", "share of unlawful or harmful items", "违法不良比例", Unit::Permille),
    named("training-intake.sampled-items", "items sampled by hand", "人工抽检数量", Unit::Items),
    named("training-intake.passed-permille", "pass rate of the sample", "抽检合格率", Unit::Permille),
    named(
        "training-intake.machine-checked-permille",
        "share checked by keyword and classifier",
        "关键词和分类模型检查的比例",
        Unit::Permille,
    ),
    named(
        "training-intake.unlawful-items",
        "unlawful or harmful items in the sample",
        "抽检中违法不良的数量",
        Unit::Items,
    ),
    named("training-intake.passed-items", "items that passed", "抽检合格数量", Unit::Items),
    named("training-intake.corpus-items", "items of the corpus", "语料数量", Unit::Items),
    named(
        "training-intake.machine-checked-items",
        "items checked by keyword and classifier",
        "关键词和分类模型检查的数量",
        Unit::Items,
    ),
    named(
        "training-intake.sensitive-data",
        "sensitive personal information among the data",
        "是否含敏感个人信息",
        Unit::Plain,
    ),
    named(
        "training-intake.children-data",
        "information of children under 14 among the data",
        "是否含不满十四周岁儿童的个人信息",
        Unit::Plain,
    ),
    named("annotation-batch.sampled-permille", "share of labels checked", "抽检比例", Unit::Permille),
    named("annotation-batch.accuracy-permille", "accuracy of the labels", "标注准确率", Unit::Permille),
    named("annotation-batch.trained-on", "labeller trained on", "标注人员培训日期", Unit::Plain),
    named("annotation-batch.stored-apart", "safety data stored apart", "安全数据是否单独存储", Unit::Plain),
    named("annotation-batch.batch-items", "labels of the batch", "本批标注数量", Unit::Items),
    named("annotation-batch.sampled-items", "labels checked", "抽检数量", Unit::Items),
    named("annotation-batch.accurate-items", "labels found accurate", "抽检准确数量", Unit::Items),
    named("data-handling.retained-days", "kept so far", "已保存时间", Unit::Days),
    named("data-handling.retention-limit-days", "limit of the keeping", "保存期限", Unit::Days),
    named("data-handling.identifying", "identifies persons", "是否可识别个人", Unit::Plain),
    named("data-handling.requested-days-ago", "since the request", "提出请求至今", Unit::Days),
    named("data-handling.minutes-since", "since the incident was noticed", "发现事件至今", Unit::Minutes),
    named("data-handling.access-approved", "access approved", "访问是否经审批", Unit::Plain),
    named("data-handling.request.received-on", "request received on", "收到请求的日期", Unit::Plain),
    named("data-handling.request.answered-on", "request answered on", "答复请求的日期", Unit::Plain),
    named("data-handling.needed-days", "time that the purpose needs", "目的所需的保存时间", Unit::Days),
    named("data-handling.keep-until", "to be kept by law until", "法律要求保存至", Unit::Plain),
    named("account.complaint-days", "since the complaint", "投诉至今", Unit::Days),
    named("account.amount-fen", "amount of the purchase", "本次消费金额", Unit::Fen),
    named("account.spent-today-fen", "spent before on that day", "当日此前消费金额", Unit::Fen),
    named("account.complaint.received-on", "complaint received on", "收到投诉的日期", Unit::Plain),
    named("account.complaint.answered-on", "complaint answered on", "答复投诉的日期", Unit::Plain),
    named("service-change.on", "change takes effect on", "变更生效日期", Unit::Plain),
    named("service-change.assessed-on", "change assessed on", "该次评估日期", Unit::Plain),
    named("service-change.notice-on", "users told on", "通知使用者的日期", Unit::Plain),
    named("service-change.notice-days", "time of notice", "提前通知的时间", Unit::Days),
    named("signal.score-permille", "score", "识别分数", Unit::Permille),
    named("signal.part", "number of the part scored", "所评内容的序号", Unit::Plain),
    named("signal.up-to", "length of what was scored", "所评内容的长度", Unit::Bytes),
    named("service.started-on", "service started on", "服务开始日期", Unit::Plain),
    named("service.shapes-opinion", "can shape opinion or mobilize", "是否具有舆论属性或者社会动员能力", Unit::Plain),
    named("service.registered-users", "registered users", "注册用户数", Unit::Persons),
    named("service.monthly-users", "active users in a month", "月活跃用户数", Unit::Persons),
    named("service.emotional-interaction", "emotional interaction", "是否提供情感互动", Unit::Plain),
    named("service.plays-relative", "plays a relative or partner", "是否扮演亲属、伴侣", Unit::Plain),
    named("service.shows-model", "name and number of the model shown", "是否公示模型名称和编号", Unit::Plain),
    named(
        "service.shows-algorithm-number",
        "filing number of the algorithm shown",
        "是否公示算法备案编号",
        Unit::Plain,
    ),
    named("subject.older", "older person", "是否老年人", Unit::Plain),
    named("subject.emergency-contact", "emergency contact given", "是否留有紧急联系人", Unit::Plain),
    named("subject.registered", "registered account", "是否注册账号", Unit::Plain),
    named("standing.consecutive", "breaches in a row", "连续违规次数", Unit::Times),
    named("standing.today", "breaches on that day", "当日违规次数", Unit::Times),
    named("standing.total", "breaches in all", "累计违规次数", Unit::Times),
    named("standing.as-of", "standing counted on", "违规记录的统计日期", Unit::Plain),
    named("general.minutes-today", "use on that day", "当日使用时间", Unit::Minutes),
    named("general.minutes-continuous", "use without a break", "连续使用时间", Unit::Minutes),
];

/// Groups of facts, for those without a name of their own.
const GROUPS: [(&str, &str); 24] = [
    ("abort", "中断的一项事实"),
    ("account", "账号的一项事实"),
    ("agreement", "服务协议的一项事实"),
    ("annotation-batch", "标注数据的一项事实"),
    ("data-handling", "个人信息处理的一项事实"),
    ("general", "会话的一项事实"),
    ("media", "媒体的一项事实"),
    ("medium", "媒体文件的一项事实"),
    ("model", "模型的一项事实"),
    ("output", "生成内容的一项事实"),
    ("prompt", "输入的一项事实"),
    ("provider", "提供者的一项事实"),
    ("publication", "发布的一项事实"),
    ("retrieved", "检索内容的一项事实"),
    ("review", "人工审核的一项事实"),
    ("sectors", "是否属于某一行业"),
    ("service", "服务的一项事实"),
    ("service-change", "服务变更的一项事实"),
    ("signal", "识别分数的一项事实"),
    ("standing", "违规记录"),
    ("subject", "使用者的一项事实"),
    ("tenant", "租户的一项事实"),
    ("tool", "工具调用的一项事实"),
    ("training-intake", "训练数据的一项事实"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_a_name_and_every_name_a_fact() {
        let (paths, shown) = (crate::fact_paths(), crate::grounds_paths());
        for FactName { path, .. } in NAMES {
            assert!(paths.iter().chain(&shown).any(|known| *known == path), "`{path}` is no fact");
        }
        let known = paths.iter().filter(|path| path.contains('.'));
        let unnamed: Vec<&String> = known.filter(|path| zh(path).is_none()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
        let unnamed: Vec<&String> = shown.iter().filter(|path| of(path).is_none()).collect();
        assert!(unnamed.is_empty(), "shown in decisions: {unnamed:?}");
    }

    #[test]
    fn a_fact_whose_path_says_its_unit_has_it_and_no_name_says_it_again() {
        for FactName { path, en, zh, unit } in NAMES {
            let (_, place) = path.split_once('.').unwrap();
            let said = Unit::of_setting(&place.replace('.', "-"));
            assert!(said == Unit::Plain || said == unit, "`{path}` has the unit {unit:?}");
            for word in ["千分比", "（元）", "（分）", "毫秒", "天数", "thousandths"] {
                assert!(!zh.contains(word) && !en.contains(word), "`{path}`: {word}");
            }
        }
    }
}
