// A scanner types like a keyboard, only faster. Whatever has the focus, its text becomes one `scan` event.
"use strict";

(() => {
  const GAP = 100; // Milliseconds: scanners send a key every 5 to 60, people need 150.
  const LEAST = 3;
  const TWICE = 300; // The same text again within this time was delivered twice, not scanned twice.
  let text = "";
  let last = -Infinity;
  let before = null; // The focused field and what it held before the burst.
  let done = { text: "", at: -Infinity };

  const emit = (code, at) => {
    if (code === done.text && at - done.at < TWICE) {
      done.at = at;
      return;
    }
    done = { text: code, at };
    const event = new CustomEvent("scan", { detail: { text: code }, cancelable: true });
    if (document.dispatchEvent(event)) omni.find(code, true);
  };
  // Nobody on this page wanted it: it means what it says, so it is looked up.
  omni.find = (code, scanned) => {
    // A pickup QR proves somebody, so it is tried at once where tries are counted, and stands in no address.
    if (code.startsWith("OMNI:")) {
      omni.act("find_code", { code }).then((answer) => answer && !answer.go && omni.fail(omni.frame.words.unknown));
      return;
    }
    location.assign(`${omni.frame.find}?q=${encodeURIComponent(code)}${scanned ? "&scanned=1" : ""}`);
  };
  omni.scanned = (code) => emit(code, performance.now());

  const field = (node) => (node?.matches?.("input:not([type=radio],[type=checkbox],[type=hidden]), textarea") ? node : null);

  document.addEventListener(
    "keydown",
    (event) => {
      const gap = event.timeStamp - last;
      if (event.key === "Enter" || event.key === "Tab") {
        const fast = gap < GAP;
        if (fast && text.length >= LEAST) {
          event.preventDefault();
          event.stopPropagation();
          if (before) {
            before.node.value = before.value;
            before.node.dispatchEvent(new Event("input", { bubbles: true }));
          }
          const code = text;
          text = "";
          last = event.timeStamp;
          emit(code, event.timeStamp);
          return;
        }
        // A scanner that ends with CR LF sends a second Enter, which must press nothing.
        if (event.timeStamp - done.at < GAP) {
          event.preventDefault();
          event.stopPropagation();
        }
        text = "";
        return;
      }
      const separator = event.ctrlKey && event.key === "]"; // How keyboard wedges send FNC1 of GS1 codes.
      if (event.key.length !== 1 || ((event.ctrlKey || event.metaKey || event.altKey) && !separator)) return;
      if (gap >= GAP) {
        text = "";
        const node = field(event.target);
        before = node && { node, value: node.value };
      } else if (!field(event.target)) {
        event.preventDefault(); // A blank in a code presses no button.
      }
      text += separator ? "\u001d" : event.key;
      last = event.timeStamp;
    },
    true,
  );

  // Typed instead: a form that says so becomes a scan.
  document.addEventListener("submit", (event) => {
    const input = event.target.matches("[data-scan-form]") && event.target.querySelector("input[name=q], input[name=code]");
    if (!input) return;
    event.preventDefault();
    const code = input.value.trim();
    input.value = "";
    if (code) omni.scanned(code);
    event.target.closest("dialog")?.close();
  });
  // Buttons that say what is missing open the dialog in which it can be typed.
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    if (target.closest?.("[data-closes]")) target.closest("dialog").close();
  });
})();
