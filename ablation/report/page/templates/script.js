(() => {
  let from = null, top = 0;
  const open = () => document.querySelector(".cell:target");
  const rows = (table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.querySelector("a")));
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#cell-"]');
    if (link && !link.closest(".cell")) { from = link; top = scrollY; }
  });
  addEventListener("hashchange", () => {
    const cell = open();
    if (cell) { cell.scrollTop = 0; cell.focus({ preventScroll: true }); }
    if (!cell && from) { scrollTo({ top, behavior: "instant" }); from.focus({ preventScroll: true }); from = null; }
  });
  for (const button of document.querySelectorAll(".copy")) {
    const code = button.closest("figure").querySelector("code");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {  // not allowed in a sandbox, nor in some browsers on a page from the disk
        getSelection().selectAllChildren(code);
        if (!document.execCommand("copy")) return;  // the code stays selected
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open()) { location.hash = "heatmap"; return; }
    const link = event.target.closest?.(".heat a"), move = moves[event.key];
    if (!link || !move) return;
    const grid = rows(link.closest("table")), y = grid.findIndex((row) => row.includes(link)), x = grid[y].indexOf(link);
    const next = grid[y + move[0]]?.[x + move[1]];
    if (next) { next.focus(); event.preventDefault(); }
  });
  if (open()) open().focus({ preventScroll: true });
})();
