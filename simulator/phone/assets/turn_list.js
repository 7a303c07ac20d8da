// Turns on the page: what the caller did, how long they waited, a bar of what they waited for, and what the model was
// asked meanwhile.

import { el, keep, say, svg } from "./dom.js";
import { showRequests } from "./model_list.js";
import { SPOKEN_STAGES, spokenTurnsOf } from "./spoken_turns.js";
import { STAGES, TARGET_S, turnsOf } from "./turns.js";
import { duration } from "./words.js";

const SHORTEST_SCALE_S = 2;
const WIDTH = 1000;
const HEIGHT = 14;
// The grey is the longest part of most bars and none of the service's: it says so itself.
const LEGEND = { pause: "end of speech (Twilio's speechTimeout)" };

/** Write what the colours mean: on Gather, or on a stream. */
export function showLegend(list, call) {
  const isStream = Boolean(call?.streams?.length);
  if (list.dataset.stream === String(isStream)) return;
  list.dataset.stream = String(isStream);
  const words = isStream ? {} : LEGEND;
  list.replaceChildren(
    ...(isStream ? SPOKEN_STAGES : STAGES).map(({ name, title, about }) =>
      el("li", { title: about }, el("span", { class: `swatch stage-${name}`, "aria-hidden": "true" }), words[name] ?? title),
    ),
    el(
      "li",
      { title: `${TARGET_S} s after the end of speech: by then the caller hears the answer, or a filler` },
      el("span", { class: "swatch stage-target", "aria-hidden": "true" }),
      "target",
    ),
  );
}

/** Show the turns of a call with the requests to the model that belong to each; returns how many turns there are. */
export function showTurns(list, call, requests, rows) {
  const turns = call ? [...turnsOf(call), ...spokenTurnsOf(call, rows)].sort((a, b) => a.at - b.at) : [];
  // One scale for all of a call, so that bars can be compared.
  const scale_s = Math.max(SHORTEST_SCALE_S, ...turns.map((turn) => Math.max(turn.wait_s, 1.03 * turn.target_s)));
  const said = turns.filter((turn) => turn.did.kind === "said");
  const spoken = (call?.heard ?? []).filter((item) => item.kind === "caller");
  // The words with this number opened this turn; what nobody's words opened stands under a line of its own.
  const turnOf = (request) => said[spoken.findIndex((item) => item.n === request.said_n)] ?? null;
  const shown = turns.map((turn) => ({ ...turn, scale_s, asked: requests.filter((each) => turnOf(each) === turn) }));
  const rest = requests.filter((each) => !turnOf(each));
  if (call && rest.length) shown.push({ n: "rest", did: { text: call.over ? "After the call" : "Besides" }, asked: rest });
  keep(list, shown, { key: (turn) => turn.n, make: makeTurn, update: updateTurn });
  return turns.length;
}

/** Show what the model was asked for the texts of a thread; each text is headed by its words. */
export function showAnswers(list, texts, requests) {
  const wordsOf = (n) => texts.find((text) => text.n === n)?.body ?? "Besides";
  const shown = requests.map((each) => ({ n: `text-${each.n}`, did: { kind: "said", text: wordsOf(each.said_n) }, asked: [each] }));
  keep(list, shown, { key: (turn) => turn.n, make: makeTurn, update: updateTurn });
  return shown.length;
}

function makeTurn(turn) {
  const bar = { class: "bar-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" };
  return el(
    "li",
    { class: "turn" },
    el("p", { class: "turn-head" }, el("span", { class: "deed" }), el("span", { class: "wait" })),
    ...(turn.stages ? [svg("svg", bar), el("p", { class: "breakdown" })] : []),
    el("ol", { class: "model" }),
  );
}

function updateTurn(element, turn) {
  showRequests(element.querySelector(".model"), turn.asked);
  const deed = element.querySelector(".deed");
  say(deed, turn.did.kind === "said" ? `“${turn.did.text}”` : turn.did.text);
  if (!turn.stages) return;
  const wait = element.querySelector(".wait");
  say(wait, turn.done ? duration(turn.wait_s) : "waiting");
  wait.dataset.state = turn.tooLong ? "failed" : turn.done ? "done" : "waiting";
  const words = sentence(turn);
  say(element.querySelector(".breakdown"), words);
  drawBar(element.querySelector("svg"), turn, words);
}

function present(turn) {
  return (turn.isSpoken ? SPOKEN_STAGES : STAGES).map((stage) => ({ ...stage, seconds: turn.stages[stage.name] ?? 0 })).filter(
    (stage) => stage.seconds >= 0.005,
  );
}

function sentence(turn) {
  const parts = present(turn).map((stage) => `${stage.title} ${duration(stage.seconds)}`);
  if (turn.answer_s) parts.push(`first sound was a filler, the answer came after ${duration(turn.answer_s)}`);
  if (turn.documents > 1) parts.push(`${turn.documents} documents`);
  if (turn.tries) parts.push(`${turn.tries} ${turn.tries === 1 ? "request" : "requests"} made again`);
  if (turn.tooLong) parts.push("longer than 4 s of silence");
  return parts.join(" · ") || (turn.done ? "no wait" : "");
}

function drawBar(chart, turn, words) {
  let x = 0;
  const bars = present(turn).map((stage) => {
    const width = (stage.seconds / turn.scale_s) * WIDTH;
    const place = { class: `stage-${stage.name}`, x, y: 0, width: Math.max(2, width), height: HEIGHT };
    const bar = svg("rect", place, svg("title", {}, `${stage.title} ${duration(stage.seconds)}: ${stage.about}`));
    x += width;
    return bar;
  });
  const target = { class: "stage-target", x: (turn.target_s / turn.scale_s) * WIDTH, y: 0, width: 3, height: HEIGHT };
  chart.setAttribute("aria-label", words || "no wait");
  chart.replaceChildren(
    svg("rect", { class: "stage-none", x: 0, y: 0, width: WIDTH, height: HEIGHT }),
    ...bars,
    svg("rect", target, svg("title", {}, `target: ${TARGET_S} s after the end of speech`)),
  );
}
