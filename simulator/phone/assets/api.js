// The simulator's JSON API, as this page uses it.

/** The simulator said no; `status` 409 means that the call is over, 0 that nobody answered. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body, signal) {
  const options = { method, signal, cache: "no-store" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response = null;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    // The browser's own words ("Failed to fetch") tell nobody what to do.
    throw new Refused(0, "the simulator does not answer; is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.error || `the simulator answered ${response.status}`);
  return answer;
}

const post = (path, body) => ask("POST", path, body);
const get = (path, signal) => ask("GET", path, undefined, signal);

export const place = (from, to) => post("/phone/calls", { from, to, speed: 1.0 });
export const say = (sid, words) => post(`/phone/calls/${sid}/say`, words);
export const press = (sid, digits) => post(`/phone/calls/${sid}/keys`, { digits });
export const hangUp = (sid) => post(`/phone/calls/${sid}/hangup`, {});
export const typing = (sid, seconds) => post(`/phone/calls/${sid}/typing`, { for_s: seconds });
export const microphone = (sid, audio) => post(`/phone/calls/${sid}/microphone`, { audio });

/** What is heard in a call, as long as it lasts: the body is pieces of sound. */
export const listenTo = (sid, signal) => fetch(`/phone/calls/${sid}/listen`, { signal, cache: "no-store" });
export const call = (sid) => get(`/phone/calls/${sid}`);
export const text = (from, to, body) => post("/phone/texts", { from, to, body });
export const texts = async (person) => (await get(`/phone/texts?with=${encodeURIComponent(person)}`)).texts;
export const threads = async () => (await get("/phone/threads")).threads;
export const calls = async () => (await get("/phone/calls")).calls;
export const numbers = async () => (await get("/phone/numbers")).numbers;

/** The newest calls as the database has them; none when there is no database, or it is away. */
export const earlier = async () => (await get("/phone/earlier")).rows;

/** Who opted out or is blocked, by the person's address. */
export const standing = async () => new Map((await get("/phone/standing")).rows.map((row) => [row.with, row]));
export const mails = async () => (await get("/phone/mails")).mails;

const isCall = (about) => /^CA[0-9a-f]{32}$/.test(about);
const pathTo = (about) => (isCall(about) ? `calls/${about}` : `threads/${encodeURIComponent(about)}`);

/** What the model's stand-in was asked for a call or a person. */
export const modelRequests = async (about) => (await get(`/phone/${pathTo(about)}/model`)).requests;
export const ledger = (sid) => get(`/carrier/ledger?call_sid=${sid}`);
export const audioOf = (sid, n) => `/phone/calls/${sid}/audio/${n}`;

export const ledgerOf = (person) => get(`/carrier/ledger?person=${encodeURIComponent(person)}`);

/** Rows about a call or a person that differ from `version`, waiting for them. */
export const rows = (about, version, signal, timeout_s = 20) =>
  get(`/phone/${pathTo(about)}/rows?after=${version}&timeout_s=${timeout_s}`, signal);

/** Where the row of events stands now. */
export const lastEvent = async () => (await get("/phone/events?after=1000000000000&timeout_s=0")).last;
export const events = (after) => get(`/phone/events?after=${after}&timeout_s=20`);

export const operator = (behaviour) =>
  behaviour ? post("/phone/operator", { behaviour }) : get("/phone/operator");
export const providerKnobs = (knob) => (knob ? post("/providers/knobs", knob) : get("/providers/knobs"));
export const carrierKnobs = (knobs) => (knobs ? post("/carrier/knobs", knobs) : get("/carrier/knobs"));
export async function mend() {
  await Promise.all([
    ask("DELETE", "/providers/knobs"),
    post("/carrier/knobs", { hostile: {} }),
    operator("answer"),
  ]);
}
