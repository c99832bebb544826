// Makes the page livelier for those whose browser runs this; everything works without it.
(() => {
  "use strict";
  const status = document.getElementById("status");
  const offline = document.getElementById("offline");
  const spoken = document.getElementById("spoken");
  const every = Number(status?.dataset.poll || 0) * 1000;
  let tag = "";
  let last = Date.now();

  // The button repeats what was chosen, so that nobody has to guess what it does.
  document.addEventListener("change", (event) => {
    const says = event.target.dataset?.says;
    if (says) {
      event.target.form.querySelector("button[data-empty]").textContent = says;
    }
  });

  // A second tap sends nothing more. Coming back with the browser's own button must find the form usable.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) {
      event.preventDefault();
    }
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload();
    }
  });

  const isInUse = (part) =>
    part.querySelector("input:checked, input:focus, select:focus, form[data-sent]") !== null;

  // Whatever a person has opened stays open, and what they are typing in stays as it is.
  const swap = (fresh, id) => {
    const old = document.getElementById(id);
    const next = fresh.getElementById(id);
    if (!old || !next || isInUse(old) || (id === "change" && old.open)) {
      return false;
    }
    old.querySelectorAll("details[open][id]").forEach((part) => {
      next.querySelector(`#${part.id}`)?.setAttribute("open", "");
    });
    old.replaceWith(next);
    return true;
  };

  const show = (text) => {
    const before = document.querySelector("h1")?.textContent;
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (fresh.body.dataset.build !== document.body.dataset.build) {
      location.reload();
      return false;
    }
    const swapped = swap(fresh, "status");
    swap(fresh, "change");
    const now = document.querySelector("h1")?.textContent;
    if (swapped && now !== before) {
      document.title = fresh.title;
      spoken.textContent = now;
      navigator.vibrate?.(200);
    }
    return swapped;
  };

  const look = async () => {
    last = Date.now();
    try {
      const answer = await fetch(location.pathname, {
        headers: { "If-None-Match": tag, "X-Background": "1" },
        credentials: "same-origin",
        cache: "no-store",
      });
      offline.hidden = answer.status < 500;
      if (answer.status === 404) {
        location.reload();
      } else if (answer.ok && show(await answer.text())) {
        tag = answer.headers.get("ETag") || "";
      }
    } catch {
      offline.hidden = false;
    }
  };

  if (every) {
    window.setInterval(() => {
      if (!document.hidden) {
        look();
      }
    }, every);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - last > 3000) {
        look();
      }
    });
  }
})();
