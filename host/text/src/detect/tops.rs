//! Top-level domains.

/// Those of countries and territories (ISO 3166 and the exceptions that are in use).
const COUNTRIES: &str = "\
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg \
ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi \
gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky \
kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl \
no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr \
ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za \
zm zw";
/// The general ones that addresses of mail are found under.
const GENERAL: &str = "\
com net org edu gov mil int info biz name pro mobi asia tel jobs travel cat post coop aero museum arpa app dev top xyz shop \
site online club vip work store tech cloud live fun ink ltd group wang link press design art blog email mail company services \
center network world today life news wiki chat social space team tools video zone systems solutions digital agency academy \
school university college hospital health care clinic bank finance money law legal media studio photo photos games game \
center city plus red green blue pink black host hosting website web page pages domains ren xin love luxe beer fit yoga icu \
cyou bond sbs cfd monster quest rest win bid date men loan download stream party review trade science webcam accountant \
cricket racing faith gdn kim pub bar cafe bike auto cars car audio show run one global international support help example \
beijing tokyo london paris berlin google microsoft apple amazon alibaba baidu";
/// Those that are the endings of files as well.
const ENDINGS: &str = "md ml pl ps py rs sh so zip mov app download game design video run name page";

/// Whether there is such a top-level domain.
pub(super) fn is_registered(label: &str) -> bool {
    let is_in = |list: &str| list.split(' ').any(|known| known == label);
    if label.len() == 2 { is_in(COUNTRIES) } else { is_in(GENERAL) }
}

/// Whether files or the parts of programs end so too.
pub(super) fn is_ending(label: &str) -> bool {
    ENDINGS.split(' ').any(|known| known == label)
}
