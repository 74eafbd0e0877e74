(function () {
  "use strict";
  // What a column of the chart tells, in words, where there is a pointer or a finger.
  Array.prototype.forEach.call(document.querySelectorAll(".chart-box"), function (box) {
    var readout = box.querySelector(".readout");
    box.addEventListener("pointerover", function (event) {
      var column = event.target.closest(".column");
      if (column) { readout.textContent = column.dataset.told; }
    });
    box.addEventListener("pointerleave", function () { readout.textContent = ""; });
  });
  // What is folded is printed.
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details"), function (fold) { fold.open = true; });
  });
}());
