// The keypad, the dots and the clock of a locked tablet. Without this script the form still works.
"use strict";

(() => {
  const form = document.querySelector("[data-lock]");
  const pin = form.elements.pin;
  const unlock = form.querySelector("[data-unlock]");
  const dots = form.querySelector("[data-dots]");
  const least = 6;

  const chosen = () => form.querySelector('input[name="person"]:checked');

  // The button says what is missing and turns blue only when it can be done.
  const refresh = () => {
    const missing = least - pin.value.length;
    let words = form.dataset.ready;
    if (!chosen()) words = form.dataset.who;
    else if (missing === 1) words = form.dataset.one;
    else if (missing > 1) words = form.dataset.more.replace("#", String(missing));
    const ready = Boolean(chosen()) && missing <= 0;
    unlock.textContent = words;
    unlock.classList.toggle("primary", ready);
    unlock.classList.toggle("missing", !ready);
    unlock.setAttribute("aria-disabled", String(!ready));
    dots.replaceChildren(
      ...Array.from({ length: Math.max(least, pin.value.length) }, (_, index) => {
        const dot = document.createElement("i");
        dot.classList.toggle("full", index < pin.value.length);
        return dot;
      }),
    );
  };

  const type = (digit) => {
    if (pin.value.length < pin.maxLength) pin.value += digit;
    refresh();
  };

  form.querySelector("[data-pad]").hidden = false;
  form.classList.add("with-pad");
  pin.inputMode = "none"; // The keypad is on the page; the tablet's own would cover it.
  form.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digit], [data-back], [data-clear]");
    if (!key) return;
    if (key.dataset.digit) type(key.dataset.digit);
    else {
      pin.value = "back" in key.dataset ? pin.value.slice(0, -1) : "";
      refresh();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "person") pin.value = "";
    refresh();
  });
  pin.addEventListener("input", () => {
    pin.value = pin.value.replace(/\D/g, "");
    refresh();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === pin || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) type(event.key);
    else if (event.key === "Backspace") {
      pin.value = pin.value.slice(0, -1);
      refresh();
    } else if (event.key === "Enter" && event.target === document.body) form.requestSubmit(unlock);
  });
  form.addEventListener("submit", (event) => {
    if (unlock.getAttribute("aria-disabled") === "true" || form.dataset.sent) event.preventDefault();
    else form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    pin.value = "";
    refresh();
  });

  const clock = form.querySelector("[data-clock]");
  const offset = Date.parse(clock.dateTime) - Date.now(); // The server's time, not the tablet's.
  const face = new Intl.DateTimeFormat("en-GB", { timeZone: clock.dataset.clock, hour: "2-digit", minute: "2-digit" });
  setInterval(() => {
    clock.textContent = face.format(new Date(Date.now() + offset));
  }, 1000);
  refresh();
})();
