// What came of a call, in people's words. Pure: what the database says of it, or as long as that is silent, the carrier.

const FAILURES = {
  model_failed: "Failed: the model did not answer",
  service_failed: "Failed: something of ours broke",
  transport_lost: "Failed: the connection broke",
  failed: "Failed: the carrier could not connect it",
};
const OUTCOMES = {
  transferred: ["done", "Put through to a person"],
  message_taken: ["done", "Message taken"],
  answered: ["done", "Answered"],
  not_reached: ["waiting", "Nobody was reached"],
};
const ENDS = {
  caller_hung_up: ["over", "Caller hung up"],
  caller_ended: ["over", "Caller ended it with #"],
  bot_ended: ["over", "The bot said goodbye"],
  silence: ["waiting", "Ended after silence"],
  max_duration: ["waiting", "Reached the longest time"],
  transferred: ["done", "Put through to a person"],
  operator_ended: ["over", "Ended by an operator"],
  busy: ["waiting", "Busy"],
  no_answer: ["waiting", "Nobody answered"],
  canceled: ["waiting", "Given up while it rang"],
  machine: ["waiting", "A machine answered"],
  superseded: ["over", "Another call took its place"],
  blocked: ["over", "Refused: the caller is blocked"],
  capped: ["over", "Refused: one call too many"],
  max_cost: ["waiting", "Cost as much as a call may"],
};
const STATUSES = {
  completed: ["over", "Over"],
  "in-progress": ["live", "In a call"],
  ringing: ["live", "Ringing"],
  queued: ["live", "Waiting to ring"],
  initiated: ["live", "Waiting to ring"],
  busy: ["waiting", "Busy"],
  failed: ["failed", "Failed"],
  "no-answer": ["waiting", "Nobody answered"],
  canceled: ["waiting", "Given up while it rang"],
};

/** `{state, words}` of a call; `kept` is its row of call_history, which may not be there yet. */
export function outcomeOf({ status, over }, kept) {
  const [state, words] = found(status, over, kept ?? {});
  return { state, words };
}

function found(status, over, { end_reason: reason, outcome, call_status: keptStatus }) {
  if (!over && status) return STATUSES[status] ?? ["live", status];
  if (FAILURES[reason]) return ["failed", FAILURES[reason]];
  const told = ["blocked", "capped"].includes(reason) ? undefined : OUTCOMES[outcome];
  return told ?? ENDS[reason] ?? STATUSES[status ?? keptStatus] ?? ["over", status ?? keptStatus ?? "Over"];
}

/** "$0.0085", or what it is in another currency. */
export function price(amount, unit) {
  const value = Math.abs(Number(amount));
  return unit === "USD" ? `$${value.toFixed(4)}` : `${value.toFixed(4)} ${unit ?? ""}`.trim();
}
