// What the samples say: whether each part of the way runs, rests, has stopped or refuses, which faults there were, and the last recovery.

/** A part has stopped if two samples in a row settled nothing while entries waited. One quiet second is not enough. */
export function flowStates(samples) {
  const now = samples.at(-1);
  if (!now) return null;
  const last = samples.slice(-2);
  const stuck = last.length === 2 && last.every((sample) => sample.outbox > 0 && !(sample.rates.settled > 0));
  const isDown = (side) => now[side] === "down";
  const isQueued = now.queue > 0;
  const flow = (rate) => (rate > 0 ? "run" : "rest");
  return {
    api: now.gate === "closed" || isDown("store") || now.grabs?.refused > 0 ? "refuses" : flow(now.grabs?.perSecond),
    packets: isDown("store") ? "stand" : flow(now.rates.granted),
    outbox: (stuck && (!isQueued || isDown("bus"))) || (isDown("bus") && now.outbox > 0) ? "stand" : flow(now.outbox),
    live: isDown("bus") || (stuck && isQueued) ? "stand" : flow(now.queue),
    slow: now.slow > 0 && stuck ? "stand" : flow(now.slow),
    settlement: stuck ? "stand" : flow(now.rates.settled),
    ledger: isDown("ledger") ? "stand" : flow(now.rates.settled),
    parked: now.parked > 0 ? "stand" : "rest",
  };
}

/** The entries that the relay has sent, and that wait still. Its last count may be older than that of the outbox. */
export function sentOf({ queue, outbox }) {
  return typeof queue === "number" && typeof outbox === "number" ? Math.min(queue, outbox) : (queue ?? null);
}

/** Each fault once: { id, from, to } in ms, up to its end or to the last sample that names it. */
export function faultsIn(samples) {
  const found = new Map();
  for (const sample of samples)
    for (const { id, startedAt, endsAt } of sample.faults ?? [])
      found.set(`${id} ${startedAt}`, { id, from: Date.parse(startedAt), to: Math.min(Date.parse(endsAt), sample.time + 1000) });
  return [...found.values()];
}

/**
 * How long the last recovery took: { fault, ms }. It begins with the end of the last fault, or without one with the last grab. It ends when
 * the ledger has everything granted before that moment, so grabs that go on do not make it longer. Null while it has not ended.
 */
export function lastRecovery(samples) {
  const ended = faultsIn(samples).sort((a, b) => a.to - b.to).at(-1);
  const from = ended?.to ?? samples.findLast((sample) => sample.rates.granted > 0)?.time;
  if (from === undefined || !(samples.at(-1).time > from)) return null;
  const isSettled = ({ outbox, lagMs, time }) => outbox === 0 || (outbox > 0 && lagMs !== null && time - lagMs > from);
  const done = samples.find((sample) => sample.time > from && sample.verdict !== "INCONSISTENT" && isSettled(sample));
  return done ? { fault: ended?.id ?? null, ms: done.time - from } : null;
}
