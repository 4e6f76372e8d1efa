//! What is read: a text and terms that hit nothing, for the benchmarks of text and of the host alike.

use std::collections::BTreeSet;

/// 300 characters in which no term stands that anybody would list.
pub(crate) const CALM: &str = "春天的午后，图书馆里很安静，阳光从高大的窗户照进来，落在长长的木桌上。几位读者在翻阅旧报纸，偶尔传来纸页翻动的声音。管理员推着小车，把归还的书一本一本放回架上，动作很轻，生怕打扰了谁。靠窗的位置坐着一位年轻人，他正在写一篇关于城市公园的小文章，写到湖边的柳树和散步的老人时，停下来想了很久。窗外的梧桐刚刚长出新叶，风一吹，光影就在墙上慢慢移动。远处的钟楼敲了三下，有人合上书本，收拾好东西，准备去赶下一班公共汽车。门口的公告栏上贴着周末讲座的海报，主题是古代园林与现代生活，旁边还有一张手绘的路线图。傍晚的时候，馆里会放一段轻音乐，提醒大家快要闭馆了，灯一盏一盏地熄灭，最后只剩下走廊尽头的小灯，照着回家的路。";

/// Terms of two to four rare characters, always the same ones.
pub(crate) fn invented(n: usize) -> Vec<String> {
    let mut seed = 0x9e37_79b9_u32;
    let mut next = |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    let mut seen = BTreeSet::new();
    while seen.len() < n {
        let length = 2 + next(3);
        seen.insert((0..length).filter_map(|_| char::from_u32(0x6a00 + next(0x2f00))).collect::<String>());
    }
    seen.into_iter().collect()
}

/// A text in chunks of four characters.
pub(crate) fn chunks(text: &str) -> Vec<&str> {
    let starts: Vec<usize> = text.char_indices().step_by(4).map(|(at, _)| at).chain([text.len()]).collect();
    starts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?)).collect()
}
