//! What an explanation says of the way text went out, and of what the platform cannot do.

use super::Page;
use super::phrases::Phrase as _;
use crate::{Bound, ChannelFault, Decision, Delivery};

impl Page<'_> {
    /// Measures that nobody can carry out in time, the levels of single parts, and what became of a stream.
    pub(super) fn delivery(&mut self, decision: &Decision) {
        let lang = self.lang;
        if !decision.unsupported.is_empty() {
            self.title("The platform cannot do this in time, so nothing goes out", "平台无法及时履行，故不予放行");
        }
        for id in &decision.unsupported {
            let entry = self.words.registry().measures.get(id);
            let name = entry.map_or(id.as_str(), |entry| lang.pick(&entry.en, &entry.zh)).to_owned();
            let id = self.id("", id.as_str());
            self.line(1, &format!("{name}{id}"));
        }
        if decision.unrecorded {
            self.title("It could not be recorded, so nothing goes out", "未能留存记录，故不予放行");
        }
        if !decision.exceeded.is_empty() {
            self.title("More than the host judges, so a person decides", "超出系统可判断的数量，须人工复核");
        }
        for bound in &decision.exceeded {
            self.line(1, bound.both_words(lang));
        }
        let Some(streamed) = &decision.streamed else { return self.parts(decision) };
        self.title("How the text went out", "文本的放行方式");
        self.line(1, streamed.delivery.both_words(lang));
        if let Some(at) = streamed.at {
            let read = self.read_to(at.part, at.at);
            self.line(1, &format!("{}{}{read}", lang.pick("read when it was judged", "判断时已读"), self.colon()));
        }
        self.parts(decision);
        for span in &streamed.late {
            let late = lang.pick("was out already when it was to be masked", "应遮盖时已经放行");
            let line = format!("{} {late}", self.span(span));
            self.line(1, &line);
        }
        for (part, fault) in &streamed.faults {
            let what = match fault {
                ChannelFault::KeptBack => lang.pick(
                    "more would have to be kept back than may be: a person decides",
                    "留置量超过上限，须人工复核",
                ),
                ChannelFault::InvalidText => {
                    lang.pick("is not valid UTF-8: it was cut off", "不是有效的文本编码，已中断")
                }
            };
            let line = match lang {
                super::Lang::En => format!("part {}: {what}", part.saturating_add(1)),
                super::Lang::Zh => format!("第{}段：{what}", part.saturating_add(1)),
            };
            self.line(1, &line);
        }
    }

    fn parts(&mut self, decision: &Decision) {
        for (part, level) in &decision.parts {
            let level = level.say(self.lang);
            let line = match self.lang {
                super::Lang::En => format!("part {} by itself: {level}", part.saturating_add(1)),
                super::Lang::Zh => format!("第{}段单独结论：{level}", part.saturating_add(1)),
            };
            self.line(1, &line);
        }
    }
}

impl Bound {
    fn both_words(self, lang: super::Lang) -> &'static str {
        match self {
            Self::Text => lang.pick("too much text in one event", "单个事件的文本过长"),
            Self::Parts => lang.pick("too many parts of one event", "单个事件的部分过多"),
            Self::Hits => lang.pick("too many hits in one event", "单个事件的命中过多"),
            Self::Signals => lang.pick("too many signals of one event", "单个事件的信号过多"),
            Self::Findings => lang.pick("too many findings on one event", "单个事件的认定过多"),
            Self::Obligations => lang.pick("too many obligations on one event", "单个事件的义务过多"),
            Self::Events => lang.pick("too many events in the session, which is closed", "会话事件过多，会话已关闭"),
            Self::SessionHits => lang.pick("too many hits in the session, which is closed", "会话命中过多，会话已关闭"),
        }
    }
}

impl Delivery {
    fn both_words(self, lang: super::Lang) -> &'static str {
        match self {
            Self::KeepAll => lang.pick("all of it was kept back to the end", "全文审核完毕后放行"),
            Self::KeepWindow => lang.pick("as soon as nothing could become of it any more", "确认无虞后即时放行"),
            Self::DeliverThenRetract => {
                lang.pick("at once; what was found later is to be taken back", "先行放行，事后发现的须撤回")
            }
        }
    }
}
