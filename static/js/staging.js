// Bagging and staging: scan a bag, then the place where it waits. Nothing turns green before the server said so.
"use strict";

(() => {
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !node.dataset || !("keep" in node.dataset);
  // What somebody unfolded stays unfolded.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.matches?.("details, dialog"));

  const root = () => document.getElementById("staging-list");
  const facts = () => JSON.parse(root().dataset.facts);
  const squares = () => [...document.querySelectorAll("[data-bag]")];
  const byId = (id) => squares().find((one) => one.dataset.bag === id);
  const key = `undos ${location.pathname}${location.search}`;
  let hand = null; // The bag that was scanned last and has no place yet.
  let chosen = null; // The square that was tapped: the next tag belongs to it.
  let undos = JSON.parse(sessionStorage.getItem(key) ?? "[]");

  const remember = (kind, fields) => {
    undos = [...undos.slice(-19), { kind, fields }];
    sessionStorage.setItem(key, JSON.stringify(undos));
  };
  const fill = (scope, name, words) => {
    const node = scope.querySelector(`[data-${name}]`);
    if (node && node.textContent !== words) node.textContent = words;
  };
  const copySquare = (scope, square) => {
    const copy = square?.querySelector(".bag").cloneNode(true);
    copy?.classList.add("bag-call", "bag-now");
    copy?.classList.remove("bag-in");
    scope.querySelector("[data-call-bag]").replaceChildren(...(copy ? [copy] : []));
  };

  // The bag that the next tag makes: the one that was tapped, else the first of the list.
  const nextPlan = () => {
    const tapped = chosen && document.getElementById(chosen);
    return tapped?.dataset.plan ? tapped : document.querySelector("[data-plan]");
  };
  const draw = () => {
    const { words, places } = facts();
    const square = hand && byId(hand);
    if (!square) hand = null;
    if (!document.getElementById(chosen)) chosen = null;
    const plan = square ? null : nextPlan();
    for (const one of document.querySelectorAll(".bag-button")) {
      const now = one === (square ?? plan);
      one.querySelector(".bag").classList.toggle("bag-now", now);
      if (one === square) one.querySelector(".bag").classList.remove("bag-in");
    }
    for (const row of document.querySelectorAll(".staging-row")) row.classList.toggle("staging-now", Boolean(row.querySelector(".bag-now")));
    root().querySelector("[data-undo-last]")?.setAttribute("aria-disabled", String(undos.length === 0));
    // A bag in hand comes before the bags that are still to be made.
    const make = document.getElementById("make-bags");
    if (make) {
      make.hidden = Boolean(square);
      document.getElementById("scan-next").hidden = !square;
    }
    const call = document.getElementById("call");
    if (!call) return;
    copySquare(call, square ?? plan);
    if (plan) fill(call, "call-what", words.tag.replace("#", plan.dataset.call));
    if (!square) return;
    const { place, staged } = square.dataset;
    fill(call, "call-what", (staged ? words.stands : words.goes).replace("#", square.dataset.call));
    fill(call, "call-place", place || words.nowhere);
    fill(call, "call-kind", places[place]?.kind ?? "");
    fill(root(), "missing-words", words.scan.replace("#", place || "…"));
  };

  const calm = () => {
    document.getElementById("call-wrong")?.setAttribute("hidden", "");
    document.getElementById("call")?.removeAttribute("hidden");
  };
  const refuse = (title, text = "", todo = "") => {
    const box = document.getElementById("call-wrong");
    if (!box) return omni.fail(title, text);
    fill(box, "wrong-title", title);
    fill(box, "wrong-text", text || facts().words.unchanged);
    fill(box, "wrong-do", todo);
    copySquare(box, hand && byId(hand));
    box.hidden = false;
    document.getElementById("call").hidden = true;
    omni.sound("wrong");
    return undefined;
  };
  const rightEcho = () => {
    omni.sound("right");
    document.body.classList.add("echo-right");
    setTimeout(() => document.body.classList.remove("echo-right"), 300);
  };

  const take = (id) => {
    hand = id;
    chosen = null;
    omni.sound("right");
    draw();
    byId(id).closest(".staging-row").scrollIntoView({ block: "nearest" });
  };
  const refuseZone = (square, code) => {
    const { words, places, right } = facts();
    const { zone, call } = square.dataset;
    refuse(places[code].refusal, `${words[zone].replace("#", call)} ${words.unchanged}`, (right[zone] ?? "").replace("#", square.dataset.place));
  };
  const stage = async (code) => {
    const { places } = facts();
    const square = hand && byId(hand);
    if (!square) return refuse(facts().words.first);
    if (places[code].zone !== square.dataset.zone) return refuseZone(square, code);
    const bag = hand;
    const before = square.dataset.staged ? square.dataset.place : "";
    const answer = await omni.act("stage", { bag, location: code, expected: before });
    if (!answer) return omni.sound("wrong");
    if (before) remember("stage", { bag, location: before });
    else remember("unstage", { bag });
    if (hand === bag) hand = null;
    rightEcho();
    return undefined;
  };
  const makeBag = async (plan, tag = null) => {
    const answer = await omni.act("bag", tag ? { ...plan, tag } : plan);
    if (answer) remember("empty", { bag: answer.result.package.id });
    return answer;
  };
  // The same contents twice are two bags, so each one of a row is told apart by its number.
  const makeAll = async (button) => {
    button.setAttribute("aria-disabled", "true");
    for (const [number, plan] of facts().plans.entries()) {
      if (!(await makeBag({ ...plan, nth: number }))) break;
    }
    button.removeAttribute("aria-disabled");
    omni.sound("done");
  };

  // Barcodes of goods end in a check digit; a tag that looks like one would be a mistake of the finger.
  const isGoods = (text) => {
    if (!/^([0-9]{8}|[0-9]{12,14})$/.test(text)) return false;
    const digits = [...text].reverse().map(Number);
    return digits.reduce((sum, digit, place) => sum + digit * (place % 2 ? 3 : 1), 0) % 10 === 0;
  };
  // A place that does not exist, or no more, is not what hangs on a bag.
  const looksLikePlace = (text) => new RegExp(`^(${facts().place_pattern || "(?!)"})$`).test(text.toUpperCase());
  const bind = async (text) => {
    const { words } = facts();
    if (isGoods(text)) return refuse(words.goods);
    if (looksLikePlace(text)) return refuse(words.no_place.replace("#", () => text));
    const square = (hand && byId(hand)) || nextPlan();
    if (!square) return refuse(words.unknown, text, words.choose);
    const { call } = square.dataset;
    if (square.dataset.tag) return refuse(words.tagged.replace("#", call), text);
    const answer = square.dataset.plan ? await makeBag(JSON.parse(square.dataset.plan), text) : await omni.act("bind_tag", { bag: square.dataset.bag, tag: text });
    if (!answer) return omni.sound("wrong");
    chosen = null;
    hand = answer.result.package.id;
    omni.toast(words.hangs.replace("#", call).replace("@", () => text));
    rightEcho();
    return undefined;
  };

  document.addEventListener("scan", (event) => {
    const text = event.detail.text.trim();
    if (!document.getElementById("call")) return;
    const code = text.toUpperCase();
    const bag = squares().find((one) => one.dataset.bag === text || (one.dataset.tag && one.dataset.tag === text));
    if (!bag && (text.startsWith("bag_") || text.startsWith("OMNI:"))) return; // Another order's: it is looked up.
    event.preventDefault();
    calm();
    omni.calm();
    if (bag) take(bag.dataset.bag);
    else if (facts().places[code]) stage(code);
    else bind(text);
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("[data-own-bag]")) return;
      event.preventDefault();
      const contents = {};
      for (const input of form.querySelectorAll("[data-line]")) {
        if (Number(input.value) > 0) contents[input.dataset.line] = Number(input.value);
      }
      makeBag({ order: form.dataset.ownBag, contents, nth: document.querySelectorAll(`[data-order="${form.dataset.ownBag}"] [data-bag]`).length });
    },
    true,
  );
  document.addEventListener("click", ({ target }) => {
    const square = target.closest(".bag-button");
    const make = target.closest("[data-make-bags]");
    if (make && make.getAttribute("aria-disabled") !== "true") makeAll(make);
    else if (square) {
      calm();
      if (square.dataset.bag) take(square.dataset.bag);
      else {
        hand = null;
        chosen = square.id;
        draw();
      }
    } else if (target.closest("[data-undo-last]")) {
      const last = undos.pop();
      sessionStorage.setItem(key, JSON.stringify(undos));
      draw();
      if (last) omni.act(last.kind, last.fields).then((answer) => answer && omni.sound("done"));
    }
  });
  document.addEventListener("htmx:afterSwap", draw);
  draw();
})();
