/** The two filter menus. The API filters on one axis; where both are set, the page narrows its answer by the other. */

const AXES = {
  GoodEvil: { key: "goodEvil", values: ["Good", "Neutral", "Evil"] },
  LawChaos: { key: "lawChaos", values: ["Lawful", "Neutral", "Chaotic"] },
};
const ALL = "all"; // not empty: a group of radio buttons cannot be set to an empty value

export class Filters {
  #form = document.getElementById("filters");
  #viewAll = document.getElementById("view-all");

  /** onChange: called after each choice. */
  constructor({ onChange }) {
    for (const choices of this.#form.querySelectorAll(".choices")) fill(choices);
    this.#form.addEventListener("change", () => {
      this.#showViewAll();
      onChange();
    });
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#viewAll.addEventListener("click", () => {
      this.reset();
      onChange();
    });
    this.#showViewAll();
  }

  /** Choose "All" on both axes. */
  reset() {
    for (const axis of Object.keys(AXES)) this.#form.elements[axis].value = ALL;
    this.#showViewAll();
  }

  /** What to ask the API for: null for all. */
  get query() {
    return this.#chosen()[0] ?? null;
  }

  /** Whether a mysfit fits every choice. */
  fits(mysfit) {
    return this.#chosen().every(({ axis, value }) => mysfit[AXES[axis].key] === value);
  }

  /** The choice in words, empty for all. */
  get described() {
    const [one, other] = this.#chosen();
    if (!one) return "";
    if (one.value === other?.value) return "truly neutral";
    return [one, other].filter(Boolean).map(({ value }) => value.toLowerCase()).join(" and ");
  }

  #chosen() {
    return Object.keys(AXES)
      .map((axis) => ({ axis, value: this.#form.elements[axis].value }))
      .filter(({ value }) => value !== ALL);
  }

  #showViewAll() {
    this.#viewAll.disabled = this.#chosen().length === 0;
  }
}

function fill(choices) {
  const { axis } = choices.dataset;
  choices.append(
    ...[ALL, ...AXES[axis].values].map((value) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.type = "radio";
      input.name = axis;
      input.value = value;
      input.checked = value === ALL;
      const words = document.createElement("span");
      words.textContent = value === ALL ? "All" : value;
      label.append(input, words);
      return label;
    }),
  );
}
