const { documentElement: root } = document;
const at = (id) => document.getElementById(id);
const article = at("article"), feedback = at("feedback"), result = at("result");
const title = at("title"), text = at("text"), key = at("key");
const PATIENCE = 60_000, TALLEST = 4_000_000, GUESSED_FROM = 20_000;

const ACTIONS = {
  allow: ["通过", "Allow", "通"],
  review: ["复审", "Review", "复"],
  reject: ["拒绝", "Reject", "拒"],
};
const PROBLEMS = {
  "malformed-json": ["请求不是 JSON。", "The request was not JSON."],
  unauthorized: ["需要一个有效的密钥。", "A valid key is needed."],
  forbidden: ["这个密钥没有此项权限。", "This key does not allow that."],
  "not-found": ["这个裁决已不在存档里。", "This verdict is no longer stored."],
  "body-timed-out": ["文章没能及时传完，请再试一次。", "The article did not arrive in time. Please try again."],
  conflict: ["上一次请求还没做完。", "The request before is still at work."],
  "too-large": ["文章太大，超过了本服务的上限。", "The article is larger than this service takes."],
  "unsupported-media-type": ["本服务读不了这种格式。", "This service cannot read that format."],
  "invalid-request": ["请求有误。", "Something in the request is not valid."],
  "invalid-article": ["这里读不下去。", "This cannot be read."],
  "rate-limited": ["这个密钥的请求太多了。", "There were too many requests with this key."],
  busy: ["正在排队的文章太多。这不是对文章的判断。", "Too many articles are waiting. This says nothing about the article."],
  "timed-out": ["没能在时限内判完。这不是对文章的判断。", "It took longer than allowed. This says nothing about the article."],
  unavailable: ["服务眼下答不上来。这不是对文章的判断。", "The service cannot answer now. This says nothing about the article."],
  unreachable: ["连不上服务，请看看网络。这不是对文章的判断。", "The service cannot be reached. This says nothing about the article."],
  unreadable: ["收到的答复读不懂。这不是对文章的判断。", "The answer makes no sense. This says nothing about the article."],
};
const NO_TITLE = ["请填标题：文字不像网页那样自带标题。", "A title is needed: a text brings none of its own."];
const NOTHING = ["请先写下标题或正文。", "Please give a title or a text first."];
const NO_ENCODING = ["认不出这个文件的编码，请另存为 UTF-8。", "The encoding of this file is unknown; please save it as UTF-8."];

/* Both languages stand in the page; the style sheet shows the chosen one. */
function say(element, [zh, en], detail = "") {
  const parts = [["zh", zh], ["en", en]].map(([lang, words]) => Object.assign(document.createElement("span"), { lang, textContent: words }));
  element.replaceChildren(parts[0], " ", parts[1]);
  if (detail) { element.append(Object.assign(document.createElement("small"), { textContent: detail })); }
  element.hidden = false;
}

function speak(language) {
  root.lang = language;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

/* What is kept may be refused by the browser; the page works without. */
function kept(storage, name, value) {
  try {
    if (value !== undefined) { window[storage].setItem(name, value); }
    return window[storage].getItem(name);
  } catch { return null; }
}

class Refusal extends Error {
  constructor(slug, { detail = "", field = "", wait = 0 } = {}) {
    super(slug);
    Object.assign(this, { slug, detail, field, wait });
  }
}

async function ask(path, body, more = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", ...more };
  const secret = key.value.trim();
  if (/[^!-~]/.test(secret)) { throw new Refusal("unauthorized"); }
  if (secret) { headers.Authorization = `Bearer ${secret}`; }
  let answer, content;
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal, cache: "no-store" });
    content = await answer.text();
  } catch (error) {
    throw new Refusal(error.name === "TimeoutError" ? "timed-out" : "unreachable");
  }
  try { content = Object(JSON.parse(content)); } catch { content = {}; }
  if (answer.ok && content.id) { return content; }
  const slug = String(content.type).split(":").pop();
  if (!Object.hasOwn(PROBLEMS, slug)) { throw new Refusal("unreadable", { detail: `HTTP ${answer.status}` }); }
  const wait = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  throw new Refusal(slug, { detail: content.detail, field: content.field, wait: wait || 0 });
}

/* Errors stand beside what they are about. */
const FIELDS = { title: "title", text: "text", html: "text", markdown: "text", body: "text", because: "because", expected_action: "expected" };

