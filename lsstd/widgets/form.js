// The form of lsstd as plain, accessible HTML controls. It shows what the core says and collects what is typed; it
// computes nothing. It talks to a channel, {send(message), on(heard) → stop}, and knows nothing of what is behind it:
// a kernel (the adapter at the end), or the core in the page itself.

const TEXTS = {}; // in both languages, from lsstd.forms.page_texts
const LATER_MS = 700, PATIENCE_MS = 5000, HASHED_MOST = 200 * 2 ** 20, LOADED_MOST = 2 ** 20;

let count = 0;
const unique = () => `lsstd-${++count}`;

/** Make an element; strings become text, never markup. */
function h(tag, given = {}, ...inner) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inner.flat(9).filter((part) => part != null && part !== false));
  return made;
}

/** Numbered messages: kept until acknowledged, sent again while they are not. */
class Line {
  constructor(channel, heard, moved) {
    this.page = Math.random().toString(36).slice(2);
    this.number = 0;
    this.waiting = [];
    this.channel = channel;
    this.moved = moved;
    this.since = 0;
    this.stop = channel.on((answer, buffers) => {
      const isAwaited = "offered" in answer || this.waiting.some(({ id }) => id === answer.ack);
      if (answer.page !== this.page || !isAwaited) return;
      if (!("offered" in answer)) this.waiting = this.waiting.filter((message) => message.id > answer.ack);
      this.since = Date.now();
      heard(answer, buffers);
    });
    this.clock = setInterval(() => this.again(), 1000);
  }
  send(message) {
    const numbered = { page: this.page, id: ++this.number, ...message };
    if (message.do !== "offer") {
      if (!this.waiting.length) this.since = Date.now();
      this.waiting.push(numbered);
    }
    this.post(numbered);
    this.moved();
  }
  /** Hand a message to the channel; one that is broken just now gets it again later. */
  async post(message) {
    try { await this.channel.send(message); } catch { /* it waits */ }
  }
  again() {
    if (!this.waiting.length || Date.now() - this.since < PATIENCE_MS / 4) return;
    this.waiting.forEach((message) => this.post(message));
    this.moved();
  }
  get isLost() {
    return this.waiting.length > 0 && Date.now() - this.since > PATIENCE_MS;
  }
  get edits() {
    return this.waiting.filter((message) => message.do === "edit");
  }
  end() {
    clearInterval(this.clock);
    this.stop();
  }
}

/** What the page remembers between visits, where the browser lets it. */
const memory = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  },
  set(key, value) {
    try { value == null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ }
  },
};

