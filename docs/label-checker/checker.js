// The page: takes files, has each checked by a fresh instance of the module, and shows what is said. Everything from a file goes
// into the page as text, never as markup.
"use strict";

const results = document.getElementById("results");
const state = document.getElementById("state");
const target = document.getElementById("target");
const picker = document.getElementById("files");

/** A sentence of the page's own. */
const said = (zh, en) => ({ zh, en });

/** An element with children: texts, other elements, and sentences in both languages. Nothing is made of what is missing. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const child of children) {
    if (child === null || child === undefined) continue;
    if (typeof child === "string" || child instanceof Node) made.append(child);
    else made.append(isolated(child.zh, "zh"), isolated(child.en, "en"));
  }
  return made;
}

/** A text whose direction of writing changes nothing around it. */
function isolated(text, lang) {
  const made = document.createElement("span");
  made.lang = lang;
  const inner = document.createElement("bdi");
  inner.textContent = text;
  made.append(inner);
  return made;
}

/** A row of a list of names and values. */
const row = (name, value) => (value ? [element("dt", {}, name), element("dd", {}, value)] : []);

function finding(one) {
  const weight = one.severity === "violation" ? said("不符合", "violation") : said("提示", "note");
  const asks = { zh: `${one.asks.zh}（${one.source}）`, en: `${one.asks.en} (${one.source})` };
  return element(
    "li",
    { class: one.severity },
    element("b", {}, weight, element("code", {}, one.rule)),
    element(
      "dl",
      {},
      ...row(said("要求", "rule"), one.source ? asks : one.asks),
      ...row(said("位置", "place"), one.place),
      ...row(said("字段", "field"), one.field),
      ...row(said("问题", "finding"), one.what),
      ...row(said("处理", "remedy"), one.fix),
    ),
  );
}

function labelOf(label) {
  const fields = label.fields.flatMap(([key, value]) => row(key, value || "-"));
  const raw = fields.length === 0 ? element("code", {}, label.text) : null;
  return element("div", {}, element("p", {}, said("标识位于", "label at"), label.place), element("dl", {}, ...fields), raw);
}

/** What is shown of a file. */
function shown(name, answer) {
  const head = element("h2", {}, element("bdi", {}, name));
  if (answer.reason) {
    const verdict = element("p", { class: "verdict" }, said("未检查", "not checked"));
    return element("article", { "data-verdict": "none" }, head, verdict, element("p", {}, answer.reason));
  }
  const labels = answer.labels.map(labelOf);
  const producer = answer.producer ? element("p", {}, said("生成者", "producer"), answer.producer) : null;
  const signed = answer.is_signed
    ? element("p", {}, said("签名与生成者各字段一致（用签名旁的公钥验证）", "the signature is of the producer's fields, with the key beside it"))
    : null;
  return element(
    "article",
    { "data-verdict": answer.verdict },
    head,
    element("p", {}, answer.format),
    element("p", { class: "verdict" }, answer.says),
    element("p", {}, answer.means),
    answer.trouble ? element("p", {}, answer.trouble) : null,
    answer.labels.length === 0 ? element("p", {}, said("标识应写入", "a label stands in"), answer.usual_place) : null,
    answer.findings.length > 0 ? element("ul", { class: "findings" }, ...answer.findings.map(finding)) : null,
    ...labels,
    producer,
    signed,
    ...answer.remarks.map((remark) => element("p", {}, remark)),
  );
}

const compiled = (async () => {
  const text = document.getElementById("module").textContent;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return WebAssembly.compile(bytes);
})();

/** A module that no file has been given to: what one file does to it, no other file meets. */
async function instance() {
  const made = bindings();
  await made({ module_or_path: await compiled });
  return made;
}

async function checked(file) {
  try {
    const module = await instance();
    if (file.size > module.maxFile()) {
      return { reason: said("文件过大；请使用命令行 `specialis label check`", "the file is too large for a page; use the command line, `specialis label check`") };
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    return JSON.parse(module.check(file.name, bytes));
  } catch (error) {
    const why = String(error);
    return { reason: said(`不能读取或者检查此文件（${why}）；文件夹请先打开再选择其中的文件`, `it cannot be read or checked (${why}); of a folder, choose the files in it`) };
  }
}

/** How many files wait; results stand in the order in which files were given. */
let waiting = 0;
let queue = compiled.catch(() => {});

function busy(change) {
  waiting += change;
  results.setAttribute("aria-busy", String(waiting > 0));
  state.replaceChildren();
  if (waiting > 0) state.append(element("span", {}, said(`还有 ${waiting} 个文件`, `${waiting} files to go`)));
}

function take(files) {
  const all = [...files];
  busy(all.length);
  for (const file of all) {
    queue = queue.then(async () => {
      results.append(shown(file.name, await checked(file)));
      busy(-1);
    });
  }
}

compiled.then(
  () => busy(0),
  (error) => state.append(element("span", {}, said(`此浏览器不能运行本页（${error}）`, `this browser cannot run the page (${error})`))),
);
picker.addEventListener("change", () => {
  take(picker.files);
  picker.value = "";
});
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    target.classList.add("over");
  });
}
document.addEventListener("dragleave", () => target.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  target.classList.remove("over");
  take(event.dataTransfer.files);
});
