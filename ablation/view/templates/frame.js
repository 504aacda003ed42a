// The report cannot see this page's address, so the section in it is passed on.
(() => {
  const frame = document.querySelector("iframe");
  const follow = () => { frame.src = frame.dataset.page + location.hash; };
  addEventListener("hashchange", follow);
  frame.addEventListener("load", () => frame.focus());  // so that the keyboard scrolls the report
  follow();
})();
