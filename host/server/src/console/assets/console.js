// The script of the console: keeps the list of decisions up to date, and sends files that are dropped or chosen.
// Each page has a block of its own, so that no name of one stands in the way of another.
"use strict";

const said = document.getElementById("said");

function say(text) {
  if (said && said.textContent !== text) said.textContent = text;
}

// Decisions: the rows alone are fetched again, unless nobody looks.
{
  const rows = document.getElementById("rows");
  const live = document.getElementById("live");
  async function refresh() {
    if (!live.checked || document.hidden || rows.contains(document.activeElement)) return;
    try {
      const answer = await fetch(rows.dataset.rows, { redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (text !== rows.dataset.last) {
        rows.dataset.last = text;
        rows.innerHTML = text;
      }
      say("");
    } catch {
      say(document.documentElement.lang === "en" ? "The server does not answer." : "服务没有应答。");
    }
  }
  if (rows && live) setInterval(refresh, 2000);
}

// Labels: one file, and its verdict.
{
  const drop = document.getElementById("drop");
  async function check(file) {
    if (!file) return;
    say("…");
    const address = `${drop.dataset.send}?name=${encodeURIComponent(file.name)}`;
    const answer = await fetch(address, { method: "POST", body: file, headers: { "x-form-token": drop.dataset.token } });
    said.innerHTML = await answer.text();
  }
  if (drop) {
    document.getElementById("file").addEventListener("change", (event) => check(event.target.files[0]));
    for (const name of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragover");
        if (name === "drop") check(event.dataTransfer.files[0]);
      });
    }
  }
}

// Acts: the files of a folder one by one, then the page that shows what they would change.
{
  const act = document.getElementById("act");
  async function send(files, name) {
    const headers = { "x-form-token": act.dataset.token };
    const begun = await fetch(act.dataset.drafts, { method: "POST", headers });
    if (!begun.ok) return void (said.innerHTML = await begun.text());
    const draft = await begun.text();
    let n = 0;
    for (const file of files) {
      n += 1;
      say(`${n} / ${files.length}`);
      const address = `${draft}/files?path=${encodeURIComponent(name(file))}`;
      const added = await fetch(address, { method: "POST", body: file, headers });
      if (!added.ok) return void (said.innerHTML = await added.text());
    }
    location.assign(draft);
  }
  if (act) {
    const inside = (file) => file.webkitRelativePath.split("/").slice(1).join("/");
    document.getElementById("folder").addEventListener("change", (event) => send([...event.target.files], inside));
    document.getElementById("statement").addEventListener("change", (event) => send([...event.target.files], () => "statement.json"));
  }
}

// Rows of a table: the server reads the file, and the field gets what it holds.
{
  const file = document.getElementById("rows-file");
  file?.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    say("…");
    const address = `${file.dataset.send}?name=${encodeURIComponent(chosen.name)}`;
    const headers = { "x-form-token": file.dataset.token };
    const answer = await fetch(address, { method: "POST", body: chosen, headers });
    const text = await answer.text();
    if (!answer.ok) return void (said.innerHTML = text);
    document.getElementById("rows").value = text;
    say("");
  });
}

// The result of the playground is read out.
{
  const result = document.getElementById("result");
  if (result) result.focus();
}
