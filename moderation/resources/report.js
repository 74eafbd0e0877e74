
(function () {
  "use strict";
  var covered = Array.prototype.slice.call(document.querySelectorAll(".mk"));
  var all = document.getElementById("uncover");
  if (!covered.length || !window.TextDecoder) { return; }
  var decoder = new TextDecoder();
  function under(element) {
    return decoder.decode(Uint8Array.from(atob(element.dataset.m), function (char) { return char.charCodeAt(0); }));
  }
  function show(element, on) {
    if (element.dataset.veil === undefined) { element.dataset.veil = element.textContent; }
    element.textContent = on ? under(element) : element.dataset.veil;
    element.classList.toggle("seen", on);
    element.setAttribute("aria-pressed", String(on));
  }
  function toggle(element) {
    var on = !element.classList.contains("seen");
    var around = element.closest(".b, li, h2") || element.parentNode;
    Array.prototype.forEach.call(around.querySelectorAll(".mk"), function (other) {
      if (other.dataset.g === element.dataset.g) { show(other, on); }
    });
  }
  covered.forEach(function (element) {
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-pressed", "false");
    element.title = "点按显示或遮盖";
  });
  document.addEventListener("click", function (event) {
    var element = event.target.closest(".mk");
    if (element) { toggle(element); }
  });
  document.addEventListener("keydown", function (event) {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches(".mk")) {
      event.preventDefault();
      toggle(event.target);
    }
  });
  var shown = false;
  all.hidden = false;
  all.addEventListener("click", function () {
    shown = !shown;
    covered.forEach(function (element) { show(element, shown); });
    all.textContent = shown ? "重新遮盖文字" : "显示遮盖的文字";
    all.setAttribute("aria-pressed", String(shown));
  });
}());

(function () {
  "use strict";
  // Inside another page, which has told the action, the report is as tall as its text: it tells its height, and where
  // a link within it leads.
  if (window.parent === window || !window.ResizeObserver) { return; }
  document.documentElement.className = "framed";
  function tell(message) { window.parent.postMessage(message, "*"); }
  new ResizeObserver(function () { tell({ height: document.documentElement.offsetHeight }); }).observe(document.body);
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href^='#']");
    var place = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) { return; }
    // Followed as it is, a link in such a frame leads to the page around: its address is what `#` adds to.
    event.preventDefault();
    window.location.hash = link.hash;
    tell({ top: place.getBoundingClientRect().top });
  });
}());
