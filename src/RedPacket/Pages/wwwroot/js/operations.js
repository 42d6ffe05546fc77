// Operations: the way of a grab as it is, five minutes of plots, and what can be broken.
import { html, useEffect } from "./html.js";
import { span, t } from "./i18n.js";
import { listen, live } from "./live.js";
import { who } from "./session.js";
import { AsOf, Verdict } from "./shared.js";
import { Way } from "./diagram.js";
import { Plots } from "./plots.js";
import { Faults } from "./faults.js";
import { Crowd } from "./crowd.js";
import { BecomeOperator } from "./operator.js";

export function OperationsPage() {
  const { samples, now } = live.use();
  const caller = who.use();
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
      <p>${Since(now, samples)}</p>
      <a href="/ops/consistency">${t("ops.report")}</a>
    </section>
    <section class="card way-card">
      <h2>${t("ops.way")}</h2>
      <p class="help">${t("ops.way.what")}</p>
      <${Way} samples=${samples} />
    </section>
    ${caller.demo && (caller.operator ? html`<${Faults} /><${Crowd} />` : html`<section class="card" id="crowd"><h2>${t("break.title")}</h2><${BecomeOperator} caller=${caller} /></section>`)}
    <section class="card plots" aria-labelledby="plots-title">
      <h2 id="plots-title">${t("plots.title")}</h2>
      <p class="help">${t("plots.what")}</p>
      <${Plots} />
    </section>`;
}

/** The last stretch in which the verdict was something else tells how long it took to be consistent again. */
function Since(now, samples) {
  if (!now) return t("loading");
  if (now.verdict === "INCONSISTENT") return t("ops.wrong");
  if (now.convergingForMs !== null && now.convergingForMs !== undefined) return t("ops.converging", { text: span(now.convergingForMs) });
  const last = samples.findLast((sample) => sample.convergingForMs > 0);
  const held = now.consistentForMs === null || now.consistentForMs === undefined ? "" : t("ops.consistent", { text: span(now.consistentForMs) });
  return html`${held}${last ? html` <span class="time-to" data-test="time-to">· ${t("ops.timeTo", { text: span(last.convergingForMs) })}</span>` : ""}`;
}
