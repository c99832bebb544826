// What every working screen knows: the server's time, whether it is reached, and that something changed.
// One event stream for all tabs of a browser: whoever holds the lock listens and tells the others.
"use strict";

(() => {
  const frame = JSON.parse(document.body.dataset.frame);
  const omni = (window.omni = { frame });
  const offset = Date.parse(frame.now) - Date.now();
  omni.now = () => Date.now() + offset;

  // Rows must not move under a finger: two seconds after the last touch the screen is quiet.
  const QUIET = 2000;
  let touched = -Infinity;
  const touch = () => (touched = performance.now());
  for (const kind of ["pointerdown", "pointerup", "touchmove", "wheel", "keydown"]) {
    document.addEventListener(kind, touch, { capture: true, passive: true });
  }
  omni.quietIn = () => Math.max(0, QUIET - (performance.now() - touched));
  omni.idleFor = () => performance.now() - touched;

  omni.announce = (words) => {
    document.getElementById("announcer").textContent = words;
  };
  const hour = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: frame.zone });
  omni.clock = (at) => hour.format(new Date(at));

  // Clocks that count up from a moment of the server's: 4:05.
  const tick = () => {
    for (const node of document.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, Math.floor((omni.now() - Date.parse(node.dataset.since)) / 1000));
      const words = seconds < 3600 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : `${Math.floor(seconds / 3600)} h`;
      if (node.textContent !== words) node.textContent = words;
      const age = seconds >= 180 ? "late" : seconds >= 120 ? "risk" : "";
      const card = node.closest("[data-age]");
      if (card && card.dataset.age !== age) card.dataset.age = age;
    }
    for (const node of document.querySelectorAll("[data-clock]")) node.textContent = omni.clock(omni.now());
  };
  omni.tick = tick;
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();

  // The connection strip shows only when something is wrong, and says since when.
  let since = null;
  omni.reached = (yes) => {
    if (yes === (since === null)) return;
    since = yes ? null : omni.now();
    document.body.classList.toggle("offline", !yes);
    const strip = document.getElementById("connection");
    strip.querySelector("[data-text]").textContent = yes ? "" : frame.words.offline.replace("#", omni.clock(since));
    strip.hidden = yes;
    if (yes) omni.refresh();
  };
  window.addEventListener("offline", () => omni.reached(false));
  window.addEventListener("online", () => omni.refresh());
  document.addEventListener("htmx:sendError", () => omni.reached(false));
  document.addEventListener("htmx:timeout", () => omni.reached(false));

  // Fragments that listen to `live` ask again; their last ETag makes an unchanged one a bare 304.
  const tags = new Map();
  omni.refresh = (news) => document.body.dispatchEvent(new CustomEvent("live", { detail: news ?? null }));
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.triggeringEvent?.type !== "live") return;
    detail.headers["X-Background"] = "1"; // Nobody touched anything, so it is no sign of life.
    const tag = tags.get(detail.elt.id);
    if (tag) detail.headers["If-None-Match"] = tag;
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const tag = detail.xhr?.getResponseHeader("ETag");
    if (tag) tags.set(detail.target.id, tag);
  });
  // Morphing leaves what has the focus alone, which is right for half a word in a field and wrong for a button: a tapped
  // one would keep the words of what it did before. It gives the focus back afterwards.
  let pressed = null;
  document.addEventListener("htmx:beforeSwap", () => {
    if (!document.activeElement?.matches("button, a")) return;
    pressed = document.activeElement;
    pressed.blur();
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (pressed?.isConnected && document.activeElement === document.body) pressed.focus({ preventScroll: true });
    pressed = null;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.xhr?.status) return;
    omni.reached(true);
    const build = detail.xhr.getResponseHeader("X-Build");
    // After an upgrade the screen loads itself anew, once nobody is using it.
    if (build && build !== frame.build && omni.idleFor() > 30000) location.reload();
  });

  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`live ${frame.store}`) : null;
  let heard = -Infinity;
  const hear = (word, news) => {
    heard = performance.now();
    if (word === "changed") omni.refresh(news);
  };
  if (channel) channel.onmessage = ({ data }) => hear(data.word, data.news);
  const tell = (word, news) => {
    hear(word, news);
    channel?.postMessage({ word, news });
  };

  const listen = () => {
    const stream = new EventSource(frame.live);
    stream.addEventListener("open", () => tell("changed")); // What was missed in between is fetched.
    for (const word of ["changed", "beat"]) stream.addEventListener(word, ({ data }) => tell(word, { alarm: data }));
    stream.addEventListener("error", () => {
      // A refused stream does not come back by itself: too many are open, or the tablet is locked.
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 15000);
    });
    window.addEventListener("pagehide", () => stream.close());
  };
  // Locks need a secure page; without them every tab has a stream of its own.
  if (navigator.locks && channel) navigator.locks.request(`live ${frame.store}`, () => new Promise(listen));
  else listen();

  // Polling where no stream is heard; every minute anyway, because minutes pass without an event.
  const BEAT = 20000;
  setInterval(() => {
    if (performance.now() - heard > BEAT + 5000) omni.refresh();
  }, 3000);
  setInterval(() => omni.refresh(), 60000);
  window.addEventListener("pageshow", ({ persisted }) => persisted && omni.refresh());
})();
