// Operations: the way of a grab as it is now, the faults and crowds of the demo, and five minutes of plots.
import { html, useEffect } from "./html.js";
import { duration, t } from "./i18n.js";
import { listen, live } from "./live.js";
import { session } from "./session.js";
import { AsOf, Verdict } from "./shared.js";
import { Diagram } from "./diagram.js";
import { Plots } from "./plots.js";
import { Faults } from "./faults.js";
import { Crowd } from "./crowd.js";
import { BecomeOperator } from "./operator.js";

export function OperationsPage() {
  const { samples, now } = live.use();
  const caller = session.use();
  useEffect(() => listen(), []);
  useEffect(() => {
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
  return html`
    <div class="top-line">
      <h1>${t("title.operations")}</h1>
      <${AsOf} />
    </div>
    <section class="card verdict-line" data-test="verdict-line">
      <${Verdict} verdict=${now?.verdict} large />
      <p>${verdictText(now, samples)}</p>
      <a href="/ops/consistency">${t("ops.report")}</a>
    </section>
    <section class="card way-card">
      <h2>${t("ops.way")}</h2>
      <p class="help">${t("ops.way.what")}</p>
      <${Diagram} samples=${samples} />
    </section>
    ${caller.demo && (caller.operator ? html`<${Faults} /><${Crowd} />` : html`
      <section class="card" id="crowd"><h2>${t("break.title")}</h2><${BecomeOperator} caller=${caller} /></section>`)}
    <section class="card plots" aria-labelledby="plots-title">
      <h2 id="plots-title">${t("plots.title")}</h2>
      <p class="help">${t("plots.what")}</p>
      <${Plots} />
    </section>`;
}

/** How long the verdict has held. The last sample that was not consistent tells how long the last recovery took. */
function verdictText(now, samples) {
  if (!now) return t("loading");
  if (!now.verdict) return t("ops.unknown");
  if (now.verdict === "INCONSISTENT") return t("ops.wrong");
  if (isNumber(now.convergingForMs)) return t("ops.converging", { text: duration(now.convergingForMs) });
  const last = samples.findLast((sample) => sample.convergingForMs > 0);
  const held = isNumber(now.consistentForMs) ? t("ops.consistent", { text: duration(now.consistentForMs) }) : "";
  if (!last) return held;
  return html`${held} <span class="time-to" data-test="time-to">· ${t("ops.timeTo", { text: duration(last.convergingForMs) })}</span>`;
}

const isNumber = (value) => value !== null && value !== undefined;
