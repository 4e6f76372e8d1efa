//! Chinese names of facts, for sentences about a fact that did not count.

/// The name of a fact by its path, such as `general.audience`. None where it has no name of its own and its group has none either.
pub(super) fn zh(path: &str) -> Option<&'static str> {
    let named = NAMES.iter().find(|(known, _)| *known == path);
    let group = || {
        let (group, _) = path.split_once('.')?;
        GROUPS.iter().find(|(known, _)| *known == group)
    };
    named.or_else(group).map(|(_, name)| *name)
}

/// Facts that can loosen, by path.
const NAMES: [(&str, &str); 42] = [
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
        let paths = crate::fact_paths();
        for (path, _) in NAMES {
            assert!(paths.iter().any(|known| known == path), "`{path}` is no fact");
        }
        let known = paths.iter().filter(|path| path.contains('.'));
        let unnamed: Vec<&String> = known.filter(|path| zh(path).is_none()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }
}
