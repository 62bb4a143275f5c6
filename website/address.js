/** The page's address: `#/mysfits/<id>` opens that mysfit, anything else is the grid. */

const PROFILE = /^#\/mysfits\/([A-Za-z0-9-]{1,64})$/;

/** The mysfit that the address names, or null. */
export function mysfitInAddress(hash = location.hash) {
  return PROFILE.exec(hash)?.[1] ?? null;
}

/** Address of a mysfit within the page. */
export function hashOf(id) {
  return `#/mysfits/${encodeURIComponent(id)}`;
}

/** Follows the address; `onChange` gets the mysfit's id or null. */
export class Address {
  #openedFromGrid = false;

  constructor({ onChange }) {
    window.addEventListener("hashchange", (event) => {
      const before = mysfitInAddress(new URL(event.oldURL).hash);
      this.#openedFromGrid = before === null && mysfitInAddress() !== null;
      onChange(mysfitInAddress());
    });
  }

  /** Leave the mysfit: back to the grid where the visitor came from it, so that "back" does not open it again. */
  leave() {
    if (mysfitInAddress() === null) return;
    if (this.#openedFromGrid) {
      history.back();
    } else {
      history.replaceState(null, "", location.pathname + location.search);
    }
  }
}
