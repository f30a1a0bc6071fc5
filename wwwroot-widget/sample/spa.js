// Follows links the way Turbo does: a new body in the place of the old one, and a new address.
document.addEventListener("click", event => {
  const link = event.target instanceof Element && event.target.closest("a[href^='?']");
  if (!link) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  draw();
});
addEventListener("popstate", draw);
if (location.search) draw();

function draw() {
  const name = new URLSearchParams(location.search).get("page") ?? "Sofas";
  const body = document.body.cloneNode(true);
  body.querySelector("h1").textContent = name;
  document.title = `${name}, Alder & Finch`;
  document.body.replaceWith(body);
}
