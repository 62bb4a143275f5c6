/** What the page tells by itself: spoken to screen readers, or shown until it is dismissed. */

const SHOWN_AT_MOST = 3;

export class Messages {
  #region = document.getElementById("messages");
  #spoken = document.getElementById("spoken");
  #list = document.getElementById("message-list");

  /** Tell screen readers, politely; the page shows it already. */
  say(text) {
    this.#spoken.textContent = text;
  }

  /** Show that something went wrong, with one way out of it where there is one. */
  warn(text, action = null) {
    const message = document.createElement("div");
    message.className = "message";
    message.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent = text;
    message.append(words);
    if (action) message.append(this.#button(action.label, "button", message, action.run));
    message.append(this.#button("Dismiss", "button button-quiet", message));
    this.#list.append(message);
    while (this.#list.children.length > SHOWN_AT_MOST) this.#list.firstElementChild.remove();
  }

  /** Move into `host`: while a modal dialog is open, everything outside of it is out of reach. */
  moveTo(host) {
    host.append(this.#region);
  }

  #button(label, className, message, run = () => {}) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = label;
    button.addEventListener("click", () => {
      message.remove();
      run();
    });
    return button;
  }
}
