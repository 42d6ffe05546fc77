// Small parts that several pages show.
import { html } from "./html.js";
import { hasText, t, timeOfDay } from "./i18n.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";

/** A problem in words, with the API's code. */
export function ProblemNote({ problem }) {
  if (!problem) return null;
  const { code, message, retryAfter } = problem;
  const key = `problem.${code}`;
  const retry = retryAfter ? t("problem.retry", { n: retryAfter }) : "";
  const detail = hasText(key) && message !== code ? html`<small lang="en">${message}</small>` : null;
  return html`
    <p class="problem" role="alert">
      <${Icon} name="warning" />
      <span>${hasText(key) ? t(key) : message} ${code && html`<code>${code}</code>`} ${retry} ${detail}</span>
    </p>`;
}

/** The state of the live stream, and the time of the last sample. */
export function AsOf() {
  const { state, now } = live.use();
  const icons = { live: "dot", connecting: "clock", lost: "warning" };
  return html`
    <p class=${`asof ${state}`} role="status" data-test="asof" data-state=${state}>
      <${Icon} name=${icons[state]} />
      <span>${t(`live.${state}`)}</span>
      <span class="number">${now ? t("live.asOf", { time: timeOfDay(now.time) }) : ""}</span>
    </p>`;
}

/** The state of a packet. The API's word is its title. */
export function StatePill({ state }) {
  return html`<span class=${`pill ${state === "open" ? "good" : "idle"}`} title=${state} data-test="state">${t(`state.${state}`)}</span>`;
}

const verdicts = { CONSISTENT: ["good", "check"], CONVERGING: ["waiting", "clock"], INCONSISTENT: ["bad", "cross"] };

/** A verdict in words. The API's own word shows under the mouse, and beside a large verdict in another language. */
export function Verdict({ verdict, large }) {
  const [tone, icon] = verdicts[verdict] ?? ["idle", "rest"];
  const word = verdict ? t(`verdict.${verdict}`) : "–";
  return html`
    <span class=${`verdict ${tone} ${large ? "large" : ""}`} data-test="verdict" data-verdict=${verdict ?? ""} title=${verdict}>
      <${Icon} name=${icon} /> <strong>${word}</strong> ${large && verdict && word !== verdict && html`<code>${verdict}</code>`}
    </span>`;
}

const settledStates = { true: ["good", "check"], false: ["waiting", "clock"], null: ["idle", "rest"] };

/** Whether the ledger has a share. Null if the ledger could not be read. */
export function Settled({ settled }) {
  const word = `${settled ?? null}`;
  const [tone, icon] = settledStates[word];
  return html`<span class=${`pill ${tone}`} data-settled=${word}><${Icon} name=${icon} /> ${t(`settled.${word}`)}</span>`;
}
