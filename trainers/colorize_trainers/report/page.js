"use strict";
for (const slider of document.querySelectorAll(".slider")) {
  const range = slider.querySelector("input");
  const show = () => {
    slider.style.setProperty("--at", range.value + "%");
    range.setAttribute("aria-valuetext", range.value + " % " + range.dataset.left);
  };
  const follow = (event) => {
    const box = slider.getBoundingClientRect();
    range.value = (100 * (event.clientX - box.left)) / box.width;
    show();
  };
  range.addEventListener("input", show);
  slider.addEventListener("mousedown", (event) => event.preventDefault());
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    slider.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true });
    follow(event);
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) follow(event);
  });
  show();
}
