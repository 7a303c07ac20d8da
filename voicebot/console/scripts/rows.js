// Rows of a form that grow: whoever writes into the last one gets another. Without this script three empty ones wait.
for (const rows of document.querySelectorAll("[data-rows]")) {
  rows.addEventListener("input", (event) => {
    const last = [...rows.querySelectorAll(".pair")].at(-1);
    if (!last.contains(event.target)) return;
    const next = last.cloneNode(true);
    const number = rows.querySelectorAll(".pair").length + 1;
    next.removeAttribute("id");
    for (const inner of next.querySelectorAll("[id]")) inner.removeAttribute("id");
    for (const field of next.querySelectorAll("input, textarea, select")) {
      field.value = "";
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+$/, number));
    }
    last.after(next);
  });
}
