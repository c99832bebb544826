// A scan on the task list goes to the task of that piece, bag or place; anything else is looked up.
"use strict";

Idiomorph.defaults.ignoreActiveValue = true;
document.addEventListener("scan", (event) => {
  const code = event.detail.text.trim();
  const task = [...document.querySelectorAll("[data-codes]")].find((one) => one.dataset.codes.split(" ").includes(code));
  if (!task) return;
  event.preventDefault();
  for (const one of document.querySelectorAll(".task-now")) one.classList.remove("task-now");
  task.classList.add("task-now");
  task.scrollIntoView({ block: "center" });
  (task.querySelector("input:not([type=hidden])") ?? task).focus();
  omni.sound("right");
});
