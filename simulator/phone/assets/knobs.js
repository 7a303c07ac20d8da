// Break things on purpose: how dialled people behave, and what is wrong with the model, the voice and the callbacks.

import * as api from "./api.js";
import { byId, el, say } from "./dom.js";

const PROVIDER = {
  ok: { words: "works", knob: { mode: "ok" } },
  slow: { words: "is slow (6 s)", knob: { mode: "slow", delay_s: 6 } },
  fail: { words: "fails", knob: { mode: "fail" } },
  cut: { words: "breaks off", knob: { mode: "cut" } },
  garbage: { words: "answers nonsense", knob: { mode: "garbage" } },
  timeout: { words: "never answers", knob: { mode: "timeout" } },
};
// Where it breaks off: so many characters of text, so many bytes of audio.
const CUT_AFTER = { model: 20, voice: 8000 };
const PEOPLE = {
  answer: "answers",
  busy: "is busy",
  "no-answer": "does not answer",
  failed: "cannot be reached",
  voicemail: "has an answering machine",
  fax: "is a fax",
  "hang-up": "hangs up at once",
  "hold-music": "plays hold music",
};
const CALLBACKS = {
  calm: { words: "come in order", hostile: {} },
  hostile: {
    words: "come twice, late, in any order",
    hostile: { duplicate: 0.5, reorder: 0.5, delay_s: [0, 1.5] },
  },
  lost: { words: "get lost", hostile: { drop: 1 } },
};

function turnProvider(target, choice) {
  const cut = choice === "cut" ? { after_chars: CUT_AFTER[target] } : {};
  return api.providerKnobs({ target, ...PROVIDER[choice].knob, ...cut });
}

const KNOBS = [
  { id: "operator", title: "The person you are put through to", choices: PEOPLE, turn: (choice) => api.operator(choice) },
  { id: "model", title: "The model", choices: wordsOf(PROVIDER), turn: (choice) => turnProvider("model", choice) },
  { id: "voice", title: "The voice", choices: wordsOf(PROVIDER), turn: (choice) => turnProvider("voice", choice) },
  {
    id: "callbacks",
    title: "Status callbacks",
    choices: wordsOf(CALLBACKS),
    turn: (choice) => api.carrierKnobs({ hostile: CALLBACKS[choice].hostile }),
  },
];

function wordsOf(choices) {
  return Object.fromEntries(Object.entries(choices).map(([name, { words }]) => [name, words]));
}

/** Build the panel and show how the knobs stand. */
export async function buildKnobs() {
  byId("knob-rows").replaceChildren(...KNOBS.map(makeKnob));
  byId("mend").addEventListener("click", async () => {
    await attempt(() => api.mend(), "Everything works again.");
    await readKnobs();
  });
  byId("knobs").addEventListener("toggle", readKnobs);
  await readKnobs();
}

function makeKnob(knob) {
  const options = Object.entries(knob.choices).map(([value, words]) => el("option", { value }, words));
  const select = el("select", { id: `knob-${knob.id}` }, ...options);
  select.addEventListener("change", () => {
    const words = select.selectedOptions[0].textContent;
    attempt(() => knob.turn(select.value), `${knob.title} ${words}, until you put it back.`);
    mark();
  });
  return el("div", { class: "knob" }, el("label", { for: select.id }, knob.title), select);
}

async function attempt(turn, words) {
  try {
    await turn();
    say(byId("knob-said"), words);
  } catch (error) {
    say(byId("knob-said"), `That did not work: ${error.message}`);
  }
}

async function readKnobs() {
  try {
    const [people, providers, carrier] = await Promise.all([api.operator(), api.providerKnobs(), api.carrierKnobs()]);
    byId("knob-operator").value = people.behaviour;
    for (const target of ["model", "voice"]) {
      // One with words is for a single conversation: not this one.
      const turned = providers.knobs.find((knob) => knob.target === target && !knob.words);
      byId(`knob-${target}`).value = turned && turned.mode in PROVIDER ? turned.mode : "ok";
    }
    const { drop, duplicate, reorder } = carrier.hostile;
    byId("knob-callbacks").value = drop ? "lost" : duplicate || reorder ? "hostile" : "calm";
    mark();
  } catch {
    // The page's own sign of a lost connection says it.
  }
}

function mark() {
  const first = (select) => select.options[0].value;
  const turned = KNOBS.map(({ id }) => byId(`knob-${id}`)).filter((select) => select.value !== first(select));
  byId("knobs").classList.toggle("turned", turned.length > 0);
}
