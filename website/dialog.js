/** The profile of one mysfit, in a modal dialog. */

import { showAxis } from "./grid.js";
import { beat, likesText, showHeart } from "./likes.js";
import { showPortrait } from "./portrait.js";
import { newKey, withRetries } from "./retries.js";

const years = new Intl.NumberFormat("en", { style: "unit", unit: "year", unitDisplay: "long" });
const TITLE = document.title;
const part = (name) => document.getElementById(`profile-${name}`);

export class Profile {
  #api;
  #likes;
  #messages;
  #companions;
  #onAdopted;
  #onClosed;
  #dialog = document.getElementById("profile");
  #mysfit = null;
  #request = new AbortController();

  /**
   * companions: what moves into the open dialog and back, by `moveTo(host)`; onClosed: the visitor closed it;
   * onAdopted: a mysfit is known to be adopted (both get its id); onViewAll: the way out when nobody has the address.
   */
  constructor({ api, likes, messages, companions, onClosed, onAdopted, onViewAll }) {
    this.#api = api;
    this.#likes = likes;
    this.#messages = messages;
    this.#companions = companions;
    this.#onAdopted = onAdopted;
    this.#onClosed = onClosed;
    part("close").addEventListener("click", () => this.close());
    part("retry").addEventListener("click", () => this.#load());
    part("view-all").addEventListener("click", () => {
      this.close();
      onViewAll();
    });
    part("adopt").addEventListener("click", () => this.#adopt());
    part("like").addEventListener("click", () => {
      beat(part("like"));
      likes.like(this.#mysfit);
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.close(); // a click beside the card
    });
    // Escape closes it without us. The browser tells of every end a moment later, when it may be open again.
    this.#dialog.addEventListener("close", () => {
      if (!this.#dialog.open) this.#finish();
    });
    likes.addEventListener("change", ({ detail }) => {
      if (detail.id === this.#mysfit?.id) this.#showLikes();
    });
  }

  /** Open for a mysfit of which little more than its id may be known yet. */
  open(mysfit) {
    if (this.#dialog.open && this.#mysfit?.id === mysfit.id) return;
    this.#mysfit = mysfit;
    this.#showSummary();
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      for (const companion of this.#companions) companion.moveTo(this.#dialog);
    }
    part("name").focus();
    this.#dialog.scrollTop = 0;
    this.#load();
  }

  close() {
    if (!this.#dialog.open) return;
    this.#dialog.close();
    this.#finish();
  }

  #finish() {
    if (this.#mysfit === null) return;
    this.#request.abort();
    document.title = TITLE;
    for (const companion of this.#companions) companion.moveTo(document.body);
    const { id } = this.#mysfit;
    this.#mysfit = null;
    this.#onClosed(id);
  }

  async #load() {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#showState("loading");
    try {
      const profile = await this.#api.profile(this.#mysfit.id, { signal });
      this.#mysfit = profile;
      this.#likes.know(profile.id, profile.likes);
      this.#showSummary();
      this.#showProfile();
    } catch (error) {
      if (signal.aborted) return;
      this.#showFailure(error);
    }
  }

  #showSummary() {
    const { name = "", species, goodEvil, lawChaos, image } = this.#mysfit;
    part("name").textContent = name || "One moment …";
    document.title = name ? `${name} · ${TITLE}` : TITLE;
    part("species").textContent = species ?? "";
    showAxis(part("goodevil"), goodEvil ?? "");
    showAxis(part("lawchaos"), lawChaos ?? "");
    if (image) {
      showPortrait(part("image"), image);
    } else {
      part("image").removeAttribute("src");
    }
    for (const name of ["description", "age", "likes"]) part(name).textContent = "";
    part("adopt-words").textContent = name ? `Adopt ${name}` : "Adopt";
    part("adopted").textContent = `${name} has found a home.`; // shown once it is true, its place is kept free before
  }

  #showProfile() {
    const { description, age } = this.#mysfit;
    part("description").textContent = description;
    part("age").textContent = years.format(age);
    this.#showState("shown");
    this.#showLikes();
    this.#showAdopted();
  }

  #showLikes() {
    showHeart(part("like"), this.#mysfit, this.#likes);
    const { count } = this.#likes.shown(this.#mysfit.id);
    part("likes").textContent = count === null ? "" : likesText(count);
  }

  #showAdopted() {
    const { id, adopted } = this.#mysfit;
    const moveFocus = adopted && document.activeElement === part("adopt");
    this.#dialog.toggleAttribute("data-adopted", adopted);
    if (moveFocus) part("adopted").focus({ preventScroll: true }); // it is where the button was
    if (adopted) this.#onAdopted(id);
  }

  #showFailure(error) {
    const missing = error.kind === "missing";
    if (!this.#mysfit.name) part("name").textContent = missing ? "Nobody lives here" : "Out of reach";
    part("failure-reason").textContent = missing
      ? "No mysfit has this address; it may have moved on."
      : `${error.message} Please try again in a moment.`;
    part("retry").hidden = missing;
    part("view-all").hidden = !missing;
    if (!this.#mysfit.image) showPortrait(part("image"), "images/lost.svg");
    this.#showState("failed");
  }

  #showState(state) {
    this.#dialog.dataset.state = state;
    part("body").hidden = state === "failed";
    part("body").setAttribute("aria-busy", String(state === "loading"));
    part("failure").hidden = state !== "failed";
    if (state === "loading") this.#dialog.removeAttribute("data-adopted");
    part("adopt").disabled = state === "loading";
    part("adopt").removeAttribute("aria-disabled");
    part("like").disabled = state === "loading";
  }

  async #adopt() {
    const mysfit = this.#mysfit;
    const button = part("adopt");
    if (button.hasAttribute("aria-disabled")) return;
    const key = newKey();
    button.setAttribute("aria-disabled", "true"); // unlike disabled, this keeps the focus
    try {
      await withRetries(() => this.#api.adopt(mysfit.id, key));
      this.#finishAdoption(mysfit);
    } catch (error) {
      this.#messages.warn(
        error.isPassing
          ? `No word on the adoption of ${mysfit.name}. ${error.message} You can safely try again.`
          : `${mysfit.name} was not adopted. ${error.message}`,
      );
    } finally {
      if (this.#mysfit?.id === mysfit.id) button.removeAttribute("aria-disabled");
    }
  }

  #finishAdoption(mysfit) {
    this.#onAdopted(mysfit.id);
    this.#messages.say(`${mysfit.name} has found a home.`);
    if (this.#mysfit?.id !== mysfit.id) return;
    this.#mysfit = { ...this.#mysfit, adopted: true };
    this.#showAdopted();
  }
}
