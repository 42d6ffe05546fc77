// Reads server-sent events with fetch, which can send a token.
import { open } from "./api.js";

const silenceMs = 6_000;

/**
 * Calls onEvent({ event, data }) for each event until the answer ends. The service sends something every two seconds, so silence is an
 * error, as is a refusal. An aborted signal ends it without an error.
 */
export async function readEvents(path, onEvent, gone = new AbortController().signal) {
  if (gone.aborted) return;
  const silence = new AbortController();
  gone.addEventListener("abort", () => silence.abort(), { once: true });
  let timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await open("GET", path, undefined, { Accept: "text/event-stream" }, silence.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      const texts = (rest + value).split(/\r?\n\r?\n/);
      rest = texts.pop();
      texts.forEach((text) => onEvent(fieldsOf(text)));
    }
  } catch (error) {
    if (!gone.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** True for what is worth another try: no answer, a refusal, silence. */
export const isAway = (error) => ["AbortError", "Error", "TypeError"].includes(error.name);

function fieldsOf(text) {
  const fields = text.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  return {
    event: fields.find((field) => field[1] === "event")?.[2],
    data: fields.filter((field) => field[1] === "data").map((field) => field[2]).join("\n"),
  };
}
