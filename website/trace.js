/** How each request travelled: which service answered, and which one did the work. Shown with `?trace`. */

const KEPT = 30;
const milliseconds = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export class Trace {
  #panel = document.createElement("aside");
  #rows = document.createElement("ol");

  constructor() {
    this.#panel.className = "trace";
    this.#panel.setAttribute("aria-labelledby", "trace-title");
    const heading = document.createElement("h2");
    heading.id = "trace-title";
    heading.textContent = "How requests travelled";
    this.#rows.className = "trace-rows";
    this.#rows.tabIndex = 0; // so that the keyboard can scroll it
    this.#rows.setAttribute("aria-label", "Requests, newest first");
    this.#panel.append(heading, this.#rows);
    this.moveTo(document.body);
    addStyles();
    makeRoomFor(this.#panel);
    pointBack(document.getElementById("trace-switch"));
  }

  /** Put one exchange (see Api) on top. */
  add(exchange) {
    this.#rows.prepend(row(exchange));
    while (this.#rows.children.length > KEPT) this.#rows.lastElementChild.remove();
  }

  /** Move into `host`: a modal dialog dims everything outside of it and puts it out of reach. */
  moveTo(host) {
    host.append(this.#panel);
  }
}

/** Tell the styles how much of the window's bottom the panel takes. */
function makeRoomFor(panel) {
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--trace-height", `${panel.offsetHeight}px`);
  }).observe(panel);
}

/** The stops of a request, in order; an answer without X-Served-By came from no service of ours, or from none at all. */
export function stops({ status, servedBy, fulfilledBy }) {
  if (status === null) return ["browser", "no answer"];
  const path = ["browser", "load balancer", servedBy || "unknown"];
  return fulfilledBy ? [...path, "load balancer", fulfilledBy] : path;
}

function row(exchange) {
  const item = document.createElement("li");
  item.className = exchange.status !== null && exchange.status < 400 ? "trace-row" : "trace-row is-failed";
  item.dataset.method = exchange.method;
  item.dataset.servedBy = exchange.servedBy;
  item.dataset.fulfilledBy = exchange.fulfilledBy;
  item.append(
    words("span", "trace-request", `${exchange.method} ${exchange.path}`),
    words("span", "trace-status", exchange.status === null ? "—" : String(exchange.status)),
    words("span", "trace-time", `${milliseconds.format(exchange.ms)} ms`),
    travelled(exchange),
    words("code", "trace-id", exchange.requestId ? `request ${exchange.requestId}` : "no request id"),
  );
  return item;
}

function travelled(exchange) {
  const way = document.createElement("span");
  way.className = "trace-way";
  for (const [index, stop] of stops(exchange).entries()) {
    if (index > 0) way.append(" → ");
    const node = words("b", "trace-stop", stop);
    node.dataset.stop = stop;
    way.append(node);
  }
  return way;
}

function words(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function addStyles() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "styles/trace.css";
  document.head.append(link);
}

function pointBack(link) {
  link.href = location.pathname;
  link.textContent = "Hide how requests travel";
}
