(() => {
  const every = 2000, byId = (id) => document.getElementById(id);
  const put = (id, html) => { if (byId(id).innerHTML !== html) byId(id).innerHTML = html; };
  let table = null, endings = null;
  const refresh = async () => {
    try {
      const response = await fetch("update", { cache: "no-store" });
      if (response.ok) {
        const now = await response.json();
        if (now.finished) { location.replace(now.address); return; }
        byId("words").textContent = now.words;
        byId("progress").max = now.total;
        byId("progress").value = now.done;
        if (now.table !== table) { table = now.table; put("table", table); }
        if (now.endings !== endings) { endings = now.endings; put("endings", endings); }
      }
    } catch { /* the server is gone, or a file was being replaced: ask again */ }
    setTimeout(refresh, every);
  };
  setTimeout(refresh, every);
})();
