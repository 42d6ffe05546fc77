// Whether each part of the way runs, rests, stands still or refuses, judged by the latest samples only.

/** A part stands still if two samples in a row settled nothing while entries waited. One quiet second is not enough. */
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