function forgive(form) {
  for (const element of form.querySelectorAll(".wrong, .alert")) { element.hidden = true; element.replaceChildren(); }
  for (const element of form.querySelectorAll("[aria-invalid]")) { element.removeAttribute("aria-invalid"); }
}

function blame(name, words, detail = "") {
  say(at(`${name}-wrong`), words, detail);
  at(name)?.setAttribute("aria-invalid", "true");
  at(name)?.focus();
}

function complain(form, error) {
  if (!(error instanceof Refusal)) { throw error; }
  const { slug, field, detail, wait } = error;
  if (slug === "unauthorized" || slug === "forbidden") {
    at("key-field").hidden = false;
    blame("key", PROBLEMS[slug], detail);
  } else if (slug === "too-large" && form === article) {
    blame("text", PROBLEMS[slug], detail);
  } else if (field in FIELDS && form.contains(at(`${FIELDS[field]}-wrong`))) {
    const missing = field === "title" && detail === "is missing";
    blame(FIELDS[field], missing ? NO_TITLE : PROBLEMS[slug], missing ? "" : detail);
  } else {
    const [zh, en] = PROBLEMS[slug];
    const words = wait ? [`${zh}请过 ${wait} 秒再试。`, `${en} Please try again in ${wait} s.`] : [zh, en];
    say(form.querySelector(".alert"), words, [field, detail].filter(Boolean).join(": "));
  }
}

/* The article. */
let name = "draft", answered = null, attempt = "", asked = 0;

