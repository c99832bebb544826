// A walk: moves between its stops and sends each action as a command. A piece counts when the server has said so;
// until then it is "being sent", and the walk goes on only after the answer.
"use strict";

(() => {
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !node.dataset || !("keep" in node.dataset);

  const walk = () => document.querySelector(".walk");
  const stops = () => [...document.querySelectorAll(".stop")];
  const stopOf = (task) => document.getElementById(`stop-${task}`);
  const current = () => document.querySelector(".stop.current");
  const dialog = (id) => document.getElementById(id);
  const wave = walk().dataset.walk;

  // Where the picker stands, on this tablet; a reload comes back to it.
  const kept = (name, value) => (value === undefined ? sessionStorage.getItem(`${name} ${wave}`) : sessionStorage.setItem(`${name} ${wave}`, value));
  let at = kept("at");
  let listed = false;
  const sent = new Map(); // Task -> pieces on their way to the server.
  const unlocked = new Set(); // Tasks whose case a keyholder opened.
  let held = []; // Scans that came while everything of the stop was on its way.
  let chain = Promise.resolve(); // One command after the other, in the order of the taps.
  let undos = JSON.parse(kept("undos") ?? "[]");

  const number = (stop, name) => Number(stop.dataset[name]);
  const onTheWay = (stop) => sent.get(stop.dataset.stop) ?? 0;
  const still = (stop) => number(stop, "left") - onTheWay(stop);

  const draw = () => {
    const root = walk();
    if (root.dataset.view !== "stops") listed = false;
    const open = stops().filter((stop) => stop.dataset.open);
    let here = stopOf(at);
    if (!here) here = open[0];
    at = here?.dataset.stop ?? null;
    for (const stop of stops()) stop.classList.toggle("current", stop === here);
    root.classList.toggle("listed", listed);
    root.querySelector("[data-list]")?.setAttribute("aria-pressed", String(listed));
    root.querySelector("[data-undo-last]")?.setAttribute("aria-disabled", String(undos.length === 0));
    if (!here) return;
    kept("at", at);
    // How many are done, not which one this is: stops may be walked in any order.
    const where = root.querySelector("[data-where]");
    where.textContent = where.textContent.replace(/\d+/, String(stops().length - open.length));
    const words = onTheWay(here) ? root.dataset.sending.replace("#", String(onTheWay(here))) : root.dataset.inTote.replace("#", here.dataset.picked);
    here.querySelector("[data-in-tote]").textContent = words;
    here.querySelector("[data-got-it] .button")?.setAttribute("aria-disabled", String(still(here) <= 0));
  };

  const calm = (stop) => {
    const box = stop?.querySelector(".wrong");
    if (!box || box.hidden) return;
    box.hidden = true;
    box.replaceChildren();
  };

  const goTo = (stop) => {
    calm(current());
    at = stop.dataset.stop;
    listed = false;
    draw();
    stop.querySelector(".stop-shelf").focus({ preventScroll: true });
    omni.announce(stop.dataset.say);
  };
  // Onwards in walk order, then whatever was left behind.
  const goOn = (from) => {
    const open = stops().filter((stop) => stop.dataset.open && still(stop) > 0);
    const next = open.find((stop) => number(stop, "number") > number(from, "number")) ?? open[0];
    if (next) goTo(next);
    else draw();
  };

  const remember = (kind, fields) => {
    undos = [...undos.slice(-19), { kind, fields }];
    kept("undos", JSON.stringify(undos));
  };
  const rightEcho = () => {
    omni.sound("right");
    document.body.classList.add("echo-right");
    setTimeout(() => document.body.classList.remove("echo-right"), 300);
  };
  // What the server said about a task is shown before the fragment comes.
  const apply = (task) => {
    const stop = stopOf(task.id);
    if (!stop) return null;
    stop.dataset.picked = String(task.picked);
    stop.dataset.left = String(task.state === "assigned" ? task.left : 0);
    stop.dataset.open = task.state === "assigned" && task.left ? "yes" : "";
    return stop;
  };
  const inOrder = (act) => (chain = chain.then(act, act));

  const pick = (stop, pieces, more = {}) => {
    const task = stop.dataset.stop;
    const fields = { task, pieces, expected: number(stop, "picked") + onTheWay(stop), ...more };
    if (unlocked.has(task)) fields.keyholder = true;
    const tappedAt = omni.now();
    calm(stop);
    sent.set(task, onTheWay(stop) + pieces);
    draw();
    inOrder(async () => {
      const answer = await omni.act("pick", fields, { tappedAt });
      sent.set(task, (sent.get(task) ?? 0) - pieces);
      if (!answer) {
        held = [];
        omni.sound("wrong");
        draw();
        return;
      }
      remember("undo_pick", { task, pieces, expected: answer.result.task.picked });
      const done = apply(answer.result.task);
      rightEcho();
      if (done && !done.dataset.open && at === task) goOn(done);
      else draw();
      for (const text of held.splice(0)) take(text);
    });
  };
  // Locked goods: nobody is asked twice for one stop.
  let behindLock = null;
  const pickOrAsk = (stop, pieces, more) => {
    if (stop.dataset.locked && !unlocked.has(stop.dataset.stop)) {
      behindLock = () => pick(stop, pieces, more);
      dialog("keyholder").showModal();
    } else pick(stop, pieces, more);
  };

  const refuse = (stop, shape) => {
    const box = stop.querySelector(".wrong");
    box.replaceChildren(document.getElementById(shape).content.cloneNode(true));
    box.hidden = false;
    omni.sound("wrong");
    return box;
  };
  const compare = async (stop, text) => {
    const address = walk().dataset.scan.replace("/-/", `/${stop.dataset.stop}/`);
    const response = await fetch(`${address}?text=${encodeURIComponent(text)}`).catch(() => null);
    if (!response) omni.reached(false);
    return response?.ok ? response : null;
  };

  const plain = /^[0-9]{8,14}$/;
  const isWanted = (stop, text) => {
    const codes = JSON.parse(stop.dataset.codes);
    return codes.includes(text) || (plain.test(text) && codes.includes(text.padStart(14, "0")));
  };
  let judged = 0;
  const take = async (text) => {
    const stop = current();
    if (!stop) return;
    if (onTheWay(stop) && still(stop) <= 0) {
      held.push(text);
      return;
    }
    const mine = ++judged;
    if (isWanted(stop, text)) {
      if (still(stop) > 0) pickOrAsk(stop, 1, { scanned: text });
      else refuse(stop, "too-many-shape");
      return;
    }
    // Digits of a barcode are compared here; what else a scanner may read is compared by the server.
    if (plain.test(text)) refuse(stop, "wrong-shape");
    const response = await compare(stop, text);
    if (mine !== judged || current() !== stop) return;
    if (response?.status === 204) {
      pickOrAsk(stop, 1, { scanned: text });
      return;
    }
    const box = plain.test(text) ? stop.querySelector(".wrong") : refuse(stop, "wrong-shape");
    if (response) box.replaceChildren(...new DOMParser().parseFromString(await response.text(), "text/html").body.children);
  };

  document.addEventListener("scan", (event) => {
    const text = event.detail.text.trim();
    const offer = dialog("offer");
    if (offer.dataset.question) {
      event.preventDefault();
      const question = offer.dataset.question;
      offer.close();
      omni.act("propose", { question, scanned: text });
      return;
    }
    if (walk().dataset.view !== "stops") return;
    event.preventDefault();
    dialog("cannot-find").close(); // It turned up.
    dialog("keyholder").close();
    const there = listed && stops().find((stop) => stop.dataset.open && isWanted(stop, text));
    if (there) goTo(there);
    else if (listed) goTo(current());
    take(text);
  });

  // "Got it" is all that is left of the stop; the form says the same to a browser without this script.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.matches("[data-got-it]")) {
        event.preventDefault();
        event.stopPropagation();
        const stop = current();
        if (stop && still(stop) > 0) pickOrAsk(stop, still(stop), {});
      } else if (form.matches("[data-short]")) {
        event.preventDefault();
        giveUp(form, event.submitter.value);
      }
    },
    true,
  );
  const giveUp = (form, reason) => {
    const task = form.elements.task.value;
    const pieces = Number(form.querySelector("output").textContent);
    const stop = stopOf(task);
    form.closest("dialog").close();
    sent.set(task, onTheWay(stop) + pieces);
    draw();
    inOrder(async () => {
      const answer = await omni.act("short", { task, pieces, reason, expected: number(stop, "left") });
      sent.set(task, (sent.get(task) ?? 0) - pieces);
      if (!answer) {
        omni.sound("wrong");
        draw();
        return;
      }
      const { short_pick: short } = answer.result;
      if (short) remember("undo_short", { short_pick: short });
      apply(answer.result.task);
      calm(stop);
      if (!stop.dataset.open && at === task) goOn(stop);
      else draw();
    });
  };

  const steps = (form, by) => {
    const output = form.querySelector("output");
    const most = Number(form.dataset.most);
    output.textContent = String(Math.min(most, Math.max(1, Number(output.textContent) + by)));
  };
  const openSheet = (task) => {
    const form = dialog("cannot-find").querySelector("form");
    const left = still(stopOf(task));
    if (left <= 0) return;
    form.elements.task.value = task;
    form.dataset.most = String(left);
    form.querySelector("output").textContent = String(left);
    form.querySelector("[data-stepper]").hidden = left < 2;
    dialog("cannot-find").showModal();
  };
  const undo = () => {
    const last = undos.pop();
    if (!last) return;
    kept("undos", JSON.stringify(undos));
    draw();
    inOrder(async () => {
      const answer = await omni.act(last.kind, last.fields);
      if (!answer) return;
      const stop = answer.result.task && apply(answer.result.task);
      omni.sound("done");
      if (stop) goTo(stop);
    });
  };

  document.addEventListener("click", ({ target }) => {
    const row = target.closest("[data-go-to]");
    const offer = target.closest("[data-offer]");
    const step = target.closest("[data-step]");
    if (row && walk().dataset.view === "stops") goTo(stopOf(row.dataset.goTo));
    else if (offer) {
      dialog("offer").dataset.question = offer.dataset.offer;
      dialog("offer").showModal();
    } else if (step) steps(step.closest("form"), Number(step.dataset.step));
    else if (target.closest("[data-cannot-find]")) openSheet(current().dataset.stop);
    else if (target.closest("[data-next-stop]")) goOn(current());
    else if (target.closest("[data-undo-last]")) undo();
    else if (target.closest("[data-opened]")) {
      unlocked.add(at);
      dialog("keyholder").close();
      behindLock?.();
    } else if (target.closest("[data-list]")) {
      listed = !listed;
      draw();
      document.querySelector(listed ? ".walk-list" : ".stop.current .stop-shelf")?.focus({ preventScroll: true });
    }
  });
  dialog("offer").addEventListener("close", () => delete dialog("offer").dataset.question);

  // A short pick that was taken back from the sentence below cannot be taken back again.
  document.addEventListener("acted", ({ detail }) => {
    const { short_pick: short, task } = detail.result ?? {};
    if (!short || task) return;
    undos = undos.filter((one) => one.fields.short_pick !== short);
    kept("undos", JSON.stringify(undos));
  });
  // The server's truth came: pieces that it counts already are no longer on their way here.
  let before = walk().dataset.view;
  let gone = walk().dataset.gone;
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (!detail.target.matches?.(".walk") && !walk().isConnected) return;
    draw();
    const { view } = walk().dataset;
    if (walk().dataset.gone !== gone) {
      gone = walk().dataset.gone;
      if (gone) omni.toast(gone);
    }
    if (view !== before && view === "other") omni.sound("wrong");
    if (view !== before) omni.announce(document.querySelector(".walk .nothing-title")?.textContent ?? "");
    before = view;
  });
  draw();
})();
