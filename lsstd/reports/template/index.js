// Long tables of an index: search, filters, sorting and pages. Without this script every row is shown.

const words = JSON.parse(document.getElementById("lsstd-words").textContent);
const FEW = 10; // up to this many rows, none of this is needed
const MOST_CHOICES = 40; // most different values of a column that can be filtered
const SIZES = [50, 100, 500];
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
const folded = (text) => text.normalize("NFKC").toLowerCase();
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString());
const made = (tag, values = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
};

/** The rows of a table: which of them match, in which order, and which page of them is shown. */
class Finder {
  constructor(table, key) {
    this.body = table.tBodies[0];
    this.heads = [...table.tHead.rows[0].cells];
    this.rows = [...this.body.rows].map((row, place) => {
      const texts = [...row.cells].map((cell) => cell.textContent);
      return { row, place, texts, all: folded(texts.join("\n")) };
    });
    this.key = key;
    this.filters = new Map();
    this.sorted = null; // a column, and 1 or -1
    this.page = 0;
    this.size = SIZES[0];
    this.build(table);
    this.restore();
    addEventListener("beforeprint", () => this.show(true));
    addEventListener("afterprint", () => this.show());
  }

  build(table) {
    this.typed = made("input", { type: "search", oninput: () => this.search(), onchange: () => this.keep() });
    this.found = made("p", { role: "status" });
    this.tools = made("div", { className: "finder", role: "search" }, made("label", {}, `${words.search} `, this.typed));
    this.heads.forEach((head, column) => this.addTools(head, column));
    this.number = made("span");
    this.back = made("button", { type: "button", textContent: words.previous, onclick: () => this.turn(-1) });
    this.next = made("button", { type: "button", textContent: words.next, onclick: () => this.turn(1) });
    this.sizes = made("select", { onchange: () => this.resize(Number(this.sizes.value)) });
    this.sizes.append(...SIZES.map((size) => new Option(size, size)), new Option(words.all, this.rows.length));
    this.pager = made("div", { className: "pager", role: "navigation" }, this.back, this.number, this.next);
    this.pager.setAttribute("aria-label", words.pages);
    this.pager.append(made("label", {}, `${words.rows} `, this.sizes));
    table.parentElement.before(this.tools, this.found);
    table.parentElement.after(this.pager);
  }

  /** Make a head sort its column and, if the column has few different values, add a filter. */
  addTools(head, column) {
    const name = head.textContent;
    head.replaceChildren(made("button", { type: "button", textContent: name, onclick: () => this.sort(column) }));
    const isPlain = !this.rows.some(({ row }) => row.cells[column].querySelector("a"));
    if (column === 0 || !isPlain || head.classList.contains("number")) return;
    const counts = new Map();
    this.rows.forEach(({ texts }) => counts.set(texts[column], (counts.get(texts[column]) ?? 0) + 1));
    if (counts.size < 2 || counts.size > MOST_CHOICES) return;
    const select = made("select", { onchange: () => this.filter(column, select.value) });
    const choices = [...counts].sort(([one], [other]) => collator.compare(one, other));
    select.append(new Option(words.all, ""), ...choices.map(([text, count]) => new Option(`${text} (${count})`, text)));
    this.filters.set(column, { select, value: "" });
    this.tools.append(made("label", {}, `${name} `, select));
  }

  filter(column, value) {
    this.filters.get(column).value = value;
    this.search();
    this.keep();
  }

  sort(column) {
    const now = this.sorted?.column === column ? this.sorted.sign : 0;
    this.sorted = now === -1 ? null : { column, sign: now ? -1 : 1 };
    this.search();
    this.keep();
  }

  resize(size) {
    this.page = Math.floor((this.page * this.size) / size);
    this.size = size;
    this.show();
    this.keep();
  }

  turn(pages) {
    this.page += pages;
    this.show();
    this.keep();
    this.tools.scrollIntoView({ block: "nearest" });
  }

  search(page = 0) {
    const asked = folded(this.typed.value).split(/\s+/).filter(Boolean);
    const chosen = [...this.filters].filter(([, { value }]) => value);
    this.matching = this.rows.filter(({ texts, all }) =>
      asked.every((word) => all.includes(word)) && chosen.every(([column, { value }]) => texts[column] === value));
    if (this.sorted) this.matching.sort(this.comparer(this.sorted));
    this.page = page;
    this.show();
  }

  /** Return the comparison for a column: numbers by value, blanks last in either direction. */
  comparer({ column, sign }) {
    const isNumber = this.heads[column].classList.contains("number");
    const value = ({ texts }) => (isNumber ? Number(texts[column].replace(/[,\s]/g, "")) : texts[column]);
    const isNone = ({ texts }) => texts[column] === "—";
    const compare = isNumber ? (one, other) => one - other : collator.compare;
    return (one, other) => isNone(one) - isNone(other)
      || (isNone(one) ? 0 : sign * compare(value(one), value(other))) || one.place - other.place;
  }

  show(isAll = false) {
    const pages = Math.max(1, Math.ceil(this.matching.length / this.size));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const start = this.page * this.size;
    const shown = isAll ? this.matching : this.matching.slice(start, start + this.size);
    this.body.replaceChildren(...shown.map(({ row }) => row));
    this.found.textContent = filled(words.found, { found: this.matching.length, total: this.rows.length });
    this.number.textContent = filled(words.page, { page: this.page + 1, pages });
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
    this.heads.forEach((head, column) => {
      const sign = this.sorted?.column === column ? this.sorted.sign : 0;
      sign ? head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending") : head.removeAttribute("aria-sort");
    });
  }

  /** Keep the choices in the address, so that they are restored when the reader returns from a report. */
  keep() {
    const kept = new URLSearchParams(location.hash.slice(1));
    const filters = [...this.filters].filter(([, { value }]) => value).map(([column, { value }]) => [column, value]);
    const state = [this.typed.value, filters, this.sorted, this.page, this.size];
    kept.set(this.key, JSON.stringify(state));
    history.replaceState(null, "", `#${kept}`);
  }

  restore() {
    try {
      const kept = JSON.parse(new URLSearchParams(location.hash.slice(1)).get(this.key));
      const [typed, filters, sorted, page, size] = kept ?? ["", [], null, 0, SIZES[0]];
      this.typed.value = typed;
      filters.forEach(([column, value]) => {
        const filter = this.filters.get(column);
        filter.select.value = value;
        filter.value = filter.select.value;
      });
      this.sorted = this.heads[sorted?.column] ? sorted : null;
      this.sizes.value = size;
      this.sizes.value ||= SIZES[0];
      this.size = Number(this.sizes.value);
      this.search(page);
    } catch { // an address from another index, or a truncated one
      this.search();
    }
  }
}

for (const section of document.querySelectorAll("section[data-section]")) {
  const table = section.querySelector("table");
  if (table && table.tBodies[0].rows.length > FEW) new Finder(table, section.dataset.section);
}
