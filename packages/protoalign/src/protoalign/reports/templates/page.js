"use strict";
// Filters and shortcuts. Without this script the page shows everything.
(() => {
  const find = (id) => document.getElementById(id);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  const form = find("filters");
  const items = all(".finding").map((node) => ({ node, text: null }));
  const rpcsOf = new Map(
    all("[data-rpcs]").map((node) => [node.id.replace("reach-", ""), new Set(node.dataset.rpcs.split(" "))]),
  );

  function fits(item, wanted) {
    const { impact, file, reach } = item.node.dataset;
    if (wanted.impacts.size && !wanted.impacts.has(impact)) return false;
    if (wanted.file && wanted.file !== file) return false;
    if (wanted.rpc && !(reach && rpcsOf.get(reach).has(wanted.rpc))) return false;
    if (!wanted.words.length) return true;
    item.text ??= item.node.textContent.toLowerCase();
    return wanted.words.every((word) => item.text.includes(word));
  }

  function apply() {
    const wanted = {
      impacts: new Set(all("input[name=impact]:checked", form).map((box) => box.value)),
      file: find("file").value,
      rpc: find("rpc").value,
      words: find("search").value.toLowerCase().split(/\s+/).filter(Boolean),
    };
    let shown = 0;
    for (const item of items) {
      const fitting = fits(item, wanted);
      item.node.hidden = !fitting;
      shown += fitting;
    }
    find("nothing").hidden = shown > 0;
    const total = items.length.toLocaleString("en");
    find("shown").textContent =
      shown === items.length ? `all ${total} shown` : `${shown.toLocaleString("en")} of ${total} shown`;
  }

  function clear() {
    form.reset();
    apply();
  }

  function goToFindings() {
    const section = find("findings");
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  }

  if (form) {
    let waiting = 0;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    find("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 120);
    });
    const setShown = (open) => {
      for (const details of all(".finding:not([hidden]) > details")) details.open = open;
    };
    find("open-all").addEventListener("click", () => setShown(true));
    find("close-all").addEventListener("click", () => setShown(false));
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-filter-file], a[data-filter-impact]");
      if (!link) return;
      event.preventDefault();
      form.reset();
      if (link.dataset.filterFile) find("file").value = link.dataset.filterFile;
      for (const box of all("input[name=impact]", form)) box.checked = box.value === link.dataset.filterImpact;
      apply();
      goToFindings();
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input[type=search], select, textarea");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        find("search").focus();
        find("search").select();
      }
    });
    apply();
  }

  // A link into something that is folded or filtered away opens it.
  function reveal() {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const finding = target.closest(".finding");
    if (finding && finding.hidden) clear();
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    const inside = target.classList.contains("finding") && target.querySelector("details");
    if (inside) inside.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Paper cannot be opened: print what is folded, and fold it again.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
