// The form of lsstd as plain, accessible HTML controls. It shows what the core says and collects what is typed; it
// computes nothing. It talks to a channel, {send(message), on(heard) → stop}, and knows nothing of what is behind it:
// a kernel (the adapter at the end), or the core in the page itself, which may still be starting (`isStarting`, until
// {ready: true} is heard) or at work (`isBusy`: there is no use in asking again), and is told the language (`spoken`).

const CHINESE = {}; // of all that t and tIn say, from the catalogue, by `form_script` of lsstd.widgets.offers
const LATER_MS = 700, PATIENCE_MS = 5000, HASHED_MOST = 200 * 2 ** 20;
const LOADED_MOST = 4 * 2 ** 20; // a message may have 10 MB, and base64 makes it a third larger

const BESIDE = new Set(["offer", "plan"]); // what is made beside the edits, which need not wait for it

/** Return a text in a language, with its parts in the place of what stands in braces. */
const translated = (lang, text, ...parts) => parts.reduce((said, part) => said.replace(/\{\w+\}/, () => part), lang === "zh" ? CHINESE[text] : text);

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

/** Numbered messages: kept until acknowledged, sent again while they are not; edits until they are saved, too. */
class Line {
  constructor(channel, heard, moved) {
    this.page = Math.random().toString(36).slice(2);
    this.number = 0;
    this.waiting = [];
    this.unkept = []; // edits that were acknowledged and could not be saved
    this.channel = channel;
    this.moved = moved;
    this.since = 0;
    this.stop = channel.on((answer, buffers) => {
      if (answer.ready) this.send({ do: "open" });
      const isAwaited = "offered" in answer || this.waiting.some(({ id }) => id === answer.ack);
      if (answer.page !== this.page || !isAwaited) return;
      if (!("offered" in answer)) this.settle(answer);
      this.since = Date.now();
      heard(answer, buffers);
    });
    this.clock = setInterval(() => this.again(), 1000);
  }
  /** Strike off what is acknowledged; an edit is no longer kept here once all up to it is saved. */
  settle({ ack, saved }) {
    const isDone = saved === undefined ? ({ id }) => id === ack : ({ id }) => id <= ack;
    const edits = this.waiting.filter((message) => message.do === "edit" && isDone(message));
    this.waiting = this.waiting.filter((message) => !isDone(message));
    this.unkept = saved ? [] : [...this.unkept, ...edits];
  }
  send(message) {
    const numbered = { page: this.page, id: ++this.number, at: Date.now(), ...message };
    if (!BESIDE.has(message.do)) {
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
    if (!this.waiting.length || this.channel.isBusy || Date.now() - this.since < PATIENCE_MS / 4) return;
    this.waiting.forEach((message) => this.post(message));
    this.moved();
  }
  get isLost() {
    return this.waiting.length > 0 && !this.channel.isBusy && Date.now() - this.since > PATIENCE_MS;
  }
  get edits() {
    return [...this.unkept, ...this.waiting.filter((message) => message.do === "edit")]
      .flatMap(({ at, edits, ...edit }) => (edits ?? [edit]).map(({ path, value, base }) => ({ path, value, base, at })));
  }
  end() {
    clearInterval(this.clock);
    this.stop();
  }
}

/** What the page remembers between visits, where the browser lets it. */
const memory = {
  keys: (start) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch { return []; } },
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
  let schema, view, values = {}, place = "", where = null, states = [], offers = [], plans = null;
  let known = {}, section = "facts", group = {}, ticked = new Set(), later = new Map(), unsent = new Set(), refreshers = [], whatIf = null;
  let isPrinting = false, paper;
  const asked = { left: new Map(), edit: new Map(), load: new Map() }; // differences by path that wait for a choice
  const t = (text, ...parts) => translated(lang, text, ...parts);
  const tIn = (sense, text) => (lang === "zh" ? CHINESE[`${sense}|${text}`] : text); // of an English word with two Chinese ones
  const say = (text) => (text ? text[lang] : "");

  // A host that has keys of its own, as JupyterLab, must neither take them from the form nor take its focus away.
  const root = h("div", { class: "lsstd-form", "data-lm-suppress-shortcuts": "true", onkeydown: (event) => event.stopPropagation() });
  el.append(root);
  root.append(h("p", { class: "waiting", role: "status" }, t("Connecting …")));

  /** Have the browser ask whether to leave, if anything is not saved. */
  function stayIfUnsaved(event) {
    flush();
    if (unsent.size || line.isLost || view?.saved === false || asked.left.size || asked.edit.size) event.preventDefault();
  }
  const line = new Line(channel, heard, showSaved);
  const listeners = {
    pagehide: () => flush(),
    beforeunload: stayIfUnsaved,
    "lsstd-leaving": stayIfUnsaved, // of our page in Voilà, which keeps beforeunload from Voilà
    beforeprint: () => { flush(); printed(); },
    afterprint: () => paper?.remove(),
  };
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
  const retries = setInterval(() => view?.saved === false && !view.conflict && !line.waiting.length && line.send({ do: "save" }), PATIENCE_MS);
  let release = () => {};
  line.send({ do: "open" });

