/* Galleries of stills: show the picture that the controls choose. */
"use strict";

function choose(gallery) {
  const controls = [...gallery.querySelectorAll("input, select")];
  const at = controls.map((control) => control.value).join(" ");
  for (const picture of gallery.querySelectorAll("img")) {
    picture.hidden = picture.dataset.at !== at;
  }
  for (const control of controls) {
    if (control.dataset.values) {
      const value = control.dataset.values.split(" ")[control.value];
      control.setAttribute("aria-valuetext", value);
      control.parentElement.querySelector("output").value = value;
    }
  }
}

for (const gallery of document.querySelectorAll(".stills")) {
  gallery.querySelector(".stills-controls").hidden = false;
  gallery.addEventListener("input", () => choose(gallery));
  choose(gallery); // a browser may have kept the places of the controls
}

/* The side bar's folds say nothing to a screen reader but for this. */
for (const fold of document.querySelectorAll(".bd-sidebar-primary summary")) {
  const page = fold.closest("li").querySelector("a");
  fold.setAttribute("aria-label", `Pages of ${page.textContent.trim()}`);
}

/* What scrolls sideways can be reached by the keyboard. */
function reachable() {
  for (const box of document.querySelectorAll("pre, table, .formula, .pst-scrollable-table-container, .cell_output div")) {
    if (box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX)) {
      box.tabIndex = 0;
    }
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
