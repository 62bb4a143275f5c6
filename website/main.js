/** Wires the page together. */

import { Address, mysfitInAddress } from "./address.js";
import { Api } from "./api.js";
import { Profile } from "./dialog.js";
import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { Likes } from "./likes.js";
import { Messages } from "./messages.js";

/** The API's address, written by the publisher next to these files as `export const API = "http://…";` */
async function apiBase() {
  const { API } = await import("./config.js");
  return new URL(API).href.replace(/\/+$/, "");
}

/** The panel of requests when the address asks for `?trace`, else null. */
async function openTrace() {
  if (!new URLSearchParams(location.search).has("trace")) return null;
  const { Trace } = await import("./trace.js");
  return new Trace();
}

class Page {
  #api;
  #filters;
  #grid;
  #profile;
  #address;
  #request = new AbortController();

  constructor({ api, messages, companions }) {
    const likes = new Likes({ api, messages });
    this.#api = api;
    this.#filters = new Filters({ onChange: () => this.load() });
    this.#grid = new Grid({ likes, onViewAll: () => this.#viewAll(), onRetry: () => this.#retry() });
    this.#address = new Address({ onChange: (id) => this.#follow(id) });
    this.#profile = new Profile({
      api,
      likes,
      messages,
      companions,
      onClosed: (id) => this.#left(id),
      onAdopted: (id) => this.#grid.markAdopted(id),
      onViewAll: () => this.#viewAll(),
    });
  }

  start() {
    this.load();
    this.#follow(mysfitInAddress());
  }

  async load() {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#grid.showLoading();
    try {
      const listed = await this.#api.list({ filter: this.#filters.query, signal });
      this.#grid.show(listed.filter((mysfit) => this.#filters.fits(mysfit)), this.#filters.described);
    } catch (error) {
      if (!signal.aborted) this.#grid.showFailure(`${error.message} They are probably fine; please try again.`);
    }
  }

  #viewAll() {
    this.#filters.reset();
    this.load();
    document.getElementById("mysfits").focus();
  }

  #retry() {
    document.getElementById("mysfits").focus(); // the button is about to go
    this.load();
  }

  #follow(id) {
    if (id === null) {
      this.#profile.close();
    } else {
      this.#profile.open(this.#grid.find(id) ?? { id });
    }
  }

  #left(id) {
    this.#address.leave();
    if (!this.#grid.focus(id)) document.getElementById("mysfits").focus({ preventScroll: true });
  }
}

async function start() {
  const trace = await openTrace();
  const messages = new Messages();
  let base;
  try {
    base = await apiBase();
  } catch (error) {
    showUnpublished();
    throw error;
  }
  const api = new Api({ base, onExchange: (exchange) => trace?.add(exchange) });
  new Page({ api, messages, companions: trace ? [messages, trace] : [messages] }).start();
}

/** Without its config.js the page cannot know whom to ask. */
function showUnpublished() {
  document.getElementById("tally").textContent = "No mysfits to show";
  document.getElementById("grid").hidden = true;
  document.getElementById("failure-reason").textContent =
    "This site was published without a config.js that names its API; publish it again.";
  document.getElementById("failure").hidden = false;
  document.getElementById("failure-retry").addEventListener("click", () => location.reload());
}

start();