  function heard(answer, buffers) {
    if (answer.failed) return fail(answer.failed);
    if (answer.offered) return (answer.offered === "steps" ? planned : taken)(answer, buffers);
    if (answer.check) return checked(answer.check);
    if (answer.what_if) { whatIf = answer.what_if; return refresh(); }
    view = { ...view, ...answer };
    ({ states = states } = answer);
    if (answer.schema) {
      const isFirst = !schema;
      ({ schema, place, where, offers = [], plans = null } = answer);
      lang = memory.get("lsstd lang") ?? answer.lang ?? lang;
      if (isFirst) lookForLeftOver();
    }
    if (answer.values) {
      values = { ...answer.values };
      known = structuredClone(answer.values);
      [...line.edits, ...asked.edit.values()].forEach(({ path, value }) => { values[path] = value; });
      later.forEach(({ value }, path) => { values[path] = value; });
      if (!root.querySelector("main")?.contains(doc.activeElement)) draw(); // else somebody is typing
    }
    if (answer.review) review(answer.about, answer.review, answer.loaded);
    (answer.told ?? []).forEach((text) => notice(say(text)));
    if (answer.refused) notice(say(answer.refused), "alert");
    refresh();
  }

  function fail(told) {
    line.end();
    root.replaceChildren(h("div", { class: "notice bad", role: "alert" }, h("strong", {}, t("The form cannot be opened")), h("pre", {}, say(told))));
  }

  // ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────

