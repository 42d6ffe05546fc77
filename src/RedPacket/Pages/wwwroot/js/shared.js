// What several pages show.
import { html } from "./html.js";
import { clock, has, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";

/** A refusal in words, with the code that the API gave it. */
export function Trouble({ problem }) {
  if (!problem) return null;
  const key = `problem.${problem.code}`;
  const text = has(key) ? t(key) : problem.message;
  return html`<p class="trouble" role="alert"><${Icon} name="warning" /> <span>${text} ${problem.code && html`<code>${problem.code}</code>`}${problem.retryAfter && ` ${t("problem.retry", { n: problem.retryAfter })}`}</span></p>`;
}

/** Whether the numbers are of now, and of when they are. */
export function AsOf() {
  const { state, now } = live.use();
  const names = { live: "run", connecting: "clock", lost: "warning" };
  return html`<p class=${`asof ${state}`} role="status" data-test="asof" data-state=${state}>
    <${Icon} name=${names[state]} /> <span>${t(`live.${state}`)}</span> <span class="number">${now ? t("live.asOf", { time: clock(now.time) }) : ""}</span></p>`;
}

const verdicts = { CONSISTENT: ["good", "check"], CONVERGING: ["waiting", "clock"], INCONSISTENT: ["bad", "cross"] };

/** A verdict, by the API's word and in the reader's. */
export function Verdict({ verdict, large }) {
  const [tone, icon] = verdicts[verdict] ?? ["idle", "rest"];
  return html`<span class=${`verdict ${tone} ${large ? "large" : ""}`} data-test="verdict" data-verdict=${verdict ?? ""}>
    <${Icon} name=${icon} /> <strong>${verdict ?? "–"}</strong></span>`;
}

/** On its way, or booked: what the ledger says of a share. */
export function Settled({ settled }) {
  const [tone, icon, key] = settled === true ? ["good", "check", "settled.true"] : settled === false ? ["waiting", "clock", "settled.false"] : ["idle", "rest", "settled.null"];
  return html`<span class=${`pill ${tone}`} data-settled=${`${settled}`}><${Icon} name=${icon} /> ${t(key)}</span>`;
}
