// The returns desk: a scan chooses the piece, a tap on its looks judges it, and the next one comes by itself.
"use strict";

(() => {
  Idiomorph.defaults.ignoreActiveValue = true;
  // Half a judgement and an open dialog stay as they are when something changes elsewhere.
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
    if (old.nodeName === "DIALOG" && old.open) return false;
    return !(old.dataset && "keep" in old.dataset && old.id === fresh.id);
  };

  const state = document.getElementById("desk-state");
  const desk = () => document.querySelector("[data-desk]");
  const look = (values) => {
    for (const name of ["line", "done", "sku", "seen"]) state.elements[name].value = values[name] ?? "";
    const query = new URLSearchParams([...new FormData(state)].filter(([, value]) => value));
    history.replaceState(null, "", `${location.pathname}?${query}`.replace(/\?$/, ""));
  };

  // The answer of a command says which piece it was about: a new judgement, or a piece that is open again.
  document.addEventListener("acted", ({ detail }) => {
    const { line, accepted, look_at: again, return: ret } = detail.result ?? {};
    if (!desk() || !line || !ret) return;
    const key = `${ret.rma_number}-${line.position}`;
    if (accepted !== undefined) {
      omni.sound(accepted ? "right" : "done");
      look({ done: key });
    } else if (again) look({ line: key });
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-desk] [data-line]");
    if (row && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      const { line } = row.dataset;
      look("full" in row.dataset ? { done: line, seen: line } : { line, done: state.elements.done.value });
      omni.refresh();
    }
    const focuses = event.target.closest("[data-focus]");
    if (focuses) document.getElementById(focuses.dataset.focus).focus();
  });

  // Reason and looks are all that is asked: the second tap sends, unless the verdict needs a person's word. Who walks
  // through the choices by arrow keys sends with the button.
  let tapped = -Infinity;
  document.addEventListener("pointerup", () => (tapped = performance.now()), { passive: true, capture: true });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-judge]");
    if (performance.now() - tapped > 500) return;
    if (form?.dataset.verdict === "take" && form.checkValidity()) form.requestSubmit();
  });

  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest("[data-opens]")?.dataset.opens !== "waive") return;
      const judge = document.querySelector("[data-judge]");
      if (!judge.reportValidity()) {
        event.stopPropagation();
        return;
      }
      const waive = document.querySelector("[data-waive]");
      for (const name of ["reason", "condition"]) waive.elements[name].value = judge.elements[name].value;
    },
    true,
  );

  // A manager's PIN becomes a nod, and only the nod goes along with the command.
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target.closest?.("form[data-nod]");
      if (!form || form.elements.approval) return;
      event.preventDefault();
      event.stopPropagation();
      const dialog = form.closest("dialog");
      const response = await fetch(form.dataset.nod, { method: "POST", body: nodOf(form), headers: { Accept: "application/json" } }).catch(() => null);
      const answer = await response?.json().catch(() => ({}));
      form.elements.approver_pin.value = "";
      if (!response?.ok) {
        dialog.close();
        omni.fail(answer?.title ?? omni.frame.words.unsent, answer?.detail ?? "");
        return;
      }
      const nod = Object.assign(document.createElement("input"), { type: "hidden", name: "approval", value: answer.approval });
      form.append(nod);
      const spent = [...form.elements].filter((one) => ["approver", "approver_pin", "about"].includes(one.name));
      for (const one of spent) one.disabled = true;
      form.requestSubmit();
      nod.remove();
      for (const one of spent) one.disabled = false;
    },
    true,
  );
  const nodOf = (form) => {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    for (const [name, field] of [["approver", "approver"], ["pin", "approver_pin"], ["about", "about"]]) body.set(name, new FormData(form).get(field));
    return body;
  };

  // Paper opens in a tab of its own; two taps are one paper.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-print]")) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 3000);
    setTimeout(omni.refresh, 1500);
  });

  const isItem = (code) => /^(\d{8}|\d{12,14})$/.test(code);
  const choose = (row) => {
    for (const one of document.querySelectorAll(".way-now")) one.classList.remove("way-now");
    row.classList.add("way-now");
    row.scrollIntoView({ block: "center" });
    (row.querySelector("input[name=location]") ?? row).focus();
    omni.sound("right");
    // A piece for the parcel that is being filled goes straight into it.
    row.querySelector("[data-action=fill_parcel]")?.requestSubmit();
  };
  const has = (row, code) => row.dataset.codes.split(" ").some((one) => one.replaceAll("\u00a0", " ").toUpperCase() === code.toUpperCase());

  document.addEventListener("scan", (event) => {
    const code = event.detail.text.trim();
    event.preventDefault();
    const way = [...document.querySelectorAll(".way-row[data-codes]")].find((one) => has(one, code));
    if (way) return choose(way);
    const shelf = document.querySelector(".way-now [data-shelf]");
    if (shelf && !isItem(code)) {
      shelf.elements.location.value = code;
      return shelf.requestSubmit();
    }
    const rows = [...document.querySelectorAll("[data-desk] [data-codes]")].filter((one) => has(one, code));
    const row = rows.find((one) => one.dataset.open) ?? rows[0];
    if (row) {
      look({ line: row.dataset.line, done: state.elements.done.value });
      omni.sound("right");
      return omni.refresh();
    }
    const find = document.querySelector("[data-desk-find]");
    if (!find) return omni.find(code, true);
    find.elements.q.value = code;
    return find.submit();
  });
})();
