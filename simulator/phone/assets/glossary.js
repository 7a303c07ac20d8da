// The words of this page, as README's glossary has them.

import { byId, el } from "./dom.js";

/** Each word with its meaning; also what stands behind a word when one points at it. */
export const WORDS = {
  call: "One phone call.",
  leg: "One line of a call. A transfer adds a second leg, to the person who is dialled.",
  turn: "What the caller says or does, and the bot's answer to it.",
  webhook: "A signed request with which the carrier asks the service what to do, or tells it what happened.",
  document: "TwiML as it was served: what the carrier is to do next.",
  clip: "A piece of speech as audio.",
  "end of speech": "Twilio waits for the end of speech (speechTimeout) before it passes on what was said.",
  other: "The time between the requests, which the carrier takes for itself.",
  thread: "The texts between two numbers.",
  token: "A piece of a word, as models count them.",
};

/** Write the list of words. */
export function showGlossary() {
  byId("glossary-words").replaceChildren(
    ...Object.entries(WORDS).flatMap(([word, meaning]) => [el("dt", {}, word), el("dd", {}, meaning)]),
  );
}
