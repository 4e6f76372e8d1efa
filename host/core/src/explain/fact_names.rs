//! Chinese names of facts, for sentences about a fact that did not count and for the facts that decided.

/// The name of a fact by its path, such as `general.audience`. None where it has no name of its own and its group has none either.
pub(super) fn zh(path: &str) -> Option<&'static str> {
    let named = NAMES.iter().find(|(known, _)| *known == path);
    let group = || {
        let (group, _) = path.split_once('.')?;
        GROUPS.iter().find(|(known, _)| *known == group)
    };
    named.or_else(group).map(|(_, name)| *name)
}

/// Facts that can loosen, and those that a decision may show, by path.
const NAMES: [(&str, &str); 121] = [
    ("general.audience", "服务对象（内部或者公众）"),
    ("general.purpose", "使用目的"),
    ("general.grades", "分类分级"),
    ("general.minors-mode", "未成年人模式"),
    ("general.exam-in-progress", "是否处于考试期间"),
    ("service.roles", "服务角色"),
    ("service.territory", "服务地域"),
    ("service.intended-audience", "预定的服务对象"),
    ("service.licences", "许可证"),
    ("service.filing-number", "备案编号"),
    ("service.assessment-number", "安全评估编号"),
    ("service.assessed-on", "安全评估日期"),
    ("service.algorithm-filing-number", "算法备案编号"),
    ("service.authority-notices", "主管部门通知"),
    ("service.request-limit-days", "公布的请求办理期限"),
    ("service.complaint-limit-days", "公布的投诉办理期限"),
    ("model.filing-number", "模型备案编号"),
    ("model.base-model-filing-number", "基础模型备案编号"),
    ("model.origin", "模型来源地"),
    ("provider.origin", "提供者所在地"),
    ("provider.foreign-invested", "是否外商投资"),
    ("tenant.serves-public", "租户是否面向公众"),
    ("tenant.relation", "租户关系"),
    ("subject.age", "使用者年龄"),
    ("subject.role", "使用者身份"),
    ("subject.school-stage", "学段"),
    ("subject.supervised", "是否有人看护"),
    ("subject.consents", "同意"),
    ("subject.territory", "使用者所在地"),
    ("subject.identity-verified", "是否实名认证"),
    ("agreement.accepted-on", "同意服务协议的日期"),
    ("agreement.version", "已同意的服务协议版本"),
    ("agreement.clauses", "服务协议条款"),
    ("publication.waiver", "免除显式标识的约定"),
    ("publication.fiction", "是否虚构作品"),
    ("publication.licence", "许可证"),
    ("publication.approvals", "审批"),
    ("publication.filing-number", "备案编号"),
    ("publication.ai-made", "是否由人工智能生成"),
    ("training-intake.licence", "训练数据的授权"),
    ("training-intake.personal-data-basis", "处理个人信息的依据"),
    ("data-handling.basis", "处理个人信息的依据"),
    ("prompt.open-ended", "是否开放式生成"),
    ("output.similarity-permille", "与既有作品的相似度（千分比）"),
    ("tool.authorized", "使用者是否允许调用"),
    ("publication.changed-on", "最后修改日期"),
    ("publication.fiction-notice", "是否提示为虚构"),
    ("publication.declared-generated", "是否声明为生成合成内容"),
    ("publication.label.explicit", "是否见到显式标识"),
    ("publication.label.explicit-height-permille", "显式标识文字高度（最短边的千分比）"),
    ("publication.label.explicit-ms", "显式标识持续时间（毫秒）"),
    ("publication.label.traces-permille", "检测到的生成合成痕迹（千分比）"),
    ("publication.waiver.on", "提出免加显式标识的日期"),
    ("publication.waiver.record-days", "该约定的记录留存天数"),
    ("publication.budget-yuan", "投资额（元）"),
    ("publication.remakes-removed-work", "是否翻拍已下架作品"),
    ("publication.discomforting-scenes", "是否含有可能引起未成年人不适的情节"),
    ("publication.viewer-warning", "是否有观看提示"),
    ("publication.similarity-permille", "与既有作品的相似度（千分比）"),
    ("publication.ai-share-permille", "人工智能撰写的比例（千分比）"),
    ("publication.author-verified", "作者身份是否核验"),
    ("publication.correction-published", "是否已刊登更正"),
    ("training-intake.personal-data", "是否含个人信息"),
    ("training-intake.sensitive-interaction", "是否来自敏感对话"),
    ("training-intake.rights-cleared", "他人权利是否已取得许可"),
    ("training-intake.unlawful-permille", "违法不良比例（千分比）"),
    ("training-intake.sampled-items", "人工抽检数量"),
    ("training-intake.passed-permille", "抽检合格率（千分比）"),
    ("training-intake.machine-checked-permille", "关键词和分类模型检查的比例（千分比）"),
    ("training-intake.unlawful-items", "抽检中违法不良的数量"),
    ("training-intake.passed-items", "抽检合格数量"),
    ("training-intake.corpus-items", "语料数量"),
    ("training-intake.machine-checked-items", "关键词和分类模型检查的数量"),
    ("training-intake.sensitive-data", "是否含敏感个人信息"),
    ("training-intake.children-data", "是否含不满十四周岁儿童的个人信息"),
    ("annotation-batch.sampled-permille", "抽检比例（千分比）"),
    ("annotation-batch.accuracy-permille", "标注准确率（千分比）"),
    ("annotation-batch.trained-on", "标注人员培训日期"),
    ("annotation-batch.stored-apart", "安全数据是否单独存储"),
    ("annotation-batch.batch-items", "本批标注数量"),
    ("annotation-batch.sampled-items", "抽检数量"),
    ("annotation-batch.accurate-items", "抽检准确数量"),
    ("data-handling.retained-days", "已保存天数"),
    ("data-handling.retention-limit-days", "保存期限（天）"),
    ("data-handling.identifying", "是否可识别个人"),
    ("data-handling.requested-days-ago", "提出请求距今天数"),
    ("data-handling.minutes-since", "距发现事件的分钟数"),
    ("data-handling.access-approved", "访问是否经审批"),
    ("data-handling.request.received-on", "收到请求的日期"),
    ("data-handling.request.answered-on", "答复请求的日期"),
    ("data-handling.needed-days", "目的所需的保存天数"),
    ("data-handling.keep-until", "法律要求保存至"),
    ("account.complaint-days", "投诉距今天数"),
    ("account.amount-fen", "本次消费金额（分）"),
    ("account.spent-today-fen", "当日此前消费金额（分）"),
    ("account.complaint.received-on", "收到投诉的日期"),
    ("account.complaint.answered-on", "答复投诉的日期"),
    ("service-change.on", "变更生效日期"),
    ("service-change.assessed-on", "该次评估日期"),
    ("service-change.notice-on", "通知使用者的日期"),
    ("service-change.notice-days", "提前通知的天数"),
    ("signal.score-permille", "识别分数（千分比）"),
    ("signal.part", "所评内容的序号"),
    ("signal.up-to", "所评内容的字节数"),
    ("service.started-on", "服务开始日期"),
    ("service.shapes-opinion", "是否具有舆论属性或者社会动员能力"),
    ("service.registered-users", "注册用户数"),
    ("service.monthly-users", "月活跃用户数"),
    ("service.emotional-interaction", "是否提供情感互动"),
    ("service.plays-relative", "是否扮演亲属、伴侣"),
    ("service.shows-model", "是否公示模型名称和编号"),
    ("service.shows-algorithm-number", "是否公示算法备案编号"),
    ("subject.older", "是否老年人"),
    ("subject.emergency-contact", "是否留有紧急联系人"),
    ("subject.registered", "是否注册账号"),
    ("standing.consecutive", "连续违规次数"),
    ("standing.today", "当日违规次数"),
    ("standing.total", "累计违规次数"),
    ("standing.as-of", "违规记录的统计日期"),
    ("general.minutes-today", "当日使用分钟数"),
    ("general.minutes-continuous", "连续使用分钟数"),
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
        for (path, _) in NAMES {
            assert!(paths.iter().chain(&shown).any(|known| known == path), "`{path}` is no fact");
        }
        let known = paths.iter().filter(|path| path.contains('.'));
        let unnamed: Vec<&String> = known.filter(|path| zh(path).is_none()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
        let unnamed: Vec<&String> = shown.iter().filter(|path| NAMES.iter().all(|(known, _)| known != path)).collect();
        assert!(unnamed.is_empty(), "shown in decisions: {unnamed:?}");
    }
}
