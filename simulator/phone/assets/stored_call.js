// A call that this simulator no longer knows, as the database tells it: after a restart the rows are what is left.

const HUNG_UP = {
  caller_hung_up: "caller",
  caller_ended: "bot",
  bot_ended: "bot",
  silence: "bot",
  transferred: "person",
  max_duration: "time limit",
  operator_ended: "api",
  busy: "busy",
  no_answer: "no-answer",
};

const seconds = (at) => new Date(at).getTime() / 1000;

/** The call in the shape of the phone API, or null when the rows hold none. */
export function storedCall(rows) {
  const kept = rows.find(({ table }) => table === "call_history")?.row;
  if (!kept) return null;
  const lines = rows.filter(({ table }) => table === "transcripts").map(({ row }) => row);
  return {
    sid: kept.call_sid,
    status: kept.call_status,
    from: kept.from_number,
    to: kept.to_number,
    direction: kept.direction,
    over: true,
    waiting: null,
    keys_accepted: false,
    duration_s: kept.duration,
    began_at: seconds(kept.started_at ?? kept.created_at),
    speed: 1,
    heard: [...lines.map(heardItem), ...ending(kept, lines.length)],
    webhooks: [],
    alerts: [],
    dialled: [],
    ear: { owed: [] },
    isStored: true,
  };
}

function ending({ end_reason: reason }, n) {
  return HUNG_UP[reason] ? [{ n: n + 1, kind: "hangup", text: HUNG_UP[reason], at_s: 0, duration_s: 0, cut: false }] : [];
}

function heardItem({ speaker, content, heard }, n) {
  const kind = speaker === "caller" ? "caller" : "say";
  const cut = kind === "say" && heard !== null && heard !== content;
  return { n: n + 1, kind: kind === "say" ? "play" : kind, text: cut ? heard : content, at_s: 0, duration_s: 1, cut };
}

/** A call of the database's list in the shape of the phone's list. */
export function listedCall(kept) {
  return {
    sid: kept.call_sid,
    status: kept.call_status,
    from: kept.from_number ?? kept.phone_number,
    direction: kept.direction,
    over: kept.ended_at !== null,
    duration_s: kept.duration,
    began_at: seconds(kept.started_at ?? kept.created_at),
  };
}
