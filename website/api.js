/** Talking to the API: four requests, each answered with checked data or an ApiError. */

const PATIENCE_MS = 8000; // the services themselves give up after 3 to 4 s

/**
 * Why a request brought nothing.
 *
 * kind: "unreachable" (no answer the page may read), "unavailable" (the API asks to come back later),
 * "missing" (404), "refused" (any other 4xx) or "broken" (anything else).
 */
export class ApiError extends Error {
  constructor(kind, message, { status = null, retryAfterSeconds = null, requestId = null } = {}) {
    super(message);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.requestId = requestId;
  }

  /** Whether the same request may succeed in a moment. */
  get isPassing() {
    return this.kind === "unreachable" || this.kind === "unavailable";
  }
}

export class Api {
  /** base: URL of the API without a slash at its end; onExchange: told of every request once it is over. */
  constructor({ base, onExchange = () => {} }) {
    this.base = base;
    this.onExchange = onExchange;
  }

  /** The mysfits, all or those with one value on one axis ("GoodEvil" or "LawChaos"). */
  async list({ filter = null, signal } = {}) {
    const query = filter ? `?${new URLSearchParams({ filter: filter.axis, value: filter.value })}` : "";
    const answer = await this.#send("GET", `/mysfits${query}`, { signal });
    if (!Array.isArray(answer?.mysfits)) throw notUnderstood();
    return answer.mysfits.map(toMysfit);
  }

  /** Everything about one mysfit. */
  async profile(id, { signal } = {}) {
    const answer = await this.#send("GET", pathOf(id), { signal });
    if (!Number.isSafeInteger(answer?.likes) || typeof answer.age !== "number") throw notUnderstood();
    return {
      ...toMysfit(answer),
      image: text(answer.profileImageUri),
      age: answer.age,
      description: text(answer.description),
      likes: answer.likes,
      adopted: answer.adopted === true,
    };
  }

  /** Count one like. Sending it again with the same key is the same like. */
  async like(id, key) {
    await this.#send("POST", `${pathOf(id)}/like`, { headers: { "Idempotency-Key": key } });
  }

  /** Adopt; adopting twice is the same as once. */
  async adopt(id, key) {
    await this.#send("POST", `${pathOf(id)}/adopt`, { headers: { "Idempotency-Key": key } });
  }

  async #send(method, path, { headers = {}, signal } = {}) {
    const exchange = { method, path, status: null, ms: 0, servedBy: "", fulfilledBy: "", requestId: "" };
    const started = performance.now();
    const patience = AbortSignal.timeout(PATIENCE_MS);
    try {
      const response = await fetch(this.base + path, {
        method,
        headers,
        cache: "no-store",
        credentials: "omit",
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      });
      exchange.status = response.status;
      exchange.servedBy = response.headers.get("X-Served-By") ?? "";
      exchange.fulfilledBy = response.headers.get("X-Fulfilled-By") ?? "";
      exchange.requestId = response.headers.get("X-Request-Id") ?? "";
      if (!response.ok) throw await refusal(response);
      return await response.json();
    } catch (error) {
      if (error instanceof ApiError || signal?.aborted) throw error;
      if (error instanceof SyntaxError) throw notUnderstood();
      throw new ApiError(
        "unreachable",
        patience.aborted ? "The service did not answer in time." : "The service could not be reached.",
      );
    } finally {
      exchange.ms = performance.now() - started;
      if (!signal?.aborted) this.onExchange(exchange);
    }
  }
}

async function refusal(response) {
  const { status } = response;
  const problem = await response.json().catch(() => ({}));
  const kind = [429, 502, 503, 504].includes(status)
    ? "unavailable"
    : status === 404
      ? "missing"
      : status < 500
        ? "refused"
        : "broken";
  return new ApiError(kind, text(problem?.detail) || `The service answered ${status}.`, {
    status,
    retryAfterSeconds: retryAfter(response.headers.get("Retry-After")),
    requestId: response.headers.get("X-Request-Id"),
  });
}

/** Seconds to wait by a Retry-After header (a number of seconds or a date), or null. */
export function retryAfter(header, now = Date.now()) {
  if (!header) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

function toMysfit(item) {
  if (typeof item?.mysfitId !== "string" || typeof item.name !== "string") throw notUnderstood();
  return {
    id: item.mysfitId,
    name: item.name,
    species: text(item.species),
    goodEvil: text(item.goodevil),
    lawChaos: text(item.lawchaos),
    image: text(item.thumbImageUri),
  };
}

function pathOf(id) {
  return `/mysfits/${encodeURIComponent(id)}`;
}

function text(value) {
  return typeof value === "string" ? value : "";
}

function notUnderstood() {
  return new ApiError("broken", "The service answered something this page does not understand.");
}
