// What was done for one handoff so far, kept in this tab until it is over: neither a reload nor a lock loses it.
"use strict";

(() => {
  const empty = () => ({ bags: [], checks: [], path: "code", person: "customer", receipt: "", approval: null, lines: null });
  omni.handoff = {
    load: (order) => ({ ...empty(), ...JSON.parse(sessionStorage.getItem(`handoff ${order}`) ?? "{}") }),
    save: (order, state) => sessionStorage.setItem(`handoff ${order}`, JSON.stringify(state)),
    forget: (order) => sessionStorage.removeItem(`handoff ${order}`),
  };

  // Bags that still have to be scanned. Without a plan it is all of them; with one only those whose pieces are needed.
  omni.handoff.missing = (bags, state) => {
    const out = bags.filter((bag) => !state.bags.includes(bag.id));
    if (!state.lines) return out;
    const wanted = new Set();
    for (const [line, plan] of Object.entries(state.lines)) {
      let left = plan.collected + (plan.refused ?? 0);
      for (const bag of bags) if (!out.includes(bag)) left -= bag.held[line] ?? 0;
      for (const bag of out) {
        if (left <= 0) break;
        if (!bag.held[line]) continue;
        wanted.add(bag);
        left -= bag.held[line];
      }
    }
    return [...wanted];
  };
  omni.handoff.given = (lines) => Object.values(lines).reduce((sum, plan) => sum + plan.collected, 0);
})();
