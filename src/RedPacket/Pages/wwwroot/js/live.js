// The live numbers: one stream for the whole document. It uses fetch, which can send a token, and reconnects when it ends.
import { open } from "./api.js";
import { connection, store } from "./state.js";
import { parse } from "./money.js";

const keepMs = 300_000;
const silenceMs = 6_000;

/** state: connecting, live or lost; now: the last sample; samples: those of the last five minutes, oldest first. */
export const live = store({ state: "connecting", now: null, samples: [] });

/** The style sheet greys what is only last known. */
live.listen(({ state }) => (document.documentElement.dataset.service = state));

/** Keeps the stream open as long as the document lives. */
export async function follow() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
    try {
      await read(() => (pause = 500));
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "Error" && error.name !== "TypeError") throw error;
    }
    live.set({ state: "lost" });
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function read(onEvent) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await open("GET", "/api/v1/live", undefined, { Accept: "text/event-stream" }, silence.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      onEvent();
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      events.forEach(handle);
    }
  } finally {
    clearTimeout(timer);
  }
}

function handle(text) {
  const fields = text.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  const name = fields.find((field) => field[1] === "event")?.[2];
  const data = fields.filter((field) => field[1] === "data").map((field) => field[2]).join("\n");
  if (name === "history") add(parse(data));
  if (name === "live") add([parse(data)]);
}

function add(numbers) {
  const fresh = numbers.map((sample) => ({ ...sample, time: Date.parse(sample.at) }));
  const byTime = new Map([...live.get().samples, ...fresh].map((sample) => [sample.time, sample]));
  const samples = [...byTime.values()].sort((a, b) => a.time - b.time);
  const now = samples.at(-1) ?? null;
  const wasLost = live.get().state === "lost";
  live.set({ state: "live", now, samples: samples.filter((sample) => sample.time > now.time - keepMs) });
  if (wasLost) connection.set({ count: connection.get().count + 1 });
}
