// What is going on in the call, in words.

import { ending, isSpoken } from "./conversation.js";

/** `{state, words}`: state is idle, waiting, live, yours or over; a person reads the words. */
export function statusOf(call) {
  if (!call) return { state: "idle", words: "Ready to call" };
  if (call.over) return { state: "over", words: `Call over: ${lowered(ending(call))}` };
  const last = call.heard.at(-1);
  const goesOn = last && last.duration_s === 0 && !last.cut;
  if (goesOn && isSpoken(last)) return { state: "live", words: "The bot speaks" };
  if (goesOn && last.kind === "ring") return { state: "waiting", words: "Connecting you: the other phone rings" };
  if (goesOn && last.kind === "dial" && last.text === "answered") {
    return { state: "live", words: "You are talking with the person who was dialled" };
  }
  if (call.waiting === "speech") return { state: "yours", words: "Your turn: speak, or press a key" };
  if (call.waiting === "keys") return { state: "yours", words: "Your turn: press a key" };
  if (call.status === "queued" || call.status === "ringing") return { state: "waiting", words: "Ringing" };
  if (last && last.kind === "caller") return { state: "waiting", words: "The bot has heard you" };
  return { state: "waiting", words: "The bot is busy" };
}

function lowered(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
