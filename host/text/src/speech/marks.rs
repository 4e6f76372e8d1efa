//! The words that tell how a term is said.

use std::sync::LazyLock;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use crate::view::view;

/// What a word says of a term in the same clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Before or behind it: somebody asks how to do it, or to be taught or helped.
    Ask,
    /// Before it: somebody wants it, or to be told of it.
    Want,
    /// Behind [`Self::Ask`] and [`Self::Want`]: what is asked for is lawful, as `举报`.
    Lawful,
    /// Behind the term: what is asked about it is lawful, as `怎么判`.
    LawfulBehind,
    /// Before it: somebody wants it praised or others won for it.
    Praise,
    /// Behind it: the way to do it.
    Means,
    /// Before it: somebody offers it.
    OfferBefore,
    /// Behind it, in the next clause too: somebody offers it.
    OfferBehind,
    /// Before it: it is denied.
    Not,
    /// Before it: it is forbidden.
    Forbid,
    /// Before it: it is prevented, fought or recognized.
    Prevent,
    /// Right before it: the same, as a single character (`反`).
    Against,
    /// Before it: what happened is reported.
    Report,
    /// Before or behind it: help.
    Help,
    /// Behind a negation: the speaker refuses to do this.
    Give,
    /// Between a negation and the term: the negation says nothing of what follows.
    Turn,
    /// Behind it: the law speaks of it.
    LawBehind,
    /// Behind it: it is reported or studied.
    ReportBehind,
}

use Mark::{
    Against, Ask, Forbid, Give, Help, LawBehind, Lawful, LawfulBehind, Means, Not, OfferBefore, OfferBehind, Praise,
    Prevent, Report, ReportBehind, Turn, Want,
};

