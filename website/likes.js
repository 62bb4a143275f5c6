/** The likes of every mysfit as far as this page knows them, and the hearts that show them. */

import { newKey, withRetries } from "./retries.js";

const number = new Intl.NumberFormat("en");

/** A "change" event with `detail.id` follows every change of what there is to show. */
export class Likes extends EventTarget {
  #api;
  #messages;
  #tallies = new Map();

  constructor({ api, messages }) {
    super();
    this.#api = api;
    this.#messages = messages;
  }

  /** The count from the API. Likes still on their way are shown on top of it. */
  know(id, count) {
    const tally = this.#tally(id);
    if (tally.onTheirWay === 0) this.#update(id, { known: count, counted: 0 });
  }

  /** What to show: `count` is null while the API has not told any. */
  shown(id) {
    const { known, counted, onTheirWay, liked } = this.#tally(id);
    const added = counted + onTheirWay;
    return { count: known === null ? null : known + added, added, pending: onTheirWay > 0, mine: liked || onTheirWay > 0 };
  }

  /** One click on a heart. Shown at once; sent with one key however often it has to be sent. */
  async like(mysfit, key = newKey()) {
    const tally = this.#tally(mysfit.id);
    this.#update(mysfit.id, { onTheirWay: tally.onTheirWay + 1 });
    let failure = null;
    try {
      await withRetries(() => this.#api.like(mysfit.id, key));
    } catch (error) {
      failure = error;
    }
    this.#update(mysfit.id, {
      onTheirWay: tally.onTheirWay - 1,
      counted: tally.counted + (failure ? 0 : 1),
      liked: tally.liked || !failure,
    });
    if (failure) this.#explain(mysfit, key, failure);
    await this.#readTrueCount(mysfit, { quietly: failure !== null });
  }

  async #readTrueCount(mysfit, { quietly }) {
    const tally = this.#tally(mysfit.id);
    if (tally.onTheirWay > 0) return; // the last one to arrive asks for all
    try {
      const { likes } = await withRetries(() => this.#api.profile(mysfit.id));
      if (tally.onTheirWay > 0) return;
      this.#update(mysfit.id, { known: likes, counted: 0 });
      if (!quietly) this.#messages.say(`${mysfit.name} now has ${likesText(likes)}.`);
    } catch {
      if (!quietly) this.#messages.say(`${mysfit.name} was liked. The new total could not be read.`);
    }
  }

  #explain(mysfit, key, error) {
    if (error.kind === "missing") {
      this.#messages.warn(`The like was not counted: ${mysfit.name} is not here any more.`);
    } else if (error.isPassing) {
      this.#messages.warn(
        `No word on your like for ${mysfit.name}. ${error.message} Trying again will not count it twice.`,
        { label: "Try again", run: () => this.like(mysfit, key) },
      );
    } else {
      this.#messages.warn(`Your like for ${mysfit.name} was not counted. ${error.message}`);
    }
  }

  #tally(id) {
    if (!this.#tallies.has(id)) this.#tallies.set(id, { known: null, counted: 0, onTheirWay: 0, liked: false });
    return this.#tallies.get(id);
  }

  #update(id, change) {
    Object.assign(this.#tally(id), change);
    this.dispatchEvent(new CustomEvent("change", { detail: { id } }));
  }
}

/** Let `button` show the likes of `mysfit`. */
export function showHeart(button, mysfit, likes) {
  const { count, added, pending, mine } = likes.shown(mysfit.id);
  const visible = count !== null ? number.format(count) : added > 0 ? `+${number.format(added)}` : "Like";
  button.querySelector(".heart-count").textContent = visible;
  button.classList.toggle("is-mine", mine);
  button.classList.toggle("is-pending", pending);
  const told = count !== null ? `, ${likesText(count)} so far` : added > 0 ? `, +${added} just now` : "";
  button.setAttribute("aria-label", `Like ${mysfit.name}${told}`);
}

/** Restart the heart's beat. */
export function beat(button) {
  button.classList.remove("is-beating");
  void button.offsetWidth; // the animation starts anew only after a layout without it
  button.classList.add("is-beating");
}

/** "1 like", "2,000 likes". */
export function likesText(count) {
  return `${number.format(count)} ${count === 1 ? "like" : "likes"}`;
}
