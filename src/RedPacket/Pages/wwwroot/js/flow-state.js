// Which part of the way moves, rests or stands still, judged by the last samples alone.

/** Nothing was booked for two samples though something waits. A single quiet second is no standstill. */
export function states(samples) {
  const now = samples.at(-1);
  if (!now) return null;
  const last = samples.slice(-2);
  const stuck = last.length === 2 && last.every((sample) => sample.outbox > 0 && !(sample.rates.settled > 0));
  const isDown = (side) => now[side] === "down";
  const held = now.queue > 0;
  const flow = (rate) => (rate > 0 ? "run" : "rest");
  return {
    api: now.gate === "closed" || isDown("store") || now.grabs?.refused > 0 ? "refuses" : flow(now.grabs?.perSecond),
    packets: isDown("store") ? "stand" : flow(now.rates.granted),
    outbox: (stuck && (!held || isDown("bus"))) || (isDown("bus") && now.outbox > 0) ? "stand" : now.outbox > 0 ? "run" : "rest",
    live: isDown("bus") || (stuck && held) ? "stand" : held ? "run" : "rest",
    slow: now.slow > 0 && stuck ? "stand" : now.slow > 0 ? "run" : "rest",
    settlement: stuck ? "stand" : flow(now.rates.settled),
    ledger: isDown("ledger") ? "stand" : flow(now.rates.settled),
    parked: now.parked > 0 ? "stand" : "rest",
  };
}