/// The words, by what they say, with spaces between them.
const WORDS: &[(Mark, &str)] = &[
    (
        Ask,
        "教我 教教我 教会我 教一下 帮我 替我 帮忙 请教 求教 怎么 怎样 如何 咋 哪里能 哪里可以 哪里有 哪儿能 哪能 去哪 在哪买 想学 \
         有什么办法 有什么方法 有没有办法 有没有方法 有没有途径 有哪些方法 有哪些办法 有哪些途径 哪些方法 什么方法 什么办法 哪些材料 哪些工具 什么工具",
    ),
    (Want, "告诉我 给我 想要 我想 我要 打算 我需要 想知道 求个 求一份 请提供 提供一些 请编写 编写"),
    (
        Lawful,
        "量刑 处罚 惩罚 惩治 定罪 认定 界定 预防 识别 识破 辨别 分辨 辨认 举报 投诉 维权 治疗 戒 应对 避免 看待 理解 评价 禁止 打击 区分 \
         保护 处理 处置 报警 求助 赔偿 起诉 立案 申诉 拒绝 劝 远离 发现 查处 监管 治理 解决 减少 教育 引导 安慰 克服 揭露 揭穿 破获 侦破 抓 \
         追究 制止 阻止 警惕 抵制 抵御 反对 救助 摆脱 杜绝 检测 检举 鉴别 分析 定义 规定 影响 走出 判断 面对 消除 遏制 整治 追回 止损 挽回 \
         自首 辩护 宣传 保障 防止 防范 加强 遭遇 遇到 碰到 受到 遭到 被骗 被盗 被害 是什么 什么是 危害 翻译 拼写 历史 起源 定性 司法 法律 台词",
    ),
    (
        LawfulBehind,
        "量刑 处罚 惩罚 定罪 认定 界定 立案 判 维权 举报 投诉 报警 治理 预防 防范 戒 治疗 的危害 危害 影响 历史 起源 翻译 英语 英文 发展 形成 合法 \
         合理 计算 法律 新闻 成瘾 受害 患者 者 怎么办 怎么样 怎么看 怎么说 怎么读 怎么写 怎么回事 怎么了 实施 安全使用 定义 解读 演变 处理 应对 \
         看待 评价 理解 区分 识别 鉴别 监管 分级 保存 销毁 打击 解决 治愈 上瘾 害 追回 赔偿 取证 起诉 上诉 出现 产生 来的 分类 规定 构成 有罪 犯法 犯罪 违法 坐牢 几年",
    ),
    (Praise, "赞美 歌颂 美化 宣扬 鼓吹 煽动 号召 说服 怂恿 教唆 引诱 论证 鼓励"),
    (
        Means,
        "步骤 方法 教程 技巧 攻略 配方 窍门 诀窍 话术 秘诀 工艺 制法 做法 渠道 货源 指南 手册 详解 办法 方式 最佳实践 最佳时机 秘方 经验",
    ),
    (OfferBefore, "出售 售卖 低价 供应 批发 代办 专业 承接 现货 高价收 回收 收购 招募 出货 一手 供货 销售 求购 急出"),
    (
        OfferBehind,
        "包邮 货到付款 加微信 加微 加v 加vx 加qq 联系我 私聊 私信我 价格优惠 现货 批发 代办 送货上门 上门服务 保真 包过 发货 低价 需要的联系 \
         需要的加 需要的私 一条龙 欲购从速 诚信经营 出售 转让 求购",
    ),
    (
        Not,
        "不能 不会 不可 不可以 不应 不该 不应该 不允许 无法 没有 未曾 并非 绝不 决不 从不 不想 不敢 不参与 不支持 不鼓励 不主张 不涉及 不属于 \
         不是 不再 拒不 从没 并没 没法 不宜 不便 不应当",
    ),
    (Forbid, "不得 不要 不许 不准 勿 切勿 请勿 禁止 严禁 取缔 杜绝 千万别 别再 不容 零容忍 全面禁止"),
    (
        Prevent,
        "打击 严打 查处 整治 惩治 制止 阻止 遏制 抵制 反对 防止 防范 预防 避免 远离 警惕 谨防 提防 举报 投诉 揭露 揭穿 识别 识破 拒绝 抵御 戒除 摆脱 \
         惩处 追究 免受 遭受 遭遇 受到 遭到 治理 劝阻 严查 遏止 受害 宣传 普及 免遭 鉴别 辨别 分辨 检测 戒掉 戒 防 反诈 检举 谴责 批判 消除 \
         减少 应对 警示 侦测 认清 税务局 税务机关 派出所 公安机关 法院 到税务",
    ),
    (Against, "防 反 禁 拒 缉 治 打 戒"),
    (
        Report,
        "警方 民警 公安 检察院 法院 涉嫌 侦破 破获 查获 缴获 捣毁 抓获 侦办 打掉 被告人 犯罪嫌疑人 嫌疑人 通报 据报道 新闻 一审 二审 起诉 判处 \
         小说 电影 剧中 书中 历史上 因 犯 以 构成 属于 指控 \
         生产销售 制造并销售 明知是 所称",
    ),
    (Help, "求助 报警 热线 心理援助 康复 救助 受害者 受害人 被害人 援助"),
    (
        Give,
        "提供 协助 帮助 帮 教 回答 生成 讨论 支持 参与 分享 给出 描述 编写 写 告诉 指导 满足 完成 继续 涉及 鼓励 传播 宣扬 介绍 解答 推荐 处理 \
         执行 响应 创作 翻译 输出 展示 说明 展开 探讨 回应 谈论 教你 教授 配合 answer provide help assist give write share discuss explain \
         describe support teach create generate offer",
    ),
    (
        Turn,
        "而是 但是 却 才能 只有 除了 除非 就能 也能 不仅 不但 不只 不过 不如 不妨 不小心 不被 不知不觉 并 而 同时 情况下 以便 从而",
    ),
    (
        LawBehind,
        "罪 犯罪 是违法 违法 属于违法 属违法 行为是 法律责任 刑事责任 量刑 处罚 的规定 应当 将被 会被 要被 依法 条例 司法解释 的认定 立案 既遂 \
         未遂 情节 数额 是非法 是严禁 是不道德 是不允许 是被禁止 是禁止 不合法 不道德 不被允许 属于犯罪 触犯 处以 有期徒刑 追究 违反 有悖",
    ),
    (
        ReportBehind,
        "的危害 危害 案 案件 受害者 受害人 分子 嫌疑人 被抓 被捕 被判 的后果 后果 防范 治理 宣传 的定义 的特征 的区别 的影响 预防 的风险 有害 成瘾 \
         依赖 的历史 问题 猖獗 泛滥 防控 集团 团伙 意识 知识 教育 新闻 报道 现象 事件 专项 的成因 活动频发 热线 用英语 的英文 一词 造成 导致 \
         的原因 的社会 应急 排查 检查 安检",
    ),
    // English; an apostrophe is a space in the view.
    (Ask, "how_to how_do how_can how_should teach_me show_me help_me where_can where_to best_way explain_how"),
    (Want, "tell_me give_me i_want i_need write_me"),
    (Lawful, "prevent avoid report stop recognize recognise detect protect quit fight illegal law"),
    (Means, "instructions guide tutorial recipe step_by_step steps tips template plan"),
    (OfferBefore, "sell selling buy_our cheap best_price_for"),
    (OfferBehind, "for_sale whatsapp dm_me in_stock free_shipping"),
    (Not, "not never cannot can_t won_t don_t doesn_t didn_t isn_t unable no refuse"),
    (Forbid, "must_not do_not may_not prohibited forbidden ban banned illegal_to"),
    (Prevent, "prevent preventing against avoid stop fight fighting report reporting recognize detect detecting"),
    (Report, "police arrested accused convicted charged novel news"),
    (Help, "hotline helpline victims victim support_for"),
    (LawBehind, "is_illegal crime offence offense laws law penalty punishable"),
    (ReportBehind, "victims prevention awareness case cases"),
];

