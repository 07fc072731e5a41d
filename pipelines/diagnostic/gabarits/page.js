// A part that is wider than the screen is drawn aside with the keyboard; the others need no stop.
const stops = new ResizeObserver((parts) => {
  for (const { target } of parts) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.querySelectorAll(".defile, .image").forEach((part) => stops.observe(part));

// Each chart is a picture until a reader asks it to answer: nothing runs before.
for (const button of document.querySelectorAll("figure button")) {
  const figure = button.closest("figure");
  const frame = figure.querySelector(".image");
  const picture = frame.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const asked = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(asked));
    button.textContent = asked ? "Revenir à l’image" : "Interroger le graphique";
    if (asked) {
      frame.textContent = "";
      await vegaEmbed(frame, DOSSIER.figures[figure.id], {
        renderer: "svg", actions: false, ast: true, ...DOSSIER.francais,
      });
    } else {
      frame.innerHTML = picture;
    }
  });
}
