// Turns on the page: what the caller did, how long they waited, and a bar of what they waited for.

import { el, keep, say, svg } from "./dom.js";
import { STAGES, turnsOf } from "./turns.js";
import { duration } from "./words.js";

const SHORTEST_SCALE_S = 2;
const WIDTH = 1000;
const HEIGHT = 14;

/** Write what the colours mean. */
export function showLegend(list) {
  list.replaceChildren(
    ...STAGES.map(({ name, title, about }) =>
      el("li", { title: about }, el("span", { class: `swatch stage-${name}`, "aria-hidden": "true" }), title),
    ),
  );
}

/** Show the turns of a call; returns how many there are. */
export function showTurns(list, call) {
  const turns = call ? turnsOf(call) : [];
  // One scale for all of a call, so that bars can be compared.
  const scale_s = Math.max(SHORTEST_SCALE_S, ...turns.map((turn) => turn.wait_s));
  keep(list, turns.map((turn) => ({ ...turn, scale_s })), {
    key: (turn) => turn.n,
    make: () =>
      el(
        "li",
        { class: "turn" },
        el("p", { class: "turn-head" }, el("span", { class: "deed" }), el("span", { class: "wait" })),
        svg("svg", { class: "bar-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }),
        el("p", { class: "breakdown" }),
      ),
    update: updateTurn,
  });
  return turns.length;
}

function updateTurn(element, turn) {
  const deed = element.querySelector(".deed");
  say(deed, turn.did.kind === "said" ? `“${turn.did.text}”` : turn.did.text);
  const wait = element.querySelector(".wait");
  say(wait, turn.done ? duration(turn.wait_s) : "waiting");
  wait.dataset.state = turn.tooLong ? "failed" : turn.done ? "done" : "waiting";
  const words = sentence(turn);
  say(element.querySelector(".breakdown"), words);
  drawBar(element.querySelector("svg"), turn, words);
}

function present(turn) {
  return STAGES.map((stage) => ({ ...stage, seconds: turn.stages[stage.name] ?? 0 })).filter(
    (stage) => stage.seconds >= 0.005,
  );
}

function sentence(turn) {
  const parts = present(turn).map((stage) => `${stage.title} ${duration(stage.seconds)}`);
  if (turn.answer_s) parts.push(`first sound was a filler, the answer came after ${duration(turn.answer_s)}`);
  if (turn.documents > 1) parts.push(`${turn.documents} documents`);
  if (turn.tooLong) parts.push("longer than 4 s of silence");
  return parts.join(" · ") || (turn.done ? "no wait" : "");
}

function drawBar(chart, turn, words) {
  let x = 0;
  const bars = present(turn).map((stage) => {
    const width = (stage.seconds / turn.scale_s) * WIDTH;
    const bar = svg("rect", { class: `stage-${stage.name}`, x, y: 0, width: Math.max(2, width), height: HEIGHT });
    x += width;
    return bar;
  });
  chart.setAttribute("aria-label", words || "no wait");
  chart.replaceChildren(svg("rect", { class: "stage-none", x: 0, y: 0, width: WIDTH, height: HEIGHT }), ...bars);
}