  function edit(path, value) {
    flush(path);
    later.delete(path);
    values[path] = value;
    const base = known[path] ?? null; // what this page saw there before
    known[path] = structuredClone(value);
    line.send({ do: "edit", path, value, base });
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

  const memoryOf = (page) => `lsstd\n${place}\n${page}`;

  function showSaved() {
    if (!place) return;
    const waiting = [...asked.left.values(), ...asked.edit.values(), ...line.edits]
      .map(({ path, value, base, seen = base, at }) => ({ path, value, base: seen, at })); // what its page saw, not what is there now
    memory.set(memoryOf(line.page), waiting.length ? waiting : null);
    const mark = root.querySelector(".saved");
    if (!mark) return;
    const isOpen = unsent.size || asked.left.size || asked.edit.size;
    const [state, word] = line.isLost ? ["bad", t("Connection lost; some changes are not saved yet. Reload this page once it is back to save them.")]
      : view.saved === false || isOpen ? ["bad", t("Not saved")] : line.edits.length || later.size ? ["busy", channel.isStarting ? t("Kept; not computed yet") : t("Saving …")] : ["good", t("Saved")];
    if (mark.dataset.state !== state || mark.textContent !== word) {
      mark.dataset.state = state;
      mark.textContent = word;
    }
  }

  /** Take over what pages that are gone could not save, and ask the core how it differs from what is kept. A page that
   * is there holds a lock, which ends with it however it ends. */
  async function lookForLeftOver() {
    navigator.locks?.request(memoryOf(line.page), () => new Promise((ends) => { release = ends; }));
    const held = new Set((await navigator.locks?.query())?.held.map(({ name }) => name));
    const gone = memory.keys(memoryOf("")).filter((key) => key !== memoryOf(line.page) && !held.has(key));
    const edits = gone.flatMap((key) => memory.get(key) ?? []).sort((one, other) => one.at - other.at);
    for (const edit of edits) asked.left.set(edit.path, { ...edit, base: (asked.left.get(edit.path) ?? edit).base });
    if (edits.length) line.send({ do: "compare", edits: [...asked.left.values()] });
    showSaved();
    gone.forEach((key) => memory.set(key, null));
  }

  /** Show what would change, field by field; nothing does before somebody has chosen. */
  function review(about, found, name = "") {
    if (about !== "edit") asked[about].clear();
    found.forEach((one) => asked[about].set(one.path, one));
    root.querySelector(`[data-review=${about}]`)?.remove();
    if (about === "load" && !asked.load.size) return notice(t("{name} holds nothing that is not here already.", name));
    const title = { left: t("{count} changes from last time were not saved.", asked.left.size), edit: t("Changed elsewhere in the meantime: which value is to be kept?"),
      load: t("{name} differs as follows. Tick the values to take over.", name) }[about];
    if (!asked[about].size || !root.querySelector(".notices")) return showSaved();
    const listed = [...asked[about].values()].map((one) => [one, h("input", { type: "checkbox", checked: !one.moved && !one.clears, "aria-label": say(one.label) })]);
    const settle = (taken) => {
      asked[about].clear();
      box.remove();
      if (taken.length) line.send({ do: "edit", edits: taken.map(({ path, value, base }) => ({ path, value, base })) });
      line.send({ do: "open" });
    };
    const all = h("input", { type: "checkbox", "aria-label": t("Tick all"), onchange: () => listed.forEach(([, tick]) => { tick.checked = all.checked; }) });
    const box = h("section", { class: "notice review", "data-review": about, role: "alert" }, h("strong", {}, title),
      h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, all), [t("field"), tIn("column", "now"), t("would become")].map((word) => h("th", {}, word)))),
        h("tbody", {}, listed.map(([one, tick]) => h("tr", { "data-path": one.path }, h("td", {}, tick),
          h("th", { scope: "row" }, say(one.label), one.at && h("span", { class: "more" }, ` ${new Date(one.at).toLocaleString(root.lang)}`)),
          h("td", { class: "text" }, say(one.old), one.moved && h("span", { class: "badge" }, t("newer"))), h("td", { class: "text" }, say(one.new)))))),
      h("div", { class: "on" }, h("button", { type: "button", onclick: () => settle([]) }, t("Change nothing")),
        h("button", { type: "button", class: "main", onclick: () => settle(listed.filter(([, tick]) => tick.checked).map(([one]) => one)) }, t("Take over the ticked values"))));
    root.querySelector(".notices").append(box);
    showSaved();
  }

  function notice(text, role = "status") {
    const box = h("div", { class: "notice", role }, h("pre", {}, text), h("button", { type: "button", "aria-label": t("Close"), onclick: () => box.remove() }, "✕"));
    root.querySelector(".notices").append(box);
  }

  // ── the frame ──────────────────────────────────────────────────────────────────────────────────────────────────

  function draw() {
    root.lang = lang === "zh" ? "zh-CN" : "en";
    doc.documentElement.lang ||= root.lang;
    channel.spoken?.(lang);
    const names = { facts: t("Facts about the {subject}", say(schema.subject_label)), conditions: t("Conditions"),
      rows: schema.scored ? t("Rows") : tIn("form", "Topics"), result: t("Result"), take: t("Download") };
    root.replaceChildren(
      h("header", {},
        h("div", { class: "title" }, h("h1", {}, say(schema.title)),
          h("button", { type: "button", class: "language", lang: lang === "zh" ? "en" : "zh-CN", onclick: switchLanguage }, lang === "zh" ? "English" : "中文")),
        schema.self_assessment && h("p", { class: "self-assessment" }, say(schema.self_assessment)),
        h("p", { class: "verdict notices-first", role: "status" }),
        h("div", { class: "head", role: "group", "aria-label": t("Score") }),
        h("nav", { class: "steps", "aria-label": t("Steps") }, h("ol", {}, steps().map((step, i) => h("li", {},
          h("button", { type: "button", "data-step": step, "aria-current": step === section && "step", onclick: () => go(step) },
            h("span", { class: "number", "aria-hidden": "true" }, String(i + 1)), names[step])))))),
      h("div", { class: "notices" }), h("main", {}), h("footer", {}, say(schema.status)));
    const head = root.querySelector(".head");
    head.append(...["score", "grade", "eligible", "done"].map((key) => h("div", { class: key })), h("div", { class: "saved", role: "status", "aria-live": "polite" }));
    open();
    for (const about of Object.keys(asked)) if (asked[about].size) review(about, [...asked[about].values()]);
  }

  /** The steps that this standard has. */
  const steps = () => ["facts", "conditions", "rows", "result", "take"].filter((step) => schema[step]?.length !== 0);
  const after = (step) => steps()[steps().indexOf(step) + 1];

  function switchLanguage() {
    flush();
    lang = lang === "zh" ? "en" : "zh";
    memory.set("lsstd lang", lang);
    made.replaceChildren();
    if (toDo) checked(toDo);
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

  /** The words of a grade: where a condition fails, that there is none, and never the grade that the score alone gives. */
  const gradeIn = (head) => say(head.barred ? head.shown.awarded : head.shown.secured);

  function refresh() {
    if (!view?.head || !root.querySelector(".head")) return;
    const { head } = view;
    root.querySelector(".notices-first").textContent = head.notices.map(say).join(" ");
    const put = (name, word, value, more) => root.querySelector(`.head .${name}`).replaceChildren(
      h("span", { class: "word" }, word), h("strong", {}, value), more ? h("span", { class: "more" }, more) : "");
    if (schema.scored) {
      put("score", t("Score"), `${head.secured} / ${head.maximum}`, head.possible !== head.secured && `${t("possible")} ${head.possible}`);
      put("grade", head.barred ? t("Grade") : t("Grade by score"), gradeIn(head), head.grade_possible !== head.grade && !head.barred && `${t("possible")} ${say(head.shown.possible)}`);
      put("eligible", t("Conditions"), head.disqualified ? "—" : { true: tIn("form", "met"), false: tIn("form", "not met"), null: tIn("condition", "undecided") }[head.eligible]);
    } else {
      put("score", t("Median"), head.middle);
      root.querySelector(".head .grade").replaceChildren(badge("unknown", say(schema.mark)));
    }
    put("done", t("Done"), `${head.done} / ${head.of}`);
    const trouble = view.trouble ? say(view.trouble) : "", before = root.querySelector(".trouble");
    if ((before?.querySelector("pre").textContent ?? "") !== trouble) before?.remove();
    if (trouble && !root.querySelector(".trouble")) {
      const choices = [[t("Try again"), () => line.send({ do: "save" })]];
      if (view.conflict) choices.unshift([t("Keep what is here"), () => line.send({ do: "settle" })]);
      root.querySelector(".notices").append(h("div", { class: "notice bad trouble", role: "alert" }, h("pre", {}, trouble), !view.conflict && !view.unkeepable && h("p", {}, t("Nothing is lost: this browser keeps what is not saved, and the page goes on trying.")),
        choices.map(([word, onclick]) => h("button", { type: "button", onclick }, word))));
    }
    refreshers.forEach((again) => again());
    showSaved();
  }

  const groupsOf = {
    facts: { title: (one) => say(one.label), body: (one) => h("div", { class: "fields" }, one.fields.map(field)) },
    rows: { title: (one) => [one.above && `${say(one.above)} · `, say(one.label)].filter(Boolean).join(""), body: (one) => one.rows.map(row) },
  };

  /** A section in groups of which one is alive: a list of them, the group, ways on. */
  function grouped(step, progress) {
    const groups = schema[step], { title, body } = groupsOf[step];
    const known = groups.find((one) => one.id === group[step]) ?? groups[0];
    group[step] = known.id;
    const at = groups.indexOf(known);
    const marks = groups.map((one) => [one, h("span", { class: "done-of" })]);
    refreshers.push(() => marks.forEach(([one, mark]) => { mark.textContent = progress(one); }));
    return [h("div", { class: "grouped" },
      h("nav", { "aria-label": t("Groups") }, h("ul", {}, marks.map(([one, mark], i) => h("li", {},
        h("button", { type: "button", "data-group": one.id, "aria-current": one === known && "true", onclick: () => go(step, one.id) },
          one.above && say(one.above) !== say(groups[i - 1]?.above) && h("span", { class: "above" }, say(one.above)), h("span", {}, say(one.label)), mark))))),
      h("section", {}, h("h2", {}, title(known)), proofs(), body(known),
        h("div", { class: "on" },
          at > 0 && h("button", { type: "button", onclick: () => go(step, groups[at - 1].id) }, `← ${t("Previous")}`),
          at + 1 < groups.length ? h("button", { type: "button", class: "main", onclick: () => go(step, groups[at + 1].id) }, `${t("Next")} →`)
            : h("button", { type: "button", class: "main", onclick: () => go(after(step)) }, `${t("Next step")} →`))))];
  }

  // ── fields ─────────────────────────────────────────────────────────────────────────────────────────────────────

  const isGiven = (value) => value != null && value !== "" && !(Array.isArray(value) && !value.length);

  function factsPage() {
    const progress = ({ fields }) => `${fields.filter(({ path }) => isGiven(values[path])).length}/${fields.length}`;
    return grouped("facts", progress);
  }

  /** A field with its label, unit, note, message and checks, tied together for those who cannot see it. */
  function field(spec) {
    const id = unique(), told = unique(), path = spec.path;
    const about = h("div", { class: "told", id: told, "aria-live": "polite" });
    const label = [spec.part_of && !say(spec.label).startsWith(t("of which")) && h("span", { class: "of" }, `${t("of which")} `), say(spec.label)];
    const unit = spec.unit ? h("span", { class: "unit" }, say(spec.unit)) : "";
    const control = { yes_no: yesNo, choices, date, day, paragraphs }[spec.control] ?? plain;
    const { input, box, show, grouping } = control(spec, id, told);
    refreshers.push(() => {
      const fault = view.faults[path];
      box.toggleAttribute("data-bad", Boolean(fault) || unsent.has(path));
      input?.setAttribute("aria-invalid", String(Boolean(fault) || unsent.has(path)));
      about.replaceChildren(
        fault ? h("p", { class: "fault" }, t("Expected: {expected}", say(fault))) : "",
        unsent.has(path) ? h("p", { class: "fault" }, t("At most {most} characters; too long, not saved yet", schema.limits.text)) : "",
        ...(view.notes[path] ?? []).map((note) => h("p", { class: "check" }, say(note))));
      show(values[path]);
    });
    const hints = [spec.note, spec.purpose].filter(Boolean).map((hint) => h("p", { class: "hint" }, say(hint)));
    const rest = [...hints, about, spec.proof && proof(path, [])];
    const wide = spec.control === "paragraphs" ? "wide" : "";
    return grouping ? h("fieldset", { class: "field", "data-path": path, "aria-describedby": told }, h("legend", {}, label), h("div", { class: "line" }, box), rest)
      : h("div", { class: `field ${spec.part_of ? "sub" : wide}`, "data-path": path }, h("label", { for: id }, label), h("div", { class: "line" }, box, unit), rest);
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
  function paragraphs(spec, id, told) {
    const input = h("textarea", { id, rows: 6, "aria-describedby": told, "data-of": spec.path, ...typing(spec.path) });
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
    return { input, box: h("span", { class: "date" }, input, h("label", { class: "small" }, box, t("Year and month only"))),
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
    const { box, check } = radios(unique(), [["true", t("Yes")], ["false", t("No")], ["null", t("Unknown")]], (word) => edit(spec.path, JSON.parse(word)));
    return { box, grouping: true, show: (value) => check(String(value ?? null)) };
  }
  function choices(spec) {
    const boxes = Object.entries(spec.options).map(([key, word]) => [h("input", { type: "checkbox", value: key,
      onchange: () => edit(spec.path, boxes.filter(([box]) => box.checked).map(([box]) => box.value)) }), say(word)]);
    return { box: h("div", { class: "radios" }, boxes.map(([box, word]) => h("label", {}, box, h("span", {}, word)))), grouping: true,
      show: (value) => boxes.forEach(([box]) => { box.checked = (value ?? []).includes(box.value); }) };
  }

  /** A switch that unfolds all notes and evidence: until then the Tab key passes them over. */
  function proofs() {
    const box = h("input", { type: "checkbox", checked: memory.get("lsstd proofs"), onchange: () => {
      memory.set("lsstd proofs", box.checked || null);
      root.querySelectorAll(".proof").forEach((folded) => {
        folded.open = box.checked;
        folded.firstChild.tabIndex = box.checked ? 0 : -1;
      });
    } });
    return h("label", { class: "small proofs" }, box, t("Show all notes and evidence"));
  }

  /** Note and evidence of a fact or an answer, folded away. */
  function proof(path, suggested) {
    const notePath = `${path}.note`, listPath = `${path}.evidence`, id = unique(), isOpen = memory.get("lsstd proofs") ?? false;
    if (isPrinting) return [[notePath, t("Note"), values[notePath]], [listPath, t("Evidence"), (values[listPath] ?? []).map(({ file }) => file).join(t(", "))]]
      .filter(([, , text]) => text).map(([, word, text]) => h("p", { class: "hint text" }, `${word}: ${text}`));
    const note = h("textarea", { id, rows: 2, "data-of": notePath, ...typing(notePath) });
    const mark = h("span", { class: "count" }), list = h("div"), about = h("div", { class: "told", "aria-live": "polite" });
    const pieces = () => structuredClone(values[listPath] ?? []);
    const redraw = () => list.replaceChildren(...pieces().map((piece, i) => evidence(piece, (changed) => {
      const all = pieces();
      changed ? all.splice(i, 1, changed) : all.splice(i, 1);
      edit(listPath, all);
      if (!changed) redraw();
    })));
    const body = h("div", {}, h("label", { for: id }, t("Note")), note, suggested.length > 0 && h("p", { class: "hint" },
      t("Suggested evidence: {kinds}", suggested.map((kind) => say(schema.evidence_kinds[kind])).join(t(", ")))), list, about,
      h("button", { type: "button", onclick: () => { values[listPath] = [...pieces(), {}]; redraw(); list.lastChild.querySelector("input").focus(); } }, `+ ${t("Add evidence")}`));
    const folded = h("details", { class: "proof", open: isOpen, ontoggle: () => folded.open && redraw() },
      h("summary", { tabindex: isOpen ? null : "-1" }, t("Note and evidence"), mark), body);
    const show = showIn(note);
    refreshers.push(() => {
      show(values[notePath]);
      const told = [view.faults[notePath], view.faults[listPath]].filter(Boolean);
      about.replaceChildren(...told.map((fault) => h("p", { class: "fault" }, t("Expected: {expected}", say(fault)))),
        unsent.has(notePath) ? h("p", { class: "fault" }, t("At most {most} characters; too long, not saved yet", schema.limits.text)) : "");
      const n = (values[listPath] ?? []).length + (values[notePath] ? 1 : 0);
      mark.textContent = n ? ` ${n}` : "";
      folded.classList.toggle("bad", told.length > 0);
    });
    return folded;
  }

  function evidence(piece, changed) {
    const ids = [unique(), unique(), unique()], told = h("span", { class: "hint" }, piece.sha256 ? `${t("hash")} ${piece.sha256.slice(0, 12)}…` : "");
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
      told.textContent = file.size > HASHED_MOST ? t("Over 200 MB: no hash is taken") : "";
      if (file.size <= HASHED_MOST && globalThis.crypto?.subtle) {
        const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
        piece.sha256 = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        told.textContent = `${t("hash")} ${piece.sha256.slice(0, 12)}…`;
      }
      changed({ ...piece });
    } });
    return h("fieldset", { class: "piece" }, h("legend", {}, t("Evidence")),
      h("div", {}, h("label", { for: ids[0] }, t("File name")), name), h("div", {}, h("label", { for: ids[1] }, t("Date")), issued),
      h("div", {}, h("label", { for: ids[2] }, t("Kind")), kind),
      h("label", { class: "small pick" }, t("Choose the file (only its name and hash are noted; it is not uploaded)"), pick), told, h("button", { type: "button", onclick: () => changed(null) }, t("Remove")));
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
        h("details", {}, h("summary", {}, t("Facts that decide it (entered once, used everywhere)")), h("div", { class: "fields" }, one.facts.map(field))));
    });
    return [h("h2", {}, t("Conditions")), proofs(), ...cards, h("div", { class: "on" }, h("button", { type: "button", class: "main", onclick: () => go(after("conditions")) }, `${t("Next step")} →`))];
  }

  function rowsPage() {
    const progress = ({ rows }) => `${rows.filter(({ id }) => view.rows[id].state !== "unknown").length}/${rows.length}`;
    return grouped("rows", progress);
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
    const states = { met: t("Met"), unmet: t("Not met"), unknown: t("Unknown"), not_applicable: t("Not applicable") };
    const words = { ...states, parts: t("In part (answer each part)"), score: tIn("form", "Points"), range: t("Score range"),
      chances: t("Chances (from the file)"), ...(one.facts.length && { unknown: t("Decided by the facts") }) };
    const { box, check } = radios(name, ways.map((way) => [way, one.levels[way] ? say(one.levels[way]) : words[way]]), choose);
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
      if (way === "score") return h("div", { class: "line" }, numberIn(t("Score ({least}–{most})", one.min, one.max), kept.score,
        (text, send) => { kept.score = text; send(path, { score: text }); }));
      if (way === "range") {
        const ends = [...(kept.range ?? ["", ""])];
        const end = (i) => (text, send) => { ends[i] = text; kept.range = [...ends]; send(path, { range: [...ends] }); };
        return h("div", { class: "line" }, numberIn(tIn("form", "from"), ends[0], end(0)), numberIn(tIn("form", "to"), ends[1], end(1)), h("span", { class: "unit" }, t("points")));
      }
      if (way !== "parts") return "";
      return h("div", { class: "parts" }, one.parts.map((part) => {
        const set = radios(unique(), part.states.map((state) => [state, states[state]]), (state) => {
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
      fault.replaceChildren(wrong ? h("p", { class: "fault" }, t("Expected: {expected}", say(wrong))) : "");
    });
    const points = one.max != null ? `${one.max} ${t("points")}` : schema.scored ? tIn("form", "no points") : "";
    return h("article", { class: "card row", "data-row": one.id },
      h("h3", {}, h("span", { id: title }, one.row != null ? t("Row {number}", one.row) : "", h("span", { class: "points" }, ` ${[one.clause, points].filter(Boolean).join(" · ")} `)), outcome),
      quoted(one.text, wording), (lang === "en" || !schema.scored) && h("p", { class: "gloss" }, say(one.gloss)), one.rule && h("p", { class: "hint" }, say(one.rule)),
      h("div", { role: "radiogroup", "aria-labelledby": `${title} ${wording}`, class: one.levels && Object.keys(one.levels).length ? "levels" : "" }, box), detail, fault,
      one.facts.length > 0 && h("div", { class: "facts" }, h("p", { class: "hint" }, t("Facts that decide it (entered once, used everywhere)")), one.facts.map(field)),
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
      then.textContent = whatIf && ticked.size ? t("If these were met: {score} / {maximum} · {grade} by score", whatIf.head.secured, whatIf.head.maximum, gradeIn(whatIf.head)) : "";
      found.replaceChildren(...view.findings.map(({ clause, message }) => h("li", {}, `${clause ? `${clause} ` : ""}${say(message)}`)));
      if (!view.findings.length) found.append(h("li", { class: "hint" }, t("none")));
    });
    const gap = ({ id, row: number, label, points, grade }) => {
      const box = h("input", { type: "checkbox", checked: ticked.has(id), onchange: () => {
        box.checked ? ticked.add(id) : ticked.delete(id);
        line.send({ do: "whatif", rows: [...ticked] });
      } });
      return h("li", {}, h("label", {}, box, h("span", {}, `${t("Row {number}", number)} ${say(label)}  +${points}`)), grade && !view.head.barred && badge("met", `${t("alone reaches")} ${grade}`));
    };
    const readings = schema.readings.map(({ id, clause, question, options }) => {
      const key = unique(), select = h("select", { id: key, "data-reading": id, onchange: () => edit(`readings.${id}`, select.value) },
        options.map((option) => h("option", { value: option.id, selected: option.id === view.readings[id] }, say(option.label))));
      return h("div", { class: "field" }, h("label", { for: key }, `${clause} ${say(question)}`), select);
    });
    const plan = h("button", { type: "button", "data-plan": true, onclick: () => askPlan() }, plans === "rows" ? t("Rows that reach the next grade") : t("Cheapest steps to a grade"));
    if (wanted && !isPrinting) askPlan(); // what was entered since counts
    const heads = [t("Indicator"), "", tIn("column", "secured"), t("possible"), t("maximum")].map((word) => h("th", { scope: "col" }, word));
    return [h("h2", {}, t("Result")), verdict,
      ...(schema.scored ? [
        h("h3", {}, t("Subtotals")), h("table", {}, h("thead", {}, h("tr", {}, heads)), table),
        ...(view.head.disqualified ? [] : [h("h3", {}, t("Gaps, largest gain first")), h("p", { class: "hint" }, t("Tick some to see what closing them would bring; your answers stay as they are.")), then, gaps])] : []),
      ...(plans && !isPrinting ? [h("p", {}, plan), way] : []),
      h("h3", {}, t("Findings")), found,
      readings.length > 0 && h("details", {}, h("summary", {}, t("Readings, where the text is silent")), h("div", { class: "readings" }, readings))].filter(Boolean);
  }

  // ── the way to a grade ─────────────────────────────────────────────────────────────────────────────────────────

  const way = h("div", { class: "made todo way", role: "status" });
  let wanted = null; // once asked for: target, and the table of costs as it was read
  function askPlan(changed = {}) {
    flush();
    wanted = { do: "plan", ...wanted, ...changed };
    way.setAttribute("aria-busy", "true");
    line.send(wanted);
  }
  /** The steps that reach a grade, each a click from its field; another grade, or a table of costs, gives another plan. */
  function planned({ refused, target, grades = [], steps = [], told = [refused] }) {
    const select = h("select", { "data-target": true, "aria-label": t("Grade"), onchange: () => askPlan({ target: select.value }) },
      grades.map(({ id, label }) => h("option", { value: id, selected: id === target }, say(label))));
    const costs = h("input", { type: "file", accept: ".xlsx,.yaml,.yml", onchange: async () => askPlan({ costs: await read(costs.files[0]) }) });
    way.removeAttribute("aria-busy");
    way.replaceChildren(refused || grades.length < 2 ? "" : select, h("ol", {}, steps.map(toFillIn)), ...told.map((text) => h("pre", { class: refused && "fault" }, say(text))),
      offers.includes("costs") ? h("label", { class: "small" }, t("Your own costs, lead times and owners (the table from “Download”, filled in)"), costs) : "");
    if (refused) wanted.costs = null;
  }

  // ── take away ──────────────────────────────────────────────────────────────────────────────────────────────────

  const made = h("div", { class: "made", role: "status" }), todo = h("div", { class: "made todo", role: "status" });
  let filledOn = "", toDo; // what the last check found

  /** Have a file's differences shown: another assessment, or the workbook that was filled in. */
  async function load(file) {
    const given = await read(file);
    if (given) line.send({ do: "load", ...given });
  }
  /** Return the name and the content of a file that somebody chose. */
  async function read(file) {
    if (!file) return undefined;
    if (file.size > LOADED_MOST) return void notice(t("Over 4 MB: not loaded"), "alert");
    const url = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(file);
    });
    return { name: file.name, data: url.slice(url.indexOf(",") + 1) };
  }
  const isFile = (event) => event.dataTransfer?.types.includes("Files") && event.target.type !== "file";
  root.addEventListener("dragover", (event) => isFile(event) && event.preventDefault());
  root.addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    flush();
    load(event.dataTransfer.files[0]);
  });

  function takePage() {
    const names = { assessment: t("Assessment (YAML)"), application: t("Application form (Word)"), workbook: t("Self-score workbook (Excel)"),
      evidence: t("Evidence list (Excel)"), result: t("Result (JSON)"), report: t("Report (web page)"), pdf: t("Report (PDF)"),
      plan: t("Plan to the next grade (Excel)"), costs: t("Costs of the plan, to fill in (Excel)"),
      pack: t("Everything to hand in (.zip)"), dates: t("Days of the procedure (calendar, from the date below)") };
    const buttons = offers.map((kind) => h("button", { type: "button", class: "main", "data-offer": kind, onclick: () => {
      flush();
      made.replaceChildren(t("Creating the file …"));
      line.send({ do: "offer", kind, lang, filled_on: filledOn });
    } }, names[kind]));
    const id = unique(), about = unique(), dayId = unique();
    const pick = h("input", { id, type: "file", accept: ".xlsx,.csv,.yaml,.yml,.json", "aria-describedby": about, onchange: async () => {
      await load(pick.files[0]);
      pick.value = "";
    } });
    const day = h("input", { id: dayId, type: "date", onchange: () => { filledOn = day.value; } });
    day.value = filledOn;
    const check = h("button", { type: "button", "data-check": true, onclick: () => {
      flush();
      line.send({ do: "check", day: filledOn });
    } }, t("Check before handing in"));
    return [h("h2", {}, t("Download")), h("p", {}, check), todo, h("div", { class: "offers" }, buttons), made,
      ...(offers.includes("application") ? [h("div", { class: "line" }, h("label", { for: dayId }, t("Date on the application form (blank: written by hand)")), day)] : []), h("p", { class: "hint" }, say(schema.status)),
      h("p", {}, `${t("Saved in")} `, h("code", {}, say(where) || place)),
      h("h3", {}, t("Load a file: a filled-in workbook or another assessment")), h("label", { for: id, class: "small" }, h("span", { id: about }, t("Choose it or drop it here (.xlsx, .csv, .yaml, .json). What differs is shown field by field before anything changes; what is here becomes an earlier version."))), pick,
      h("h3", {}, t("Earlier versions")), states.length ? h("ul", { class: "states" }, states.map((name) => h("li", {}, h("code", {}, name), " ",
        h("button", { type: "button", onclick: () => line.send({ do: "restore", name }) }, t("Restore"))))) : h("p", { class: "hint" }, t("None yet"))];
  }

  /** Something to see to; a click leads to its field. */
  function toFillIn({ path, label, more }) {
    const facts = schema.facts.find(({ fields }) => fields.some((one) => one.path === path));
    const rows = facts ?? schema.rows?.find((one) => one.rows.some(({ id }) => `answers.${id}` === path));
    return h("li", {}, rows ? h("button", { type: "button", class: "link", onclick: () => {
      go(facts ? "facts" : "rows", rows.id);
      const there = root.querySelector(facts ? `main [data-path="${path}"]` : `main [data-row="${path.slice(8)}"]`);
      there?.scrollIntoView({ block: "center" });
      there?.querySelector("input, textarea, select")?.focus();
    } }, say(label)) : say(label), more && ` ${say(more)}`);
  }
  /** What stands between what is entered and a complete application. */
  function checked(kinds) {
    toDo = kinds;
    todo.replaceChildren(...kinds.length ? kinds.map(({ title, items }) => h("details", { open: items.length < 12 },
      h("summary", {}, `${say(title)} (${items.length})`), h("ul", {}, items.map(toFillIn)))) : [h("p", {}, t("Nothing is missing: the application is complete."))]);
  }
  function taken(answer, buffers) {
    if (answer.refused) { made.replaceChildren(h("span", { class: "fault" }, say(answer.refused))); return; }
    const url = URL.createObjectURL(new Blob([buffers[0]]));
    const link = h("a", { href: url, download: answer.name }, answer.name);
    const blank = answer.blank?.length ? h("details", { open: true }, h("summary", {}, t("{count} fields have no data and stay blank:", answer.blank.length)), h("ul", {}, answer.blank.map(toFillIn))) : "";
    made.replaceChildren(t("Created: "), link, blank);
    link.click();
  }

  // ── print ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Lay all that was entered, and what it comes to, out for paper: every step, each control as the text in it. It
   * stands beside whatever hosts the form, which may scroll or cut what is in it. */
  function printed() {
    if (!view) return;
    const alive = refreshers, name = { facts: t("Facts about the {subject}", say(schema.subject_label)), rows: schema.scored ? t("Rows") : tIn("form", "Topics") };
    [isPrinting, refreshers] = [true, []];
    const pages = steps().filter((step) => step !== "take").flatMap((step) => ({ conditions: conditionsPage, result: resultPage }[step]?.()
      ?? [h("h2", {}, name[step]), ...schema[step].map((one) => [h("h3", {}, groupsOf[step].title(one)), groupsOf[step].body(one)])]));
    paper = h("div", { class: "lsstd-form lsstd-paper", lang: root.lang }, root.querySelector("header").cloneNode(true), h("main", {}, pages),
      root.querySelector("footer").cloneNode(true));
    refreshers.forEach((again) => again());
    [isPrinting, refreshers] = [false, alive];
    paper.querySelectorAll("textarea, select, input:not([type=radio], [type=checkbox])").forEach((control) => control.replaceWith(
      h("span", { class: "text given" }, control.selectedOptions?.[0]?.text ?? control.value)));
    paper.querySelectorAll("details").forEach((folded) => { folded.open = true; });
    doc.body.append(paper);
  }

  return () => {
    flush();
    clearInterval(retries);
    release();
    for (const [event, listener] of Object.entries(listeners)) window.removeEventListener(event, listener);
    line.end();
    root.remove();
  };
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
