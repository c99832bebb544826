// Commands of the floor. Each has an id, so that the same one sent twice happens once; "done" is said only after the
// server said so.
"use strict";

(() => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const WAIT = 20000;
  const open = new Map(); // What was tapped -> the id it keeps until an answer came.
  const flying = new Set();

  const shape = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

  omni.fail = (title, text = "") => {
    const box = shape("failure-shape");
    box.querySelector("[data-title]").textContent = title;
    box.querySelector("[data-text]").textContent = text === title ? "" : text;
    box.querySelector("[data-close]").addEventListener("click", () => box.remove());
    document.getElementById("failure").replaceChildren(box);
    document.dispatchEvent(new CustomEvent("failed", { detail: { title, text } }));
  };
  omni.calm = () => document.getElementById("failure").replaceChildren();

  // One sentence; with an undo it counts its seconds down.
  omni.toast = (words, undo = null) => {
    const box = shape("toast-shape");
    box.querySelector("[data-text]").textContent = words;
    document.getElementById("toasts").replaceChildren(box);
    const button = box.querySelector("[data-undo]");
    let left = undo ? undo.seconds : 5;
    const show = () => (button.textContent = omni.frame.words.undo.replace("#", String(left)));
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) show();
      else {
        clearInterval(timer);
        box.remove();
      }
    }, 1000);
    if (!undo) return;
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      clearInterval(timer);
      box.remove();
      omni.act(undo.kind, undo.fields);
    });
  };

  const busy = (element, yes) => {
    if (!element) return;
    if (yes) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
  };

  // Send a command; resolves to the server's answer, or to null when it was not done.
  omni.act = async (kind, fields = {}, { element = null, tappedAt = omni.now(), quiet = false, approval = "" } = {}) => {
    const same = JSON.stringify([kind, fields]);
    if (flying.has(same)) return null;
    flying.add(same);
    busy(element, true);
    if (!open.has(same)) open.set(same, { action_id: crypto.randomUUID?.() ?? omni.id(), tapped_at: new Date(tappedAt).toISOString() });
    try {
      return await settle(same, await send({ ...fields, kind, ...(approval && { approval }), ...open.get(same) }), quiet);
    } catch {
      // Nobody knows whether it arrived: the id stays, so that another tap is the same command.
      omni.reached(false);
      omni.fail(omni.frame.words.unsent, omni.frame.words.again);
      return null;
    } finally {
      flying.delete(same);
      busy(element, false);
    }
  };
  // randomUUID exists on secure pages only.
  omni.id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const send = (body) =>
    fetch(omni.frame.act, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT),
    });

  const settle = async (same, response, quiet) => {
    omni.reached(true);
    const busyServer = response.status === 503 || response.status === 429;
    if (!busyServer) open.delete(same); // A refused command was not done; a new tap is a new one.
    if (response.status === 401) location.assign(`${omni.frame.lock}?next=${encodeURIComponent(location.pathname)}`);
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      if (!quiet) omni.fail(answer.title ?? omni.frame.words.refused, answer.detail ?? "");
      document.dispatchEvent(new CustomEvent("refused", { detail: answer }));
      omni.refresh();
      return null;
    }
    omni.calm();
    document.dispatchEvent(new CustomEvent("acted", { detail: answer }));
    if (answer.go) {
      location.assign(answer.go);
      return answer;
    }
    if (answer.says) omni.toast(answer.says, answer.undo);
    omni.refresh();
    return answer;
  };

  // A form knows texts only; a name like `pieces:int` says what else its value is.
  const readers = { int: Number, bool: (text) => text === "true", json: JSON.parse };
  const envelope = new Set(["csrf_token", "kind", "action_id", "next"]);
  const read = (form) => {
    const fields = {};
    for (const [field, text] of form) {
      const [name, type] = field.split(":");
      if (type) fields[name] = readers[type](text);
      else if (text && !envelope.has(name)) fields[name] = text;
    }
    return fields;
  };

  // What a finger came down on is what it means: a button that became another one meanwhile is not tapped.
  let under = null;
  const fixed = 'input[type="hidden"]:not([name="approval"])';
  const meant = (form) => JSON.stringify([form.dataset.action, [...form.querySelectorAll(fixed)].map((one) => [one.name, one.value])]);
  document.addEventListener(
    "pointerdown",
    ({ target }) => {
      const form = target.closest("form[data-action]");
      under = form && target.closest("button") ? { form, meant: meant(form), at: performance.now() } : null;
    },
    { passive: true, capture: true },
  );

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-action]")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.getAttribute("aria-disabled") === "true") return;
    const finger = under;
    under = null;
    if (finger && finger.form === form && performance.now() - finger.at < 1000 && finger.meant !== meant(form)) return;
    const fields = read(new FormData(form, button));
    form.closest("dialog")?.close();
    omni.act(form.dataset.action, fields, { element: button });
  });

  // What was said before the page was left is said on the next one.
  omni.toastLater = (words, undo) => sessionStorage.setItem("toast", JSON.stringify({ words, undo, at: Date.now() }));
  const kept = JSON.parse(sessionStorage.getItem("toast") ?? "null");
  sessionStorage.removeItem("toast");
  if (kept && Date.now() - kept.at < 10000) omni.toast(kept.words, kept.undo);
  document.addEventListener("acted", ({ detail }) => {
    if (detail.go && detail.says) omni.toastLater(detail.says, detail.undo);
  });
})();
