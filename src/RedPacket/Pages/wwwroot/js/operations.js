// Operations: the way of a grab as it is now, the crowds and faults of the demo, and the plots.
import { html, useEffect } from "./html.js";
import { duration, t, timeOfDay } from "./i18n.js";
import { brief } from "./money.js";
import { live } from "./live.js";
import { session } from "./session.js";
import { route } from "./router.js";
import { AsOf, Verdict } from "./shared.js";
import { lastRecovery } from "./flow-state.js";
import { Diagram } from "./diagram.js";
import { Plots } from "./plots.js";
import { Faults } from "./faults.js";
import { Crowd } from "./crowd.js";
import { House } from "./house.js";
import { Rooms } from "./rooms.js";
import { BecomeOperator } from "./operator.js";
import { at } from "./base.js";

export function OperationsPage() {
  const { samples, now, state } = live.use();
  const caller = session.use();
  const { hash } = route.use();
  useEffect(() => {
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash, caller.operator]);
  return html`
    <div class="top-line">
      <h1>${t("title.operations")}</h1>
      <${AsOf} />
    </div>
    <section class="card verdict-line" data-test="verdict-line">
      <${Verdict} verdict=${now?.verdict} large />
      <p>
        ${state !== "lost" ? verdictText(now) : now ? t("live.known", { time: timeOfDay(now.time) }) : t("live.never")}${" "}
        <${Recovery} samples=${samples} />
      </p>
      <a href=${at("/ops/consistency")}>${t("ops.report")}</a>
    </section>
    <section class="card way-card">
      <h2>${t("ops.way")}</h2>
      <p class="help">${t("ops.way.what")}</p>
      <${Diagram} samples=${samples} />
    </section>
    ${caller.demo && (caller.operator ? html`<${Crowd} /><${Faults} /><${Rooms} />` : html`
      <section class="card" id="crowd">
        <h2>${t("break.asOperator")}</h2>
        <p class="help">${t("break.asOperator.what")}</p>
        <${BecomeOperator} caller=${caller} />
      </section>`)}
    ${caller.operator && html`<${House} />`}
    <${Plots} />`;
}

/** Why the verdict is as it is. */
function verdictText(now) {
  if (!now) return t("loading");
  if (now.verdict === "INCONSISTENT") return t("ops.wrong");
  if (now.verdict === "CONSISTENT") return t("ops.consistent", { text: duration(now.consistentForMs) });
  if (now.verdict !== "CONVERGING") return t("ops.noReport");
  if (now.outbox > 0) return t("ops.onTheWay", { n: brief(now.outbox) });
  if (now.gate === "closed") return t("problem.gate_closed");
  return t(now.ledger === "down" ? "problem.ledger_unavailable" : "ops.nextReport");
}

function Recovery({ samples }) {
  const last = lastRecovery(samples);
  if (!last) return null;
  const text = duration(last.ms);
  return html`
    <span class="time-to" data-test="time-to" data-recovered=${last.fault ?? "grab"}>
      ${last.fault ? t("ops.recovered", { fault: t(`fault.${last.fault}`), text }) : t("ops.settledLast", { text })}
    </span>`;
}