function guess() {
  const beginning = text.value.slice(0, GUESSED_FROM);
  if (/<(?:!doctype|html|head|body|p|div|br|a|span|h[1-6]|ul|ol|li|img|table|strong|section|article)\b[^<>]*>/i.test(beginning)) { return "html"; }
  return /^(?:---\s*$|#{1,6} |```)|\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)/m.test(beginning) ? "markdown" : "text";
}

function changed() {
  const chosen = article.elements.kind.value;
  at("guess").textContent = chosen === "auto" && text.value.trim() ? { html: "HTML", markdown: "Markdown", text: "" }[guess()] : "";
  result.classList.add("stale");
}

function put(given) {
  name = given.name ?? "draft";
  title.value = given.title ?? "";
  text.value = given.text ?? "";
  article.elements.kind.value = given.kind ?? "auto";
  forgive(article);
  changed();
}

function record() {
  const own = title.value.trim() ? { title: title.value } : {};
  if (!text.value.trim()) { return { id: name, ...own }; }
  const chosen = article.elements.kind.value;
  return { id: name, ...own, [chosen === "auto" ? guess() : chosen]: text.value };
}

async function check() {
  forgive(article);
  if (!title.value.trim() && !text.value.trim()) { blame("title", NOTHING); return; }
  const mine = ++asked, sent = record();
  article.setAttribute("aria-busy", "true");
  try {
    const answer = await ask("/v1/score?report=true", sent);
    if (mine !== asked) { return; } // another was asked about meanwhile
    show(answer);
    result.classList.toggle("stale", JSON.stringify(sent) !== JSON.stringify(record()));
  } catch (error) {
    if (mine !== asked) { return; }
    result.hidden = true; // an older verdict must not stand under an article that got none
    complain(article, error);
  } finally {
    if (mine === asked) { article.removeAttribute("aria-busy"); }
  }
}

function show(answer) {
  const { verdict, id, stored, report } = answer;
  const [zh, en, sign] = ACTIONS[verdict.action];
  answered = answer;
  result.className = verdict.action;
  result.hidden = false; // before its words, or a screen reader would not be told of them
  feedback.hidden = true;
  feedback.reset();
  forgive(feedback);
  renew();
  at("disagree").setAttribute("aria-expanded", "false");
  at("disagree").hidden = !stored;
  at("copy-cuts").hidden = !verdict.repair?.removals.length;
  at("copied").replaceChildren();
  at("seal").textContent = sign;
  say(at("answer"), [zh, en]);
  say(at("because-of"), because(verdict), `${id}${stored ? "" : " · 未存档 not stored"}`);
  at("frame").replaceChildren(framed(report));
  for (const part of result.children) { part.classList.add("arriving"); }
  result.scrollIntoView({ block: "start" });
}

function because({ action, reasons }) {
  const first = reasons.find((reason) => reason.action === action) ?? reasons[0];
  if (!first) { return ["没有发现需要说明的问题。", "Nothing was found that needs a word."]; }
  const count = reasons.length;
  const rest = count > 1 ? [`，共 ${count} 条理由`, `; ${count} reasons in all`] : ["", ""];
  return [`${first.message_zh}${rest[0]}`, `${first.message_en}${rest[1]}`];
}

/* The report holds a stranger's text: its frame has no origin, so that nothing in it could reach this page. */
function framed(report) {
  const frame = Object.assign(document.createElement("iframe"), { title: "清流审核报告 Qingliu report", referrerPolicy: "no-referrer" });
  frame.setAttribute("sandbox", "allow-scripts");
  frame.srcdoc = report;
  return frame;
}

function heard({ source, data }) {
  const frame = at("frame").firstElementChild;
  if (!frame || source !== frame.contentWindow || typeof data !== "object" || data === null) { return; }
  if (Number.isFinite(data.height)) { frame.style.height = `${Math.min(Math.max(data.height, 100), TALLEST)}px`; }
  if (Number.isFinite(data.top)) { window.scrollBy({ top: frame.getBoundingClientRect().top + data.top - window.innerHeight / 4 }); }
}

/* A file is read here, so that one sees and can change what is sent. */
function decoded(bytes) {
  const beginning = new TextDecoder("latin1").decode(bytes.slice(0, 2048));
  const declared = /charset\s*=\s*["']?([\w-]+)/i.exec(beginning)?.[1];
  const marked = beginning.startsWith("\xff\xfe") ? "utf-16le" : "utf-8";
  for (const encoding of [marked, declared ?? "gb18030", "gb18030"]) {
    try { return new TextDecoder(encoding, { fatal: true }).decode(bytes); } catch { /* the next */ }
  }
  return null;
}

async function take(file) {
  forgive(article);
  if (file.size > Number(root.dataset.limit)) { blame("text", PROBLEMS["too-large"], `${file.size} > ${root.dataset.limit}`); return; }
  const content = decoded(await file.arrayBuffer());
  if (content === null) { blame("text", NO_ENCODING); return; }
  const ending = file.name.split(".").pop().toLowerCase();
  const kind = { html: "html", htm: "html", md: "markdown", markdown: "markdown", txt: "text" }[ending];
  put({ name: file.name, text: content, kind });
}

/* What one takes along, and what one says back. */
async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch { // no clipboard outside https and loopback
    const area = Object.assign(document.createElement("textarea"), { value: words, className: "unseen" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(at("copied"), ["已复制", "Copied"]);
}

function cuts({ removals, action_after: after }) {
  const [zh, en] = ACTIONS[after];
  const lines = removals.map(({ field, selector, quote }, index) => `${index + 1}. [${field}${selector ? ` ${selector}` : ""}] ${quote}`);
  return [`建议删去 ${removals.length} 处，删后：${zh}`, `What to cut: ${removals.length}; then: ${en}`, "", ...lines, ""].join("\n");
}

/* Words that are sent again, because the answer was lost, are kept once. */
function renew() { attempt = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-"); }

async function object() {
  const expected = feedback.elements.expected.value;
  if (feedback.getAttribute("aria-busy") === "true") { return; }
  forgive(feedback);
  if (!expected) { say(at("expected-wrong"), ["请选一个。", "Please choose one."]); feedback.elements.expected[0].focus(); return; }
  const about = answered;
  feedback.setAttribute("aria-busy", "true");
  try {
    const body = { verdict_id: about.id, expected_action: expected, because: at("because").value };
    await ask("/v1/feedback", body, { "Idempotency-Key": attempt });
    if (about !== answered) { return; }
    toggle(false);
    say(at("copied"), ["已记下，谢谢。", "Recorded, thank you."]);
  } catch (error) {
    complain(feedback, error);
  } finally {
    feedback.removeAttribute("aria-busy");
  }
}

function toggle(open) {
  feedback.hidden = !open;
  at("disagree").setAttribute("aria-expanded", String(open));
  (open ? feedback.elements.expected[0] : at("disagree")).focus();
}

/* Written for this page; the addresses are of no one. */
const SAMPLES = {
  clean: { title: "社区图书馆周末开放时间调整", text: `本周六起，社区图书馆阅览室的开放时间延长到晚上九点，自习区同步开放。

儿童阅览区仍在下午六点闭馆。带孩子来的家长，可以在一楼服务台领取亲子座位的号牌。

十二月的读书会改在每周日上午，主题是地方志与老地图，名额三十人，到服务台登记即可。` },
  injected: { title: "老旧小区集中供暖前排气步骤", text: `进入十一月，市热力公司老旧小区开始对二百三十个换热站集中供暖逐一注水打压，供暖前计划在十天内完成。抢修人员二十四小时值守，排气接到报修后步骤半小时内到场。

今年换热站老旧小区新装了远程监测设备，集中供暖温度和压力每五分钟供暖前上传一次。一旦发现失水，排气调度室会通知片区人员上门步骤查看，不必等居民来电。

往年投诉较多的三个片区老旧小区更换了主管网，集中供暖直埋管道外壁加了供暖前保温层。沿线道路排气已经恢复通行，绿化步骤开春后补种。

用户家中老旧小区若有暗装的暖气片，集中供暖请提前移开供暖前家具和地毯。注水期间排气家里要留人，步骤发现渗漏先关入户阀门，再拨打客服电话。` },
  links: { text: `<!DOCTYPE html>
<html lang="zh-CN">
<head><title>小区加装电梯要走哪些流程</title></head>
<body>
<article>
<h1>小区加装电梯要走哪些流程</h1>
<p>加装电梯要先征求同一单元业主的意见，参与表决的人数和面积都达到规定的比例，才能进入下一步。</p>
<p>方案通过以后，由实施主体委托有资质的单位出图，并在单元门口公示不少于十天。</p>
<p>电梯投入使用后，业主要签订维护协议，写明电费、保养费和大修费的分摊办法。</p>
</article>
<div style="display:none">
<a href="http://a1.xpj-8812.example/">新葡京娱乐城开户</a>
<a href="http://b2.ag-zr99.example/">真人百家乐网址</a>
<a href="http://c3.kk-by.example/">捕鱼游戏上下分</a>
<a href="http://d4.91jp.example/">久久精品国产视频</a>
</div>
</body>
</html>` },
  title: { title: "国产精品久久久久人妻AV在线观看" },
};

function wire() {
  article.hidden = false;
  const languages = document.querySelector(".languages");
  languages.hidden = false;
  languages.addEventListener("click", ({ target }) => {
    const { language } = target.dataset;
    if (language) { speak(kept("localStorage", "qingliu.language", language) ?? language); }
  });
  speak(kept("localStorage", "qingliu.language") === "en" ? "en" : "zh-CN");
  key.value = kept("sessionStorage", "qingliu.key") ?? "";
  at("key-field").hidden = root.dataset.keys !== "required" && !key.value;
  key.addEventListener("input", () => kept("sessionStorage", "qingliu.key", key.value.trim()));
  for (const origin of document.querySelectorAll(".origin")) { origin.textContent = window.location.origin; }
  if (/Mac|iPhone|iPad/.test(navigator.platform)) { at("shortcut").textContent = "⌘ ↵"; }

  article.addEventListener("submit", (event) => { event.preventDefault(); check(); });
  article.addEventListener("input", (event) => { if (event.target !== key) { changed(); } });
  article.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); check(); }
  });
  article.querySelector(".samples").addEventListener("click", ({ target }) => {
    const sample = target.closest("[data-sample]");
    if (sample) { put(SAMPLES[sample.dataset.sample]); check(); }
  });
  at("file").addEventListener("change", ({ target }) => { if (target.files.length) { take(target.files[0]); target.value = ""; } });
  const paper = article.querySelector(".paper");
  const dragged = (event) => event.dataTransfer?.types.includes("Files");
  root.addEventListener("dragover", (event) => { if (dragged(event)) { event.preventDefault(); paper.classList.add("over"); } });
  root.addEventListener("dragleave", (event) => { if (!event.relatedTarget) { paper.classList.remove("over"); } });
  root.addEventListener("drop", (event) => {
    if (!dragged(event)) { return; }
    event.preventDefault();
    paper.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });

  at("copy-json").addEventListener("click", () => copy(JSON.stringify(answered.verdict, null, 2)));
  at("copy-cuts").addEventListener("click", () => copy(cuts(answered.verdict.repair)));
  at("disagree").addEventListener("click", () => toggle(feedback.hidden));
  feedback.addEventListener("submit", (event) => { event.preventDefault(); object(); });
  feedback.addEventListener("input", renew);
  window.addEventListener("message", heard);
}

wire();
