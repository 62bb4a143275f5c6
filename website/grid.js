/** The grid of mysfits and its three other states: loading, empty and failed. */

import { beat, showHeart } from "./likes.js";
import { showPortrait } from "./portrait.js";
import { hashOf } from "./address.js";

const SKELETONS = 12;

export class Grid {
  #likes;
  #list = document.getElementById("grid");
  #tally = document.getElementById("tally");
  #empty = document.getElementById("empty");
  #failure = document.getElementById("failure");
  #cards = new Map();
  #adopted = new Set();

  /** onViewAll and onRetry: the ways out of the empty and the failed state. */
  constructor({ likes, onViewAll, onRetry }) {
    this.#likes = likes;
    document.getElementById("empty-view-all").addEventListener("click", onViewAll);
    document.getElementById("failure-retry").addEventListener("click", onRetry);
    likes.addEventListener("change", ({ detail }) => this.#showLikes(detail.id));
  }

  /** Waiting for the list; what is shown stays, faded, when there is something. */
  showLoading() {
    this.#list.setAttribute("aria-busy", "true");
    this.#empty.hidden = true;
    this.#failure.hidden = true;
    this.#list.hidden = false;
    if (this.#cards.size > 0) return;
    const skeleton = document.getElementById("skeleton-template").content;
    this.#list.replaceChildren(...Array.from({ length: SKELETONS }, () => skeleton.cloneNode(true)));
  }

  /** The mysfits, by name; `described` tells the choice in words, such as "good and chaotic". */
  show(mysfits, described) {
    this.#cards.clear();
    const sorted = [...mysfits].sort((one, other) => one.name.localeCompare(other.name, "en"));
    this.#list.replaceChildren(...sorted.map((mysfit) => this.#card(mysfit)));
    this.#settle({ empty: mysfits.length === 0 });
    const noun = mysfits.length === 1 ? "mysfit" : "mysfits";
    this.#tally.textContent = `${mysfits.length} ${described ? `${described} ` : ""}${noun}`;
  }

  /** The list could not be had. */
  showFailure(reason) {
    this.#cards.clear();
    this.#list.replaceChildren();
    document.getElementById("failure-reason").textContent = reason;
    this.#settle({ failed: true });
    this.#tally.textContent = "No mysfits to show";
  }

  /** Mark as adopted, now and whenever it is shown again. */
  markAdopted(id) {
    this.#adopted.add(id);
    const card = this.#cards.get(id);
    if (card) card.element.querySelector(".card-adopted").hidden = false;
  }

  /** Put the focus on a mysfit's link; false when it is not shown. */
  focus(id) {
    const card = this.#cards.get(id);
    card?.element.querySelector(".card-link").focus();
    return card !== undefined;
  }

  /** The mysfit as listed, or undefined. */
  find(id) {
    return this.#cards.get(id)?.mysfit;
  }

  #settle({ empty = false, failed = false }) {
    this.#list.setAttribute("aria-busy", "false");
    this.#list.hidden = empty || failed;
    this.#empty.hidden = !empty;
    this.#failure.hidden = !failed;
  }

  #card(mysfit) {
    const element = document.getElementById("card-template").content.cloneNode(true).firstElementChild;
    const part = (selector) => element.querySelector(selector);
    const link = part(".card-link");
    link.textContent = mysfit.name;
    link.href = hashOf(mysfit.id);
    part(".card-species").textContent = mysfit.species;
    showAxis(part(".axis-goodevil"), mysfit.goodEvil);
    showAxis(part(".axis-lawchaos"), mysfit.lawChaos);
    part(".card-adopted").hidden = !this.#adopted.has(mysfit.id);
    showPortrait(part(".card-art"), mysfit.image);
    const heart = part(".heart");
    heart.addEventListener("click", () => {
      beat(heart);
      this.#likes.like(mysfit);
    });
    this.#cards.set(mysfit.id, { mysfit, element });
    this.#showLikes(mysfit.id);
    return element;
  }

  #showLikes(id) {
    const card = this.#cards.get(id);
    if (card) showHeart(card.element.querySelector(".heart"), card.mysfit, this.#likes);
  }
}

/** A value on one of the axes; its colour follows the word. */
export function showAxis(element, value) {
  element.textContent = value;
  element.dataset.value = value.toLowerCase();
}