/// The words as one automaton, each with its number in a list of what it says.
pub(super) struct Marks {
    machine: CharwiseDoubleArrayAhoCorasick<u32>,
    /// For each word, how many letters it has and what it says.
    says: Vec<(usize, Vec<Mark>)>,
}

static MARKS: LazyLock<Option<Marks>> = LazyLock::new(Marks::new);

/// Makes the automaton, so that no text waits for it.
pub(crate) fn prepare() {
    LazyLock::force(&MARKS);
}

/// A word in a stretch of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) mark: Mark,
    /// The first letter, and the one behind the last.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Marks {
    fn new() -> Option<Self> {
        let mut words: Vec<(String, Vec<Mark>)> = Vec::new();
        for (mark, list) in WORDS {
            for word in list.split_whitespace() {
                let word: String = view(&word.replace('_', " ")).as_str().to_owned();
                match words.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, marks)) => marks.push(*mark),
                    None => words.push((word, vec![*mark])),
                }
            }
        }
        let patterns = words.iter().zip(0_u32..).map(|((word, _), number)| (word.as_str(), number));
        let machine = CharwiseDoubleArrayAhoCorasickBuilder::new().build_with_values(patterns).ok()?;
        Some(Self { machine, says: words.into_iter().map(|(word, marks)| (word.chars().count(), marks)).collect() })
    }
}

/// The words in these letters, in the order of their ends. A word of Latin letters stands for itself.
pub(super) fn find(letters: &[char]) -> Vec<Found> {
    let Some(marks) = MARKS.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut stepper = marks.machine.find_overlapping_stepper();
    for (end, &c) in (1_usize..).zip(letters) {
        stepper.consume(c);
        for own in stepper.matches() {
            let says = usize::try_from(own.value()).ok().and_then(|number| marks.says.get(number));
            let Some((n, says)) = says else { continue };
            let start = end.saturating_sub(*n);
            let touches = |place: Option<&char>| place.is_some_and(char::is_ascii_alphabetic);
            let is_latin = c.is_ascii_alphabetic();
            let before = start.checked_sub(1).and_then(|place| letters.get(place));
            if is_latin && (touches(before) || touches(letters.get(end))) {
                continue;
            }
            found.extend(says.iter().map(|&mark| Found { mark, start, end }));
        }
    }
    found
}
