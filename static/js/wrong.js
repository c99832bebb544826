// Something's wrong: what is taken and what is not becomes a plan, which the handoff then carries out as a whole.
"use strict";

(() => {
  const form = document.querySelector(".wrong-form");
  const words = JSON.parse(form.dataset.words);
  const goOn = document.querySelector("[data-go-on]");
  const what = () => form.elements.what.value;
  const lines = [...document.querySelectorAll("[data-line]")];
  const taken = (line) => Number(line.querySelector("[data-taken]").textContent);
  const open = (line) => Number(line.dataset.open);
  const reason = (line) => line.querySelector("select").value;

  const part = () => {
    const plan = {};
    for (const line of lines) {
      const rest = open(line) - taken(line);
      const entry = { collected: taken(line), refused: 0 };
      if (rest && reason(line) !== "stays") Object.assign(entry, { refused: rest, reason: reason(line) });
      plan[line.dataset.line] = entry;
    }
    return plan;
  };
  const nothing = () => Object.fromEntries(lines.map((line) => [line.dataset.line, { collected: 0, refused: open(line), reason: form.elements.reason.value }]));
  const given = () => lines.reduce((sum, line) => sum + taken(line), 0);

  // [ready, words]
  const verdict = () => {
    if (what() === "part") {
      const short = lines.filter((line) => taken(line) < open(line));
      if (short.length === 0) return [false, words.less];
      if (short.some((line) => !reason(line))) return [false, words.why];
      const leaves = given() > 0 || short.some((line) => reason(line) !== "stays");
      return leaves ? [true, words.part.replace("#", String(given()))] : [false, words.choose];
    }
    if (what() === "refused") return form.elements.reason.value ? [true, words.refused] : [false, words.why];
    return [false, words.choose];
  };
  const show = () => {
    for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== what();
    for (const line of lines) {
      const left = open(line) - taken(line);
      line.querySelector("[data-rest]").hidden = left === 0;
      line.querySelector("[data-left]").textContent = String(left);
      line.querySelector("[data-less]").setAttribute("aria-disabled", String(taken(line) === 0));
      line.querySelector("[data-more]").setAttribute("aria-disabled", String(left === 0));
    }
    const [ready, label] = verdict();
    goOn.hidden = what() === "missing" || what() === "nobody";
    goOn.textContent = label;
    goOn.classList.toggle("primary", ready);
    goOn.classList.toggle("missing", !ready);
  };

  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-less], [data-more]");
    if (!button) return;
    const line = button.closest("[data-line]");
    const next = taken(line) + ("less" in button.dataset ? -1 : 1);
    line.querySelector("[data-taken]").textContent = String(Math.min(open(line), Math.max(0, next)));
    show();
  });
  const says = () => {
    if (what() === "refused") return form.querySelector("[name=reason]:checked").closest("label").textContent.trim();
    return lines
      .filter((line) => taken(line) < open(line))
      .map((line) => `${open(line) - taken(line)} ${line.querySelector("[data-name]").textContent}: ${line.querySelector("select").selectedOptions[0].textContent}`)
      .join(", ");
  };
  goOn.addEventListener("click", () => {
    if (!verdict()[0]) return;
    const order = form.dataset.order;
    const plan = what() === "part" ? part() : nothing();
    omni.handoff.save(order, { ...omni.handoff.load(order), lines: plan, said: says() });
    location.assign(form.dataset.back);
  });
  show();
})();
