// A code that was typed in the board's field comes here: it is tried by a command, because tries are counted.
"use strict";

(() => {
  const form = document.querySelector("[data-find-code]");
  const find = async () => {
    const code = form.elements.code.value.trim();
    if (!code) return;
    const answer = await omni.act("find_code", { code }, { element: form.querySelector("button") });
    if (answer && !answer.go) {
      omni.sound("wrong");
      omni.fail(form.dataset.unknown, form.dataset.unknownMore);
      form.elements.code.select();
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  // The address keeps no code: it would stay in the tablet's history.
  if (location.search) history.replaceState(null, "", location.pathname);
  find();
})();
