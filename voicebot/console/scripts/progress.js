// Says how far a bulk action is, without the page being loaded again; a hidden tab rests, and a slow answer is asked less often.
const line = document.querySelector("[data-progress]");
async function look() {
  const begun = performance.now();
  if (!document.hidden) {
    const answer = await fetch(line.dataset.progress).catch(() => null);
    if (answer && answer.ok) {
      const { bulk } = await answer.json();
      if (bulk.state !== "running") {
        location.reload();
        return;
      }
      line.querySelector("progress").value = bulk.share;
      line.querySelector("[data-words]").textContent = `${bulk.done} done, ${bulk.skipped} left out, ${bulk.left} to go`;
    }
  }
  setTimeout(look, Math.max(1000, 10 * (performance.now() - begun)));
}
if (line) {
  setTimeout(look, 1000);
}
