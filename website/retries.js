/** Trying again with patience: growing pauses with chance in them, and never sooner than the service asks. */

import { ApiError } from "./api.js";

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 10_000;

/**
 * What `send()` brings, called up to four times while it fails in passing.
 *
 * Throws the last ApiError; earlier when the service asks for a longer pause than a person would watch.
 */
export async function withRetries(send, { pause = sleep, chance = Math.random } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const goesOn = error instanceof ApiError && error.isPassing && attempt < ATTEMPTS;
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
      if (!goesOn || askedMs > LONGEST_PAUSE_MS) throw error;
      await pause(askedMs + FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + chance()));
    }
  }
}

/**
 * A new idempotency key. `crypto.randomUUID` exists in secure contexts only, and an S3 website endpoint is plain HTTP.
 */
export function newKey() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
