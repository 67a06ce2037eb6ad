// A page that carries its own Python, as one module with the form: several assessments, kept in the browser's store and
// computed by a worker. The form can be filled in while the worker starts; what it sends waits until then.

const carried = (id) => document.getElementById(`lsstd-${id}`).textContent;
/** A text in both languages, as the form takes texts. */
const t = (text, ...parts) => ({ zh: translated("zh", text, ...parts), en: translated("en", text, ...parts) });
const FORM_LINE = "host"; // the host's own name among those that send messages

/** The browser's store of assessments; without one (a private window may refuse it) they last as long as the page. */
class Store {
  constructor(database) {
    this.database = database;
    this.memory = new Map();
  }
  static async opened(name) {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("assessments", { keyPath: "key" });
      return new Store(await Store.done(request));
    } catch {
      return new Store(null);
    }
  }
  static done(request) {
    return new Promise((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  }
  async ask(mode, work) {
    const transaction = this.database.transaction("assessments", mode);
    const ended = new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
    const found = await Promise.all([Store.done(work(transaction.objectStore("assessments"))), ended]);
    return found[0];
  }
  async all() {
    const found = this.database ? await this.ask("readonly", (held) => held.getAll()) : [...this.memory.values()];
    return found.sort((one, other) => other.changed - one.changed);
  }
  get(key) { return this.database ? this.ask("readonly", (held) => held.get(key)) : this.memory.get(key); }
  put(record) { return this.database ? this.ask("readwrite", (held) => held.put(record)) : this.memory.set(record.key, record); }
  delete(key) { return this.database ? this.ask("readwrite", (held) => held.delete(key)) : this.memory.delete(key); }
}

/** Python, in a worker: one call at a time, in the order in which they were made. */
class Core {
  constructor(progress) {
    const script = new Blob([carried("worker")], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(script));
    this.waiting = new Map();
    this.number = 0;
    this.worker.onmessage = ({ data }) => {
      if (data.progress) return progress(data.progress);
      const { done, failed } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      data.error ? failed(new Error(data.error)) : done(data.found);
    };
    this.worker.onerror = (event) => this.waiting.forEach(({ failed }) => failed(new Error(event.message)));
  }
  call(call, given) {
    return new Promise((done, failed) => {
      this.waiting.set(++this.number, { done, failed });
      this.worker.postMessage({ call, id: this.number, ...given });
    });
  }
}

/** What the form of one assessment talks to. */
class Channel {
  constructor(host, record) {
    this.host = host;
    this.key = record?.key ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    this.record = record;
    this.revision = record?.revision ?? 0;
    this.queue = [];
    this.isStarting = true;
    this.asked = 0;
  }
  get isBusy() { return this.isStarting || this.asked > 0; }
  on(heard) {
    this.heard = heard;
    return () => { this.heard = () => {}; };
  }
  spoken(lang) { this.host.spoken(lang); }
  send(message) {
    if (!this.isStarting) return this.ask(message);
    if (message.do !== "open") return void (this.queue.some(({ id }) => id === message.id) || this.queue.push(message));
    const { blank, schema } = this.host.page;
    queueMicrotask(() => this.heard({ ...blank, ...JSON.parse(this.record?.opening ?? "{}"), schema, saved: true, ...this.told, page: message.page, ack: message.id }));
  }
  get told() { return { place: `${this.host.page.store} ${this.key}`, where: t("this browser; nothing leaves this computer") }; }
  /** Python is there: open the form, then send what has been waiting. */
  async begin() {
    await this.host.core.call("open", { key: this.key, files: JSON.stringify(this.record?.files ?? {}) });
    this.isStarting = false;
    const { failed } = await this.ask({ page: FORM_LINE, id: 1, do: "open" });
    this.unreadable = failed && this.record?.files["form.yaml"]; // of another edition, perhaps: it can be taken away as it is
    await Promise.all(this.queue.splice(0).map((message) => this.ask(message)));
    this.heard({ ready: true });
  }
  /** Have a message answered: after all before it, and while no other tab writes. */
  ask(message) {
    this.asked++;
    return this.host.inTurn(async () => {
      let answer, file;
      try {
        const known = await this.host.store.get(this.key);
        const files = known && known.revision !== this.revision ? JSON.stringify(known.files) : "";
        const [text, changed, data] = await this.host.core.call("handle", { message: JSON.stringify(message), files });
        this.revision = known?.revision ?? this.revision;
        [answer, file] = [{ ...JSON.parse(text), ...this.told }, data];
        if (changed) this.unkept = JSON.parse(changed);
      } catch (error) {
        answer = { page: message.page, ack: message.id, saved: false, refused: t("An error inside lsstd: {error}", String(error.message).trim().split("\n").pop()) };
      }
      if (this.unkept) await this.keep(answer);
      this.asked--;
      this.heard(answer, file ? [file] : []);
      return answer;
    });
  }
  async keep(answer) {
    const { files, name, opening } = this.unkept;
    try {
      const revision = this.revision + 1;
      await this.host.store.put({ key: this.key, revision, name, files, opening: JSON.stringify(opening), changed: Date.now() });
      if (!this.host.store.database) throw new Error("no store");
      [this.revision, this.unkept] = [revision, null];
      this.host.list();
    } catch (error) {
      const why = this.host.store.database ? t("The browser's storage is full, or cannot be written ({error}).", error.name)
        : t("This browser keeps nothing for this page (a private window?).");
      const advice = t("Before you close this page, save the assessment as a file: “Download”, “Assessment (YAML)”.");
      Object.assign(answer, { saved: false, unkeepable: true, trouble: { zh: why.zh + advice.zh, en: `${why.en} ${advice.en}` } });
    }
  }
}

/** The page: which assessment is open, and what stands around its form. */
class Host {
  constructor() {
    this.page = JSON.parse(carried("page"));
    this.turn = Promise.resolve();
    this.lang = "zh";
    this.bar = h("div", { class: "lsstd-form lsstd-host" });
    this.place = h("div");
    this.about = h("div", { class: "lsstd-form lsstd-host lsstd-about" });
    document.querySelector("main").replaceChildren(this.bar, this.place, this.about);
  }
  inTurn(work) {
    const alone = () => (navigator.locks ? navigator.locks.request(`lsstd ${this.page.store}`, work) : work());
    this.turn = this.turn.then(alone, alone);
    return this.turn;
  }
  async start() {
    this.store = await Store.opened(`lsstd ${this.page.store}`);
    const [latest] = await this.store.all();
    this.open(latest ?? this.leftOver());
    this.core = new Core((share) => { this.share = share; this.spoken(); });
    try {
      const names = ["loader", "module", "wasm", "library", "core"];
      const parts = Object.fromEntries(names.map((name) => [name, carried(name)]));
      await this.core.call("start", { parts, lock: carried("lock"), page: JSON.stringify(this.page.standard) });
      await this.channel.begin();
      this.isReady = true;
    } catch (error) {
      this.failure = String(error.message).trim().split("\n").pop();
    }
    this.list();
  }
  /** The first assessment, if it was begun in a page that was closed before its Python was there: the form takes over
   * what it finds typed under the same key. */
  leftOver() {
    const [name] = memory.keys(`lsstd\n${this.page.store} `);
    return name && { key: name.split("\n")[1].split(" ").pop() };
  }
  /** Show the form of an assessment, or of a new one. */
  open(record) {
    this.leave?.();
    this.channel = new Channel(this, record);
    this.leave = mount(this.place, this.channel);
    this.list();
  }
  async change(record) {
    this.open(record);
    await this.inTurn(() => {}); // what the form before has sent
    await this.channel.begin();
    this.spoken();
  }
  async list() {
    this.listed = await this.store.all();
    this.spoken();
  }
  /** Write what stands around the form, in the form's language. */
  spoken(lang = this.lang) {
    this.lang = lang;
    const tag = lang === "zh" ? "zh-CN" : "en";
    if (this.about.lang !== tag) this.about.replaceChildren(...this.carries());
    this.bar.lang = this.about.lang = document.documentElement.lang = tag;
    document.title = this.page.schema.title[lang];
    const named = ({ name, changed }) => `${name || t("(no name yet)")[this.lang]} · ${new Date(changed).toLocaleString(this.bar.lang)}`;
    const isNew = !this.listed?.some(({ key }) => key === this.channel.key);
    const options = [...(isNew ? [{ key: this.channel.key, label: t("New assessment")[this.lang] }] : []), ...(this.listed ?? []).map((one) => ({ key: one.key, label: named(one) }))];
    const select = h("select", { id: "lsstd-which", disabled: !this.isReady, onchange: () => this.change(this.listed.find(({ key }) => key === select.value)) },
      options.map(({ key, label }) => h("option", { value: key, selected: key === this.channel.key }, label)));
    const fresh = h("button", { type: "button", disabled: !this.isReady || isNew, onclick: () => this.change() }, t("New assessment")[this.lang]);
    const remove = h("button", { type: "button", disabled: !this.isReady || isNew, onclick: () => this.remove() }, t("Delete")[this.lang]);
    const hasFocus = this.bar.contains(document.activeElement);
    this.bar.replaceChildren(h("div", { class: "line" }, h("label", { for: "lsstd-which" }, t("Assessment")[this.lang]), select, fresh, remove), this.starting());
    if (hasFocus) select.focus();
  }
  starting() {
    if (this.failure) return h("div", { class: "notice bad", role: "alert" }, h("pre", {}, t("The computation could not be started: {error}. What you have entered stays in this browser. Open this file in a current Chrome, Edge or Firefox.", this.failure)[this.lang]));
    if (this.isReady && this.channel.unreadable) return h("div", { class: "notice" }, h("a", { href: URL.createObjectURL(new Blob([this.channel.unreadable])), download: "assessment.yaml" }, t("The assessment file as it was kept here (YAML)")[this.lang]));
    if (this.isReady) return "";
    const percent = Math.round(100 * (this.share ?? 0));
    return h("div", { class: "line start", role: "status" }, h("progress", { max: 100, value: percent, "aria-label": t("Starting")[this.lang] }),
      h("span", {}, t("Starting the computation ({percent} %). You can fill in the form already; the score follows.", percent)[this.lang]));
  }
  async remove() {
    if (!confirm(t("Delete this assessment with its earlier versions from this browser?")[this.lang])) return;
    await this.inTurn(() => this.store.delete(this.channel.key));
    await this.change((await this.store.all())[0]);
  }
  carries() {
    const { parts, ...own } = this.page.record;
    const words = { standard: t("Standard"), edition: t("Edition"), sha256: t("SHA-256 of the standard"), content_sha256: t("SHA-256 of its content in this page") };
    const rows = Object.entries({ ...own, ...parts }).map(([name, value]) => [h("dt", {}, words[name]?.[this.lang] ?? name), h("dd", {}, h("code", {}, value))]);
    return [h("details", {}, h("summary", {}, t("About this page: versions and checksums")[this.lang]),
      h("p", {}, t("This page works without a network and sends nothing. Its Python and its results are those of the command line, lsstd assess.")[this.lang]), h("dl", {}, rows))];
  }
}

new Host().start();
