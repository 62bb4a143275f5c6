/** Light, dark, or as the system has it. */

const KEY = "mysfits-theme";
const NAMES = { auto: "automatic", light: "light", dark: "dark" };

function stored() {
  try {
    const name = localStorage.getItem(KEY);
    return name in NAMES ? name : "auto";
  } catch {
    return "auto"; // storage may be forbidden
  }
}

function apply(name) {
  if (name === "auto") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = name;
  }
}

function choose(name) {
  apply(name);
  document.getElementById("theme-name").textContent = `Theme: ${NAMES[name]}`;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // then it holds for this visit
  }
}

apply(stored());
document.addEventListener("DOMContentLoaded", () => {
  choose(stored());
  document.getElementById("theme-switch").addEventListener("click", () => {
    const names = Object.keys(NAMES);
    const current = document.documentElement.dataset.theme ?? "auto";
    choose(names[(names.indexOf(current) + 1) % names.length]);
  });
});
