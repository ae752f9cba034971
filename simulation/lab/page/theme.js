"use strict";
// Light, dark, or as the system: what a button chooses, on every page of the lab.
window.Lab = window.Lab || {};

(function (Lab) {
  Lab.themes = function (button, repaint) {
    button.addEventListener("click", () => {
      const order = ["system", "light", "dark"], now = document.documentElement.dataset.theme || "system";
      const next = order[(order.indexOf(now) + 1) % 3];
      if (next === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = next;
      button.setAttribute("aria-label", "Colours: " + (next === "system" ? "as the system" : next));
      repaint();
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  };

  const button = document.querySelector(".reading #theme");
  if (button) Lab.themes(button, () => {}); // a page that is only read
})(window.Lab);