/** Put the form into an element; return a function that takes it away. */
export function mount(el, channel, doc = document) {
  let lang = memory.get("lsstd lang") ?? "zh";
  let schema, view, values = {}, place = "", states = [], offers = [];
  let known = {}, section = "facts", group = {}, ticked = new Set(), later = new Map(), unsent = new Set(), refreshers = [], whatIf = null, left = [];
  const t = (key, ...parts) => parts.reduce((text, part) => text.replace(/\{\w+\}/, () => part), TEXTS[key][lang]);
  const say = (text) => (text ? text[lang] : "");

  // A host that has keys of its own, as JupyterLab, must neither take them from the form nor take its focus away.
  const root = h("div", { class: "lsstd-form", "data-lm-suppress-shortcuts": "true", onkeydown: (event) => event.stopPropagation() });
  el.append(root);
  root.append(h("p", { class: "waiting", role: "status" }, t("waiting")));

  const line = new Line(channel, heard, showSaved);
  const leaving = () => flush();
  window.addEventListener("pagehide", leaving);
  const staying = (event) => {
    flush();
    if (unsent.size || line.isLost || view?.saved === false) event.preventDefault(); // the browser asks whether to leave what is not saved
  };
  window.addEventListener("beforeunload", staying);
  line.send({ do: "open" });

  function heard(answer, buffers) {
    if (answer.failed) return fail(answer.failed);
    if (answer.offered) return taken(answer, buffers);
    if (answer.what_if) { whatIf = answer.what_if; return refresh(); }
    view = { ...view, ...answer };
    ({ states = states } = answer);
    if (answer.schema) {
      ({ schema, place, offers = [] } = answer);
      lang = memory.get("lsstd lang") ?? answer.lang ?? lang;
      left = memory.get(`lsstd ${place}`) ?? [];
    }
    if (answer.values) {
      values = { ...answer.values };
      known = structuredClone(answer.values);
      line.edits.forEach(({ path, value }) => { values[path] = value; });
      draw();
    }
    if (answer.review?.length) review(answer.review);
    if (answer.refused) notice(say(answer.refused), [], "alert");
    refresh();
  }

  function fail(told) {
    line.end();
    root.replaceChildren(h("div", { class: "notice bad", role: "alert" }, h("strong", {}, t("failed")), h("pre", {}, say(told))));
  }

  // ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────

  function edit(path, value) {
    flush(path);
    later.delete(path);
    values[path] = value;
    const base = path.startsWith("readings.") ? {} : { base: known[path] ?? null }; // what this page saw there before
    known[path] = structuredClone(value);
    line.send({ do: "edit", path, value, ...base });
  }
  function editLater(path, value) {
    clearTimeout(later.get(path)?.clock);
    values[path] = value;
    later.set(path, { value, clock: setTimeout(() => edit(path, value), LATER_MS) });
    showSaved();
  }
  /** Send what is still being typed, so that nothing overtakes it. */
  function flush(but) {
    for (const [path, { value, clock }] of [...later]) {
      clearTimeout(clock);
      later.delete(path);
      if (path !== but) edit(path, value);
    }
  }

  function showSaved() {
    if (!place) return;
    const waiting = [...left, ...line.edits];
    memory.set(`lsstd ${place}`, waiting.length ? waiting : null);
    const mark = root.querySelector(".saved");
    if (!mark) return;
    const busy = line.edits.length > 0 || later.size > 0;
    const [state, word] = line.isLost ? ["bad", "lost"] : view.saved === false || unsent.size ? ["bad", "unsaved"]
      : busy ? ["busy", "saving"] : ["good", "saved"];
    if (mark.dataset.state !== state || mark.textContent !== t(word)) {
      mark.dataset.state = state;
      mark.textContent = t(word);
    }
  }

  function offerLeftOver() {
    const settle = (again) => {
      const edits = left.splice(0);
      if (again) edits.forEach(({ path, value }) => edit(path, value));
      draw();
    };
    if (left.length) notice(t("left_over", left.length), [[t("again"), () => settle(true)], [t("drop"), () => settle(false)]]);
  }

  /** Show what would change, field by field, before it does. */
  function review(asked) {
    const told = asked.map(({ label, old, new: becomes }) => `${say(label)}: ${say(old)} → ${say(becomes)}`).join("\n");
    const take = () => line.send({ do: "edit", edits: asked.map(({ path, value, base }) => ({ path, value, base })) });
    notice(told, [[t("again"), () => { take(); line.send({ do: "open" }); }], [t("drop"), () => line.send({ do: "open" })]]);
  }

  function notice(text, buttons = [], role = "status") {
    const box = h("div", { class: "notice", role }, h("pre", {}, text),
      buttons.map(([word, act]) => h("button", { type: "button", onclick: () => { act(); box.remove(); } }, word)),
      !buttons.length && h("button", { type: "button", onclick: () => box.remove() }, "✕"));
    root.querySelector(".notices").append(box);
  }

  // ── the frame ──────────────────────────────────────────────────────────────────────────────────────────────────

  function draw() {
    root.lang = lang === "zh" ? "zh-CN" : "en";
    doc.documentElement.lang ||= root.lang;
    const steps = alive();
    const name = (step) => t(step === "rows" && !schema.scored ? "topics" : step, say(schema.subject_label));
    root.replaceChildren(
      h("header", {},
        h("div", { class: "title" }, h("h1", {}, say(schema.title)),
          h("button", { type: "button", class: "language", lang: lang === "zh" ? "en" : "zh-CN", onclick: switchLanguage }, lang === "zh" ? "English" : "中文")),
        schema.self_assessment && h("p", { class: "self-assessment" }, say(schema.self_assessment)),
        h("p", { class: "verdict notices-first", role: "status" }),
        h("div", { class: "head", role: "group", "aria-label": t("score") }),
        h("nav", { class: "steps", "aria-label": t("sections") }, h("ol", {}, steps.map((step, i) => h("li", {},
          h("button", { type: "button", "data-step": step, "aria-current": step === section && "step", onclick: () => go(step) },
            h("span", { class: "number", "aria-hidden": "true" }, String(i + 1)), name(step))))))),
      h("div", { class: "notices" }), h("main", {}), h("footer", {}, say(schema.status)));
    const head = root.querySelector(".head");
    head.append(...["score", "grade", "eligible", "done"].map((key) => h("div", { class: key })), h("div", { class: "saved", role: "status", "aria-live": "polite" }));
    open();
    offerLeftOver();
  }

  /** The steps that this standard has. */
  const alive = () => ["facts", "conditions", "rows", "result", "take"].filter((step) => schema[step]?.length !== 0);
  const after = (step) => alive()[alive().indexOf(step) + 1];

  function switchLanguage() {
    flush();
    lang = lang === "zh" ? "en" : "zh";
    memory.set("lsstd lang", lang);
    draw();
    refresh();
    root.querySelector(".language").focus();
  }

  function go(step, part) {
    flush();
    [section, ticked, whatIf] = [step, new Set(), null];
    if (part) group[step] = part;
    root.querySelectorAll("[data-step]").forEach((button) => button.dataset.step === step
      ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current"));
    open(true);
  }

  /** Draw the one section that is alive. */
  function open(moved = false) {
    refreshers = [];
    const main = root.querySelector("main");
    main.replaceChildren(...{ facts: factsPage, conditions: conditionsPage, rows: rowsPage, result: resultPage, take: takePage }[section]());
    refresh();
    if (moved) {
      const heading = main.querySelector("h2");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      if (root.getBoundingClientRect().top < 0) root.scrollIntoView();
    }
  }

  function refresh() {
    if (!view?.head || !root.querySelector(".head")) return;
    const { head } = view;
    root.querySelector(".notices-first").textContent = head.notices.map(say).join(" ");
    const put = (name, word, value, more) => root.querySelector(`.head .${name}`).replaceChildren(
      h("span", { class: "word" }, t(word)), h("strong", {}, value), more ? h("span", { class: "more" }, more) : "");
    if (schema.scored) {
      put("score", "score", `${head.secured} / ${head.maximum}`, head.possible !== head.secured && `${t("possible")} ${head.possible}`);
      put("grade", "grade", say(head.shown.secured), head.grade_possible !== head.grade && !head.disqualified && `${t("possible")} ${say(head.shown.possible)}`);
      put("eligible", "conditions", head.disqualified ? "—" : t({ true: "all_met", false: "not_met", null: "open" }[head.eligible]));
    } else {
      put("score", "median", head.middle);
      root.querySelector(".head .grade").replaceChildren(badge("unknown", say(schema.mark)));
    }
    put("done", "done", `${head.done} / ${head.of}`);
    root.querySelector(".trouble")?.remove();
    if (view.trouble) {
      const choices = view.conflict ? [["mine", () => line.send({ do: "settle" })], ["retry", () => line.send({ do: "save" })]]
        : [["retry", () => line.send({ do: "save" })]];
      root.querySelector(".notices").append(h("div", { class: "notice bad trouble", role: "alert" }, h("pre", {}, say(view.trouble)),
        choices.map(([word, onclick]) => h("button", { type: "button", onclick }, t(word)))));
    }
    refreshers.forEach((again) => again());
    showSaved();
  }

  /** A section in groups of which one is alive: a list of them, the group, ways on. */
  function grouped(step, title, groups, body, progress) {
    const known = groups.find((one) => one.id === group[step]) ?? groups[0];
    group[step] = known.id;
    const at = groups.indexOf(known);
    const marks = groups.map((one) => [one, h("span", { class: "done-of" })]);
    refreshers.push(() => marks.forEach(([one, mark]) => { mark.textContent = progress(one); }));
    return [h("div", { class: "grouped" },
      h("nav", { "aria-label": t("groups") }, h("ul", {}, marks.map(([one, mark], i) => h("li", {},
        h("button", { type: "button", "data-group": one.id, "aria-current": one === known && "true", onclick: () => go(step, one.id) },
          one.above && say(one.above) !== say(groups[i - 1]?.above) && h("span", { class: "above" }, say(one.above)), h("span", {}, say(one.label)), mark))))),
      h("section", {}, h("h2", {}, title(known)), body(known),
        h("div", { class: "on" },
          at > 0 && h("button", { type: "button", onclick: () => go(step, groups[at - 1].id) }, `← ${t("previous")}`),
          at + 1 < groups.length ? h("button", { type: "button", class: "main", onclick: () => go(step, groups[at + 1].id) }, `${t("next")} →`)
            : h("button", { type: "button", class: "main", onclick: () => go(after(step)) }, `${t("next_step")} →`))))];
  }

  // ── fields ─────────────────────────────────────────────────────────────────────────────────────────────────────

  const isGiven = (value) => value != null && value !== "" && !(Array.isArray(value) && !value.length);

  function factsPage() {
    const progress = ({ fields }) => `${fields.filter(({ path }) => isGiven(values[path])).length}/${fields.length}`;
    return grouped("facts", (one) => say(one.label), schema.facts, (one) => h("div", { class: "fields" }, one.fields.map(field)), progress);
  }

  /** A field with its label, unit, note, message and checks, tied together for those who cannot see it. */
  function field(spec) {
    const id = unique(), told = unique(), path = spec.path;
    const about = h("div", { class: "told", id: told, "aria-live": "polite" });
    const label = [spec.part_of && !say(spec.label).startsWith(t("of_which")) && h("span", { class: "of" }, `${t("of_which")} `), say(spec.label)];
    const unit = spec.unit ? h("span", { class: "unit" }, say(spec.unit)) : "";
    const control = { yes_no: yesNo, choices: choices, date: date, day: day }[spec.control] ?? plain;
    const { input, box, show, grouping } = control(spec, id, told);
    refreshers.push(() => {
      const fault = view.faults[path];
      box.toggleAttribute("data-bad", Boolean(fault) || unsent.has(path));
      input?.setAttribute("aria-invalid", String(Boolean(fault) || unsent.has(path)));
      about.replaceChildren(
        fault ? h("p", { class: "fault" }, t("expected", say(fault))) : "",
        unsent.has(path) ? h("p", { class: "fault" }, t("too_long", schema.limits.text)) : "",
        ...(view.notes[path] ?? []).map((note) => h("p", { class: "check" }, say(note))));
      show(values[path]);
    });
    const rest = [spec.note && h("p", { class: "hint" }, say(spec.note)), about, spec.proof && proof(path, [])];
    return grouping ? h("fieldset", { class: "field", "data-path": path, "aria-describedby": told }, h("legend", {}, label), h("div", { class: "line" }, box), rest)
      : h("div", { class: `field ${spec.part_of ? "sub" : ""}`, "data-path": path }, h("label", { for: id }, label), h("div", { class: "line" }, box, unit), rest);
  }

  /** Take what is typed into a text field: at a pause, and at once when it is left. */
  function typing(path) {
    const fits = (value) => {
      const long = value.length > schema.limits.text;
      if (long !== unsent.has(path)) { long ? unsent.add(path) : unsent.delete(path); refresh(); }
      return !long;
    };
    return {
      oninput: ({ target }) => fits(target.value) && editLater(path, target.value),
      onchange: ({ target }) => { if (fits(target.value) && later.has(path)) { clearTimeout(later.get(path).clock); edit(path, target.value); } },
    };
  }
  const showIn = (input) => (value) => {
    const text = value == null ? "" : String(value);
    if (doc.activeElement !== input && !unsent.has(input.dataset.of) && input.value !== text) input.value = text;
  };

  function plain(spec, id, told) {
    const input = h("input", { id, type: "text", inputmode: spec.control === "number" ? "decimal" : null, class: spec.control,
      placeholder: spec.placeholder ? say(spec.placeholder) : null, "aria-describedby": told, autocomplete: "off", "data-of": spec.path, ...typing(spec.path) });
    return { input, box: input, show: showIn(input) };
  }
  function day(spec, id, told) {
    const input = h("input", { id, type: "date", "aria-describedby": told, "data-of": spec.path, onchange: () => edit(spec.path, input.value) });
    return { input, box: input, show: showIn(input) };
  }
  /** A date, or where only that is known its month. */
  function date(spec, id, told) {
    const { input, show } = day(spec, id, told);
    const box = h("input", { type: "checkbox", onchange: () => { input.type = box.checked ? "month" : "date"; } });
    return { input, box: h("span", { class: "date" }, input, h("label", { class: "small" }, box, t("month_only"))),
      show: (value) => {
        if (doc.activeElement === input || doc.activeElement === box) return;
        if (value) { box.checked = String(value).length === 7; input.type = box.checked ? "month" : "date"; }
        show(value);
      } };
  }
  function radios(name, options, chosen) {
    const inputs = options.map(([value, word]) => [h("input", { type: "radio", name, value, onchange: () => chosen(value) }), word]);
    return { box: h("div", { class: "radios" }, inputs.map(([input, word]) => h("label", {}, input, h("span", {}, word)))),
      check: (value) => inputs.forEach(([input]) => { input.checked = input.value === value; }) };
  }
  function yesNo(spec) {
    const { box, check } = radios(unique(), [["true", t("yes")], ["false", t("no")], ["null", t("unknown")]], (word) => edit(spec.path, JSON.parse(word)));
    return { box, grouping: true, show: (value) => check(String(value ?? null)) };
  }
  function choices(spec) {
    const boxes = Object.entries(spec.options).map(([key, word]) => [h("input", { type: "checkbox", value: key,
      onchange: () => edit(spec.path, boxes.filter(([box]) => box.checked).map(([box]) => box.value)) }), say(word)]);
    return { box: h("div", { class: "radios" }, boxes.map(([box, word]) => h("label", {}, box, h("span", {}, word)))), grouping: true,
      show: (value) => boxes.forEach(([box]) => { box.checked = (value ?? []).includes(box.value); }) };
  }

  /** Note and evidence of a fact or an answer, folded away. */
  function proof(path, suggested) {
    const notePath = `${path}.note`, listPath = `${path}.evidence`, id = unique();
    const note = h("textarea", { id, rows: 2, "data-of": notePath, ...typing(notePath) });
    const mark = h("span", { class: "count" }), list = h("div"), about = h("div", { class: "told", "aria-live": "polite" });
    const pieces = () => structuredClone(values[listPath] ?? []);
    const redraw = () => list.replaceChildren(...pieces().map((piece, i) => evidence(piece, (changed) => {
      const all = pieces();
      changed ? all.splice(i, 1, changed) : all.splice(i, 1);
      edit(listPath, all);
      if (!changed) redraw();
    })));
    const body = h("div", {}, h("label", { for: id }, t("note")), note, suggested.length > 0 && h("p", { class: "hint" },
      t("suggested", suggested.map((kind) => say(schema.evidence_kinds[kind])).join(t("comma")))), list, about,
      h("button", { type: "button", onclick: () => { values[listPath] = [...pieces(), {}]; redraw(); list.lastChild.querySelector("input").focus(); } }, `+ ${t("add")}`));
    const folded = h("details", { class: "proof", ontoggle: () => folded.open && redraw() }, h("summary", {}, t("proof"), mark), body);
    const show = showIn(note);
    refreshers.push(() => {
      show(values[notePath]);
      const told = [view.faults[notePath], view.faults[listPath]].filter(Boolean);
      about.replaceChildren(...told.map((fault) => h("p", { class: "fault" }, t("expected", say(fault)))),
        unsent.has(notePath) ? h("p", { class: "fault" }, t("too_long", schema.limits.text)) : "");
      const n = (values[listPath] ?? []).length + (values[notePath] ? 1 : 0);
      mark.textContent = n ? ` ${n}` : "";
      folded.classList.toggle("bad", told.length > 0);
    });
    return folded;
  }

  function evidence(piece, changed) {
    const ids = [unique(), unique(), unique()], told = h("span", { class: "hint" }, piece.sha256 ? `${t("hashed")} ${piece.sha256.slice(0, 12)}…` : "");
    const set = (key, value) => { piece[key] = value; changed({ ...piece }); };
    const name = h("input", { id: ids[0], type: "text", autocomplete: "off", onchange: () => { delete piece.sha256; told.textContent = ""; set("file", name.value); } });
    name.value = piece.file ?? "";
    const issued = h("input", { id: ids[1], type: (piece.issued ?? "").length === 7 ? "month" : "date", onchange: () => set("issued", issued.value) });
    issued.value = piece.issued ?? "";
    const kind = h("select", { id: ids[2], onchange: () => set("kind", kind.value) }, h("option", { value: "" }, "—"),
      Object.entries(schema.evidence_kinds).map(([key, word]) => h("option", { value: key, selected: key === piece.kind }, say(word))),
      piece.kind && !(piece.kind in schema.evidence_kinds) && h("option", { value: piece.kind, selected: true }, piece.kind));
    const pick = h("input", { type: "file", onchange: async () => {
      const [file] = pick.files;
      if (!file) return;
      [piece.file, name.value] = [file.name, file.name];
      delete piece.sha256;
      told.textContent = file.size > HASHED_MOST ? t("too_big") : "";
      if (file.size <= HASHED_MOST && globalThis.crypto?.subtle) {
        const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
        piece.sha256 = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        told.textContent = `${t("hashed")} ${piece.sha256.slice(0, 12)}…`;
      }
      changed({ ...piece });
    } });
    return h("fieldset", { class: "piece" }, h("legend", {}, t("evidence")),
      h("div", {}, h("label", { for: ids[0] }, t("file")), name), h("div", {}, h("label", { for: ids[1] }, t("issued")), issued),
      h("div", {}, h("label", { for: ids[2] }, t("kind")), kind),
      h("label", { class: "small pick" }, t("hash"), pick), told, h("button", { type: "button", onclick: () => changed(null) }, t("remove")));
  }

  // ── conditions and rows ────────────────────────────────────────────────────────────────────────────────────────

  const quoted = (text, id) => h("p", { id, class: "quoted", lang: "zh-CN" }, text);
  const gloss = (text) => lang === "en" && h("p", { class: "gloss" }, say(text));
  const badge = (state, word) => h("span", { class: "badge", "data-state": state }, word);

  function conditionsPage() {
    const cards = schema.conditions.map((one) => {
      const state = h("span"), tests = h("ul", { class: "tests", "aria-live": "polite" });
      refreshers.push(() => {
        const found = view.conditions.find(({ id }) => id === one.id);
        state.hidden = tests.hidden = !found; // it is not asked of this kind of subject
        if (!found) return;
        state.replaceChildren(badge(found.state, say(found.label)));
        tests.replaceChildren(...found.tests.map((test) => h("li", { "data-state": test.state }, say(test.told))));
      });
      return h("article", { class: "card", "data-condition": one.id }, h("h3", {}, `${one.clause} ${say(one.label)} `, state), quoted(one.text), tests,
        h("details", {}, h("summary", {}, t("facts_here")), h("div", { class: "fields" }, one.facts.map(field))));
    });
    return [h("h2", {}, t("conditions")), ...cards, h("div", { class: "on" }, h("button", { type: "button", class: "main", onclick: () => go(after("conditions")) }, `${t("next_step")} →`))];
  }

  function rowsPage() {
    const progress = ({ rows }) => `${rows.filter(({ id }) => view.rows[id].state !== "unknown").length}/${rows.length}`;
    const title = (one) => [one.above && `${say(one.above)} · `, say(one.label)].filter(Boolean).join("");
    return grouped("rows", title, schema.rows, (one) => one.rows.map(row), progress);
  }

  const wayOf = (answer) => {
    const [form, inner] = Object.entries(answer ?? {})[0] ?? ["state", "unknown"];
    return form === "state" ? inner : form === "level" ? `level:${inner}` : form;
  };

  /** A row: its wording, its points, the ways to answer it, what it comes to. */
  function row(one) {
    const path = `answers.${one.id}`, name = unique(), title = unique(), wording = unique();
    const outcome = h("span", { class: "outcome", "aria-live": "polite" }), fault = h("div", { class: "told", "aria-live": "polite" }), detail = h("div");
    const ways = wayOf(values[path]) === "chances" ? [...one.ways, "chances"] : one.ways;
    const words = { score: "score_way", unknown: one.facts.length ? "by_facts" : "unknown" };
    const { box, check } = radios(name, ways.map((way) => [way, one.levels[way] ? say(one.levels[way]) : t(words[way] ?? way)]), choose);
    let kept = { parts: values[path]?.parts, score: values[path]?.score, range: values[path]?.range };
    let drawn;
    function choose(way) {
      const [form, level] = way.split(":");
      edit(path, level ? { level } : { parts: { parts: kept.parts ?? {} }, score: { score: kept.score ?? "" }, range: { range: kept.range ?? ["", ""] } }[form]
        ?? (form === "unknown" ? null : { state: form }));
      refresh();
    }
    const numberIn = (word, value, changed) => {
      const id = unique(), input = h("input", { id, type: "text", inputmode: "decimal", class: "number", autocomplete: "off",
        oninput: () => changed(input.value, editLater), onchange: () => later.has(path) && changed(input.value, edit) });
      input.value = value ?? "";
      return [h("label", { for: id }, word), input];
    };
    function details(way) {
      if (way === "score") return h("div", { class: "line" }, numberIn(t("score_between", one.min, one.max), kept.score,
        (text, send) => { kept.score = text; send(path, { score: text }); }));
      if (way === "range") {
        const ends = [...(kept.range ?? ["", ""])];
        const end = (i) => (text, send) => { ends[i] = text; kept.range = [...ends]; send(path, { range: [...ends] }); };
        return h("div", { class: "line" }, numberIn(t("from"), ends[0], end(0)), numberIn(t("to"), ends[1], end(1)), h("span", { class: "unit" }, t("points")));
      }
      if (way !== "parts") return "";
      return h("div", { class: "parts" }, one.parts.map((part) => {
        const set = radios(unique(), [["met", t("met")], ["unmet", t("unmet")], ["unknown", t("unknown")]], (state) => {
          kept.parts = { ...kept.parts, [part.id]: state };
          edit(path, { parts: kept.parts });
        });
        set.check(kept.parts?.[part.id] ?? "unknown");
        return h("fieldset", { class: "part", "data-part": part.id }, h("legend", {}, h("span", { lang: "zh-CN" }, part.text), lang === "en" && ` · ${say(part.gloss)}`),
          part.demand && h("p", { class: "hint" }, say(part.demand)), set.box);
      }));
    }
    refreshers.push(() => {
      const found = view.rows[one.id], way = wayOf(values[path]);
      check(way);
      if (values[path]?.parts) kept.parts = values[path].parts;
      if (way !== drawn) { drawn = way; detail.replaceChildren(details(way)); }
      const worth = one.max == null ? "" : ` ${found.secured === found.possible ? found.secured : `${found.secured}–${found.possible}`} / ${one.max}`;
      outcome.replaceChildren(badge(found.state, say(found.label) + worth));
      const wrong = view.faults[path];
      fault.replaceChildren(wrong ? h("p", { class: "fault" }, t("expected", say(wrong))) : "");
    });
    const points = one.max != null ? `${one.max} ${t("points")}` : schema.scored ? t("no_points") : "";
    return h("article", { class: "card row", "data-row": one.id },
      h("h3", {}, h("span", { id: title }, one.row != null ? t("row", one.row) : "", h("span", { class: "points" }, ` ${[one.clause, points].filter(Boolean).join(" · ")} `)), outcome),
      quoted(one.text, wording), (lang === "en" || !schema.scored) && h("p", { class: "gloss" }, say(one.gloss)), one.rule && h("p", { class: "hint" }, say(one.rule)),
      h("div", { role: "radiogroup", "aria-labelledby": `${title} ${wording}`, class: one.levels && Object.keys(one.levels).length ? "levels" : "" }, box), detail, fault,
      one.facts.length > 0 && h("div", { class: "facts" }, h("p", { class: "hint" }, t("facts_here")), one.facts.map(field)),
      proof(path, one.suggested));
  }

  // ── result ─────────────────────────────────────────────────────────────────────────────────────────────────────

  function resultPage() {
    const verdict = h("p", { class: "verdict", "aria-live": "polite" }), table = h("tbody"), gaps = h("ul", { class: "gaps" });
    const then = h("p", { class: "verdict", "aria-live": "polite" }), found = h("ul");
    let listed = "";
    refreshers.push(() => {
      verdict.textContent = say(view.verdict);
      table.replaceChildren(...schema.indicators.map((node) => {
        const { level, secured, possible, maximum, share } = view.nodes[node.id];
        const bar = h("span", { class: "bar", "aria-hidden": "true" }, h("span"));
        bar.firstChild.style.inlineSize = `${Math.min(share, 100)}%`;
        return h("tr", { "data-level": level }, h("th", { scope: "row" }, say(node.name)), h("td", {}, bar), ...[secured, possible, maximum].map((n) => h("td", { class: "n" }, n)));
      }));
      const now = JSON.stringify(view.gaps) + lang;
      if (now !== listed) { listed = now; gaps.replaceChildren(...view.gaps.map(gap)); }
      then.textContent = whatIf && ticked.size ? t("then", whatIf.head.secured, whatIf.head.maximum, say(whatIf.head.shown.secured)) : "";
      found.replaceChildren(...view.findings.map(({ clause, message }) => h("li", {}, `${clause ? `${clause} ` : ""}${say(message)}`)));
      if (!view.findings.length) found.append(h("li", { class: "hint" }, t("none")));
    });
    const gap = ({ id, row: number, label, points, grade }) => {
      const box = h("input", { type: "checkbox", checked: ticked.has(id), onchange: () => {
        box.checked ? ticked.add(id) : ticked.delete(id);
        line.send({ do: "whatif", rows: [...ticked] });
      } });
      return h("li", {}, h("label", {}, box, h("span", {}, `${t("row", number)} ${say(label)}  +${points}`)), grade && badge("met", `${t("crosses")} ${grade}`));
    };
    const readings = schema.readings.map(({ id, clause, question, options }) => {
      const key = unique(), select = h("select", { id: key, "data-reading": id, onchange: () => edit(`readings.${id}`, select.value) },
        options.map((option) => h("option", { value: option.id, selected: option.id === view.readings[id] }, say(option.label))));
      return h("div", { class: "field" }, h("label", { for: key }, `${clause} ${say(question)}`), select);
    });
    const heads = ["indicator", "", "secured", "possible", "maximum"].map((word) => h("th", { scope: "col" }, word ? t(word) : ""));
    return [h("h2", {}, t("result")), verdict,
      ...(schema.scored ? [
        h("h3", {}, t("subtotals")), h("table", {}, h("thead", {}, h("tr", {}, heads)), table),
        ...(view.head.disqualified ? [] : [h("h3", {}, t("gaps")), h("p", { class: "hint" }, t("gaps_how")), then, gaps])] : []),
      h("h3", {}, t("findings")), found,
      ...(readings.length ? [h("h3", {}, t("readings")), h("div", { class: "readings" }, readings)] : [])];
  }

  // ── take away ──────────────────────────────────────────────────────────────────────────────────────────────────

  const made = h("p", { class: "made", role: "status" });

  function takePage() {
    const buttons = offers.map((kind) => h("button", { type: "button", class: "main", "data-offer": kind, onclick: () => {
      flush();
      made.replaceChildren(t("making"));
      line.send({ do: "offer", kind, lang });
    } }, t(kind === "evidence" ? "evidence_list" : kind)));
    const id = unique(), about = unique();
    const pick = h("input", { id, type: "file", accept: ".yaml,.yml,.json", "aria-describedby": about, onchange: async () => {
      const [file] = pick.files;
      if (!file) return;
      if (file.size > LOADED_MOST) notice(t("load_big"), [], "alert");
      else line.send({ do: "load", name: file.name, text: await file.text() });
      pick.value = "";
    } });
    return [h("h2", {}, t("take")), h("div", { class: "offers" }, buttons), made, h("p", { class: "hint" }, say(schema.status)),
      h("p", {}, `${t("place")} `, h("code", {}, place)),
      h("h3", {}, t("load")), h("label", { for: id, class: "small" }, h("span", { id: about }, t("load_how"))), pick,
      h("h3", {}, t("states")), states.length ? h("ul", { class: "states" }, states.map((name) => h("li", {}, h("code", {}, name), " ",
        h("button", { type: "button", onclick: () => line.send({ do: "restore", name }) }, t("restore"))))) : h("p", { class: "hint" }, t("no_states"))];
  }

  function taken(answer, buffers) {
    if (answer.refused) { made.replaceChildren(h("span", { class: "fault" }, say(answer.refused))); return; }
    const url = URL.createObjectURL(new Blob([buffers[0]]));
    const link = h("a", { href: url, download: answer.name }, answer.name);
    made.replaceChildren(t("made"), link);
    link.click();
  }

  return () => { flush(); window.removeEventListener("pagehide", leaving); window.removeEventListener("beforeunload", staying); line.end(); root.remove(); };
}

/** The adapter between anywidget's model and a channel. */
const channelOf = (model) => ({
  send: (message) => model.send(message),
  on(heard) {
    model.on("msg:custom", heard);
    return () => model.off("msg:custom", heard);
  },
});

export default { render: ({ model, el }) => mount(el, channelOf(model)) };
