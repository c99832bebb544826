// Somebody is here and nobody goes yet: a bell and a buzz on one tablet of the store, a line on all of them.
"use strict";

(() => {
  const AGAIN = 20000;
  let audio = null;
  let known = new Set();
  let state = { waiting: [], rings: false };
  let rung = -Infinity;
  let tag = null;

  // Browsers let a page sound only after a touch; the shift begins with one.
  const unlock = () => {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  };
  document.addEventListener("pointerdown", unlock, { passive: true });
  document.addEventListener("keydown", unlock);
  omni.unlockSound = unlock;

  const tone = (frequency, start, length, volume = 0.25) => {
    const source = new OscillatorNode(audio, { type: "sine", frequency });
    const gain = new GainNode(audio, { gain: 0 });
    source.connect(gain).connect(audio.destination);
    const at = audio.currentTime + start;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.001, at + length);
    source.start(at);
    source.stop(at + length);
  };
  const tunes = {
    bell: [[880, 0, 0.5], [1318, 0.18, 0.7], [880, 0.6, 0.5], [1318, 0.78, 0.7]],
    right: [[1046, 0, 0.12]],
    wrong: [[196, 0, 0.25, 0.4], [165, 0.22, 0.4, 0.4]],
    done: [[784, 0, 0.15], [1046, 0.12, 0.25]],
  };
  const buzzes = { bell: [200, 100, 200], right: 40, wrong: [300, 80, 300], done: 60 };
  omni.sound = (name) => {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(buzzes[name]);
    if (audio?.state === "running") for (const note of tunes[name]) tone(...note);
  };

  const show = () => {
    const line = document.getElementById("alarm");
    const first = state.waiting[0];
    if (!line) return;
    line.hidden = !first;
    if (!first) return;
    line.querySelector("[data-who]").textContent = [first.bay, first.name].filter(Boolean).join(" ");
    line.querySelector("time").dataset.since = first.since;
    const more = line.querySelector("[data-more]");
    more.hidden = state.waiting.length < 2;
    more.textContent = omni.frame.words.more.replace("#", String(state.waiting.length - 1));
    list();
    omni.tick();
  };
  // One name fits the line; a tap on it shows everybody, so that nobody is reached by the board alone.
  const dialog = document.getElementById("waiting-people");
  const list = () => {
    const shape = document.getElementById("waiting-shape").content;
    const rows = state.waiting.map((one) => {
      const row = shape.cloneNode(true);
      row.querySelector("a").href = one.address;
      row.querySelector("[data-bay]").textContent = one.bay ?? omni.frame.words.door;
      row.querySelector("[data-name]").textContent = one.name || one.order;
      row.querySelector("time").dataset.since = one.since;
      return row;
    });
    dialog.querySelector("[data-waiting-list]").replaceChildren(...rows);
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#alarm") || state.waiting.length < 2) return;
    event.preventDefault();
    list();
    omni.tick();
    dialog.showModal();
  });

  const ring = () => {
    if (!state.rings || state.waiting.length === 0 || document.visibilityState !== "visible") return;
    if (performance.now() - rung < AGAIN) return;
    rung = performance.now();
    omni.sound("bell");
  };
  setInterval(ring, 1000);

  const ask = async () => {
    const response = await fetch(omni.frame.alarm, { headers: { "X-Background": "1" } }).catch(() => null);
    if (!response) return omni.reached(false);
    omni.reached(true);
    if (!response.ok) return undefined;
    state = await response.json();
    tag = state.tag;
    const now = new Set(state.waiting.map((one) => one.order));
    const fresh = state.waiting.filter((one) => !known.has(one.order));
    if (fresh.length) {
      rung = -Infinity; // Somebody new rings at once, whatever rang a moment ago.
      omni.announce(fresh.map((one) => omni.frame.words.waits.replace("#", one.name)).join(", "));
    }
    known = now;
    show();
    ring();
    return undefined;
  };
  // The stream tells the alarm's tag: after most changes nobody came and nobody was taken care of.
  document.body.addEventListener("live", ({ detail }) => detail?.alarm && detail.alarm === tag ? undefined : ask());
  ask();
})();
