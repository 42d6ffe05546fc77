// The live numbers: one stream for all tabs of a browser. It reconnects when it ends.
import { base } from "./base.js";
import { isAway, readEvents } from "./events.js";
import { connection, store } from "./state.js";
import { parse } from "./money.js";

const keepMs = 300_000;
const silenceMs = 6_000;
// Another service may be at another path of this origin.
const name = `redpacket-live${base}`;

/** state: connecting, live or lost; now: the last sample; samples: those of the last five minutes, oldest first. */
export const live = store({ state: "connecting", now: null, samples: [] });

/** A number that changes every so many seconds, for what a page reads again and again. */
export const useRounds = (seconds) => Math.floor((live.use().now?.time ?? 0) / (seconds * 1000));

/** The style sheet greys what is only last known. */
live.listen(({ state }) => (document.documentElement.dataset.service = state));

/**
 * Follows the live numbers as long as the document lives. One tab of a browser holds the lock and reads the stream, and tells the others.
 * When it is closed, another tab gets the lock. A browser without locks (plain HTTP from another machine) has a stream in each tab.
 */
export async function follow() {
  if (!navigator.locks || !globalThis.BroadcastChannel) return stream(() => {});
  const channel = new BroadcastChannel(name);
  let tell = null;
  let reads = false;
  const start = () => {
    if (!reads) stream((message) => tell?.(message));
    reads = true;
  };
  // A browser may suspend the tab that leads, and that tab keeps the lock. Then this one reads a stream too.
  const silent = () => {
    live.set({ state: "lost" });
    start();
  };
  let timer = setTimeout(silent, 2 * silenceMs);
  channel.onmessage = ({ data }) => {
    if (data.ask) {
      if (live.get().state === "live") tell?.({ samples: live.get().samples });
      return;
    }
    if (reads) return;
    clearTimeout(timer);
    timer = setTimeout(silent, 2 * silenceMs);
    if (data.lost) live.set({ state: "lost" });
    else add(data.samples);
  };
  channel.postMessage({ ask: true });
  await navigator.locks.request(name, () => {
    clearTimeout(timer);
    tell = (message) => channel.postMessage(message);
    start();
    return new Promise(() => {});
  });
}

async function stream(tell) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
    try {
      await readEvents("/api/v1/live", (event) => {
        const samples = samplesOf(event);
        pause = 500;
        tell({ samples });
        add(samples);
      });
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    live.set({ state: "lost" });
    tell({ lost: true });
    await new Promise((done) => setTimeout(done, pause));
  }
}

// An empty list for a ping.
function samplesOf({ event, data }) {
  const numbers = event === "history" ? parse(data) : event === "live" ? [parse(data)] : [];
  return numbers.map((sample) => ({ ...sample, time: Date.parse(sample.at) }));
}

function add(fresh) {
  if (fresh.length === 0) return;
  const byTime = new Map([...live.get().samples, ...fresh].map((sample) => [sample.time, sample]));
  const samples = [...byTime.values()].sort((a, b) => a.time - b.time);
  const now = samples.at(-1) ?? null;
  const wasLost = live.get().state === "lost";
  live.set({ state: "live", now, samples: samples.filter((sample) => sample.time > now.time - keepMs) });
  if (wasLost) connection.set({ count: connection.get().count + 1 });
}
