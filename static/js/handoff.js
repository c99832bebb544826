// Handing over: scans fill bags, the bar says what is missing, and nothing is done before the server says so.
"use strict";

(() => {
  Idiomorph.defaults.ignoreActiveValue = true;
  const root = () => document.querySelector(".handoff");
  const give = () => document.querySelector("[data-give]");
  const order = root().dataset.order;
  const words = JSON.parse(root().dataset.words);
  const facts = () => root().dataset;
  let state = omni.handoff.load(order);
  let flying = false;
  let unfolded = false;
  let mistake = ""; // What was wrong with the last code.
  let version = 0; // The newest one that an answer named; the screen may show an older one for a moment.

  const keep = (change) => {
    state = { ...state, ...change };
    omni.handoff.save(order, state);
    show();
  };
  const stopped = () => root().classList.contains("handoff-stopped");
  const bags = () =>
    [...document.querySelectorAll("[data-bag]")].map((node) => ({
      node,
      id: node.dataset.bag,
      number: node.dataset.number,
      codes: JSON.parse(node.dataset.codes),
      held: JSON.parse(node.dataset.held),
      stop: node.dataset.stop,
    }));
  const approved = () => state.approval !== null && state.approval.until > Date.now();
  const path = () => {
    if (facts().method) return "code";
    if (facts().locked && !approved()) return "id";
    return state.path;
  };
  const byCollector = () => (facts().method ? facts().holder === "collector" : state.person === "collector" && facts().collector !== "");
  const needs = () => {
    const all = JSON.parse(facts().needs);
    if (path() === "code") return facts().method ? all.code : ["code", ...all.code];
    return all[byCollector() ? "collector" : "customer"];
  };
  const isDone = (check) => (check === "manager" ? approved() : state.checks.includes(check));
  // Seeing an ID says whose it is, and so who stands here.
  const isOf = (node) => !node.dataset.of || (node.dataset.of === "collector") === byCollector();
  const takesSome = () => !state.lines || omni.handoff.given(state.lines) > 0;

  // What is missing, top down: [name, words]; null when it can be done.
  const lacking = () => {
    if (facts().due && takesSome() && !state.receipt) return ["pay", words.pay];
    const check = needs().find((one) => !isDone(one));
    if (check) return [check, words[check === "qr" ? "code" : check]];
    const missing = omni.handoff.missing(bags(), state).length;
    return missing ? ["bags", words.bags[missing]] : null;
  };
  const verb = () => {
    if (!state.lines) return words.give[bags().length];
    return takesSome() ? words.part.replace("#", String(omni.handoff.given(state.lines))) : words.refuse;
  };

  const toggle = (selector, yes) => {
    for (const node of document.querySelectorAll(selector)) node.hidden = !yes;
  };
  const showBags = () => {
    const all = bags();
    const here = all.filter((bag) => state.bags.includes(bag.id));
    const next = omni.handoff.missing(all, state)[0];
    for (const bag of all) {
      bag.node.classList.toggle("bag-in", here.includes(bag));
      bag.node.classList.toggle("bag-now", bag === next && !stopped());
    }
    for (const place of document.querySelectorAll("[data-place]")) {
      place.classList.toggle("place-over", place.dataset.bags.split(" ").every((id) => state.bags.includes(id)));
    }
    const count = document.querySelector(".band-bags .band-name b");
    if (count) count.textContent = count.textContent.replace(/\d+/, String(here.length));
  };
  const showPayment = () => {
    const paid = state.receipt !== "";
    toggle("[data-receipt-form]", !paid);
    toggle("[data-receipt-done], [data-receipt-change]", paid);
    for (const node of document.querySelectorAll("[data-receipt]")) node.textContent = state.receipt;
  };
  const showChecks = () => {
    const now = path();
    for (const node of document.querySelectorAll("[data-path-of]")) node.hidden = node.dataset.pathOf !== now;
    toggle("[data-path-switch]", !facts().locked || approved());
    for (const node of document.querySelectorAll("[data-code-wrong]")) node.textContent = mistake;
    for (const node of document.querySelectorAll("[data-manager]")) node.textContent = state.approval?.name ?? "";
    for (const node of document.querySelectorAll("[data-check]")) {
      node.hidden = !needs().includes(node.dataset.check);
      node.setAttribute("aria-pressed", String(isDone(node.dataset.check) && isOf(node)));
    }
  };
  const showBar = () => {
    const button = give();
    if (!button) return;
    const lack = lacking();
    const label = flying ? words.flying : lack ? lack[1] : verb();
    const ready = !lack && !flying;
    const offline = document.body.classList.contains("offline");
    button.classList.toggle("primary", ready && !offline);
    button.classList.toggle("missing", !ready || offline);
    button.querySelector("[data-scan-icon]").hidden = lack?.[0] !== "bags" || flying;
    button.querySelector("[data-label]").textContent = ready && offline ? words.back.replace("#", label) : label;
  };
  const showPlan = () => {
    toggle("[data-plan]", state.lines !== null);
    const said = document.querySelector("[data-plan-words]");
    if (said && state.lines) said.textContent = state.said;
  };
  const show = () => {
    if (facts().state === "collected") omni.handoff.forget(order);
    const fold = document.querySelector("[data-fold]");
    fold?.setAttribute("aria-expanded", String(unfolded));
    toggle("#contents", unfolded);
    showBags();
    showPayment();
    showChecks();
    showPlan();
    showBar();
  };

  // A wrong scan cannot be overlooked, changes nothing, and stays until the next scan.
  const stray = (title, code = "") => {
    const box = document.getElementById("stray");
    box.querySelector("[data-title]").textContent = title;
    document.getElementById("stray-more").replaceChildren();
    box.hidden = false;
    omni.sound("wrong");
    if (code) htmx.ajax("GET", `${facts().stray}?code=${encodeURIComponent(code)}`, { target: "#stray-more", swap: "innerHTML" });
  };
  const calm = () => {
    document.getElementById("stray").hidden = true;
    omni.calm();
  };

  const plain = (text) => text.toLocaleUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
  const bagOf = (code) => bags().find((bag) => bag.codes.includes(code) || bag.codes.slice(1).some((one) => plain(one) === plain(code)));
  const take = (bag) => {
    calm();
    if (bag.stop) {
      stray(bag.stop);
      return;
    }
    if (!state.bags.includes(bag.id)) keep({ bags: [...state.bags, bag.id] });
    omni.sound("right");
    omni.announce(words.in[bags().findIndex((one) => one.id === bag.id) + 1]);
  };
  const check = async (code, element = null) => {
    const answer = await omni.act("check_code", { order, code }, { element, approval: approved() ? state.approval.nod : "" });
    if (!answer) return;
    omni.sound(answer.result.right ? "right" : "wrong");
    mistake = answer.result.right ? "" : words.tries[answer.result.tries_left];
    showChecks();
  };

  // Some wallets show the pickup code as a plain barcode: while it is asked for, it counts as typed.
  const isAskedCode = (code) => !stopped() && needs().includes("code") && new RegExp(`^${words.code_pattern}$`).test(code.toUpperCase());

  document.addEventListener("scan", (event) => {
    const code = event.detail.text.trim();
    const receipt = document.activeElement?.id === "receipt" ? document.activeElement : null;
    const bag = bagOf(code);
    if (code.startsWith("OMNI:") && !code.includes(order)) return; // Somebody else's turn: it is looked up.
    event.preventDefault();
    if (bag) take(bag);
    else if (code.startsWith("OMNI:")) check(code);
    else if (receipt) keep({ receipt: code });
    else if (isAskedCode(code)) check(code);
    else if (document.querySelector(`[data-place="${CSS.escape(code)}"]`)) calm();
    else if (!stopped() || code.startsWith("bag_")) stray(words.stray, code);
    else omni.find(code, true);
  });

  const handOver = async (button) => {
    flying = true;
    showBar();
    const fields = { order, bags: state.bags, checks: state.checks, method: facts().method || "id", by_collector: byCollector(), expected: Math.max(version, Number(facts().version)) };
    if (state.receipt && takesSome()) fields.receipt = state.receipt;
    if (state.lines) fields.lines = state.lines;
    const answer = await omni.act("hand_over", fields, { element: button, approval: approved() ? state.approval.nod : "" });
    flying = false;
    if (answer) {
      omni.handoff.forget(order);
      omni.sound("done");
    } else showBar();
  };

  // The second tablet hears who was first, once the page knows.
  document.addEventListener("refused", ({ detail }) => {
    if (detail.code !== "changed_meanwhile") return;
    document.addEventListener("htmx:afterSettle", () => facts().gone && omni.fail(facts().gone), { once: true });
  });
  document.addEventListener("acted", ({ detail }) => {
    const answered = detail.result?.order;
    if (answered?.id === order) version = Math.max(version, answered.version);
  });

  const taps = {
    "[data-give]": (button) => {
      const lack = lacking();
      if (flying) return;
      if (!lack) handOver(button);
      else if (lack[0] === "pay") document.getElementById("receipt").focus();
      else if (lack[0] === "code" || lack[0] === "qr") document.getElementById("pickup-code").focus();
      else if (lack[0] === "bags") document.getElementById("type-bag").showModal();
      else if (lack[0] === "manager") document.getElementById("approve").showModal();
      else document.querySelector(`[data-check="${lack[0]}"]`).focus();
    },
    "[data-check]": (node) => {
      const { check, of } = node.dataset;
      if (check === "manager") return;
      const others = state.checks.filter((one) => one !== check);
      keep({ checks: isDone(check) && isOf(node) ? others : [...others, check], person: of ?? state.person });
    },
    "[data-path-switch]": () => keep({ path: state.path === "code" ? "id" : "code" }),
    "[data-receipt-change]": () => {
      keep({ receipt: "" });
      document.getElementById("receipt").focus();
    },
    "[data-plan-drop]": () => keep({ lines: null }),
    "[data-fold]": () => {
      unfolded = !unfolded;
      show();
    },
    "[data-stray-close]": calm,
  };
  document.addEventListener("click", ({ target }) => {
    for (const [selector, tap] of Object.entries(taps)) {
      const node = target.closest?.(selector);
      if (node) tap(node);
    }
  });
  const approve = async (form) => {
    const wrong = form.querySelector("[data-approve-wrong]");
    const body = new URLSearchParams(new FormData(form));
    body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    form.elements.pin.value = "";
    wrong.textContent = answer?.ok ? "" : (said?.title ?? omni.frame.words.unsent);
    if (!answer?.ok) return;
    const name = form.querySelector(":checked").closest("label").textContent.trim();
    keep({ path: "id", approval: { nod: said.approval, name, until: Date.now() + 270000 } });
    form.closest("dialog").close();
  };
  const forms = {
    "[data-receipt-form]": (form) => form.elements.receipt.value.trim() && keep({ receipt: form.elements.receipt.value.trim() }),
    "[data-code-form]": (form, button) => {
      const code = form.elements.code.value.trim();
      form.elements.code.value = "";
      if (code) check(code, button);
    },
    "[data-type-bag]": (form) => {
      const bag = bagOf(form.elements.code.value.trim());
      if (bag) take(bag);
      else stray(words.stray);
      form.reset();
      form.closest("dialog").close();
    },
    "[data-approve]": approve,
  };
  document.addEventListener("submit", (event) => {
    const found = Object.entries(forms).find(([selector]) => event.target.matches(selector));
    if (!found) return;
    event.preventDefault();
    found[1](event.target, event.submitter);
  });

  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:afterSwap", show);
  new MutationObserver(showBar).observe(document.body, { attributeFilter: ["class"] });
  setInterval(() => state.approval && showChecks(), 5000);
  show();
})();
