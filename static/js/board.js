// The board holds still under a finger: what is new waits behind "3 new" until the screen is quiet.
"use strict";

(() => {
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !node.dataset || !("keep" in node.dataset);

  const board = () => document.querySelector(".board");
  const pill = () => document.getElementById("new-rows");
  const rows = (root) => new Set([...root.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  let held = null; // Timer of the next try.

  const mayMove = () => omni.quietIn() === 0 && document.getElementById("rows").scrollTop < 40;

  const hold = (html) => {
    const known = rows(document);
    const fresh = [...rows(new DOMParser().parseFromString(html, "text/html"))].filter((row) => !known.has(row));
    pill().hidden = fresh.length === 0;
    pill().querySelector("[data-text]").textContent = omni.frame.words.new.replace("#", String(fresh.length));
    clearTimeout(held);
    held = setTimeout(() => (mayMove() ? omni.refresh() : hold(html)), Math.max(250, omni.quietIn()));
  };

  let insist = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    if (detail.target !== board() || !detail.shouldSwap || detail.xhr.status !== 200) return;
    // Waiting people are shown at once: their cards only ever come below those who waited longer.
    if (insist || mayMove()) {
      insist = false;
      clearTimeout(held);
      pill().hidden = true;
      return;
    }
    detail.shouldSwap = false;
    hold(detail.serverResponse);
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest("#new-rows")) return;
    insist = true;
    document.getElementById("rows").scrollTo({ top: 0 });
    omni.refresh();
  });
  // What somebody did themselves is seen at once.
  document.addEventListener("acted", () => (insist = true));

  // In portrait the zones below Waiting are tabs.
  const open = (name) => {
    const root = document.getElementById("content");
    root.dataset.tab = name;
    for (const tab of document.querySelectorAll("#tabs [data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === name));
  };
  document.addEventListener("click", ({ target }) => {
    const tab = target.closest("#tabs [data-tab]");
    if (tab) open(tab.dataset.tab);
  });
  document.addEventListener("htmx:afterSwap", () => open(document.getElementById("content").dataset.tab ?? "pick"));
  open("pick");

  // A shift begins with a tap, because sound, a bright screen and full screen need one.
  const dialog = document.getElementById("shift-start");
  const awake = async () => {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => null);
  };
  document.addEventListener("visibilitychange", () => sessionStorage.getItem("shift") && awake());
  dialog.addEventListener("close", () => sessionStorage.setItem("shift", "1"));
  dialog.querySelector("[data-start-shift]").addEventListener("click", () => {
    omni.unlockSound();
    awake();
    document.documentElement.requestFullscreen?.().catch(() => null);
    dialog.close();
  });
  if (!sessionStorage.getItem("shift")) dialog.showModal();
  else awake();
})();
