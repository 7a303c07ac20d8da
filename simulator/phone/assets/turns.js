// Cut a call into turns and find out for what the caller waited in each. Pure: no page, no network.
//
// A turn begins with the request that carries what the caller did. The simulator's ear tells how long it was
// silent from then on (`owed`, on the wall clock); the requests within that time tell why.

const DOCUMENTS = new Set(["voice", "action", "redirect", "fallback"]);
const OPENERS = new Set(["voice", "action"]);
const TOO_LONG_S = 4;
const NEAR_S = 0.3;

/** What a wait is made of, in the order of the bar. */
export const STAGES = [
  { name: "pause", title: "end of speech", about: "Twilio waits for the end of speech (speechTimeout)" },
  { name: "document", title: "document", about: "the service decides and answers with TwiML" },
  { name: "clip", title: "clip", about: "the carrier downloads the first piece of speech as audio" },
  { name: "other", title: "other", about: "the time between the requests, which the carrier takes for itself" },
];

/** After the end of speech the caller hears an answer, or at least a filler, within so long. */
export const TARGET_S = 1.5;

/** The turns of a call as the phone API shows it, oldest first. */
export function turnsOf(call) {
  const turns = [];
  for (const webhook of [...call.webhooks].sort((a, b) => a.at - b.at || a.n - b.n)) {
    const opens = OPENERS.has(webhook.kind) && webhook.attempt === 1;
    if (opens) turns.push({ requests: [webhook] });
    else if (turns.length && (DOCUMENTS.has(webhook.kind) || webhook.kind === "media")) {
      turns.at(-1).requests.push(webhook);
    }
  }
  return turns.map((turn, n) => measured(call, turn.requests, n, turns[n - 1], turns[n + 1]));
}

function measured(call, requests, n, previous, next) {
  const [first] = requests;
  const gap = gapOf(call, first, next?.requests[0].at ?? Infinity);
  const ringing_s = first.kind === "voice" ? first.took_ms / 1000 : 0;
  const silent_s = gap ? gap.silence_s : 0;
  const total_s = ringing_s + silent_s;
  const soundAt = gap ? call.began_at + gap.at_s + gap.silence_s : first.at + total_s;
  const stages = stagesOf(requests, soundAt, total_s);
  if (first.params.SpeechResult && call.speed === 1) stages.pause = pauseBefore(previous);
  return {
    n,
    at: first.at,
    did: deedOf(first),
    documents: new Set(answered(requests).map((each) => each.token)).size,
    tries: requests.length - new Set(requests.map((each) => each.token)).size,
    target_s: (stages.pause ?? 0) + TARGET_S,
    stages,
    wait_s: total_s + (stages.pause ?? 0),
    answer_s: answerAfter(call, requests, gap, first),
    done: Boolean(gap ? gap.until : soundIsThere(call, requests, next)),
    tooLong: silent_s > TOO_LONG_S,
  };
}

function answered(requests) {
  return requests.filter((each) => DOCUMENTS.has(each.kind) && each.status !== null && each.status < 400);
}

function deedOf({ kind, params }) {
  if (kind === "voice") return { kind: "start", text: "The call begins" };
  if (params.SpeechResult) return { kind: "said", text: params.SpeechResult };
  if (params.SessionStatus) return { kind: "relay", text: `The relay ended: ${params.SessionStatus}` };
  if (params.Digits) return { kind: "key", text: `You pressed ${params.Digits}` };
  if (params.DialCallStatus) return { kind: "dial", text: `Transfer ended: ${params.DialCallStatus}` };
  return { kind: "silence", text: "You said nothing" };
}

/** The silence that the ear noted for a request: it begins with it, or, in the first turn, with picking up. */
function gapOf(call, first, before) {
  const starts = (gap) => call.began_at + gap.at_s;
  const { owed } = call.ear;
  if (first.kind === "voice") {
    return owed.find((gap) => gap.since === "answered" && starts(gap) >= first.at - NEAR_S && starts(gap) < before);
  }
  const near = owed.filter((gap) => Math.abs(starts(gap) - first.at) < NEAR_S);
  return near.sort((a, b) => Math.abs(starts(a) - first.at) - Math.abs(starts(b) - first.at))[0];
}

function stagesOf(requests, soundAt, total_s) {
  const spent = (wanted) =>
    requests
      .filter(wanted)
      .reduce((sum, each) => sum + Math.max(0, Math.min(each.took_ms / 1000, soundAt - each.at)), 0);
  const document = Math.min(total_s, spent((each) => DOCUMENTS.has(each.kind)));
  const clip = Math.min(total_s - document, spent((each) => each.kind === "media"));
  return { document, clip, other: Math.max(0, total_s - document - clip) };
}

function pauseBefore(previous) {
  const bodies = (previous?.requests ?? []).map((each) => each.body).reverse();
  const asked = bodies.map((body) => /<Gather[^>]*\sspeechTimeout="(\d+)"/.exec(body)?.[1]).find(Boolean);
  return asked ? Number(asked) : 0;
}

/** When the first sound was only "one moment": after how long the answer itself began. */
function answerAfter(call, requests, gap, first) {
  const [play] = /<Play[^>]*>[^<]*<\/Play>/.exec(first.body) ?? [];
  if (!gap || !play || !isFiller(play)) return null;
  const following = call.ear.owed.find((each) => each.at_s > gap.at_s && each.since === "play" && each.until);
  const last = requests.at(-1);
  if (!following || call.began_at + following.at_s > last.at + last.took_ms / 1000 + 1) return null;
  return call.began_at + following.at_s + following.silence_s - first.at;
}

function isFiller(play) {
  // The address of a fixed phrase carries its name; any other token is of no interest here.
  const token = /\/speech\/([\w-]+)/.exec(play)?.[1] ?? "";
  try {
    return atob(token.replaceAll("-", "+").replaceAll("_", "/")).startsWith("ffiller_");
  } catch {
    return false;
  }
}

function soundIsThere(call, requests, next) {
  return Boolean(next) || call.over || requests.some((each) => each.kind === "media") || call.waiting !== null;
}
