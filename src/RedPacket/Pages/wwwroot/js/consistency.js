// The consistency report, from the verdict down to the timeline of one share.
import { html, useEffect, useState } from "./html.js";
import { t, timeOfDay } from "./i18n.js";
import { get, reportPath } from "./api.js";
import { connection, useAction } from "./state.js";
import { session } from "./session.js";
import { route } from "./router.js";
import { AsOf, ProblemNote, Verdict } from "./shared.js";
import { BecomeOperator } from "./operator.js";
import { Differences, Exports, Rules, Sums } from "./report.js";
import { Drilldown } from "./drilldown.js";
import { History } from "./history.js";
import { Parked, Repair } from "./repair.js";

export function ConsistencyPage() {
  const caller = session.use();
  if (caller.operator) return html`<${Report} />`;
  return html`<section class="card narrow"><h1>${t("report.title")}</h1><${BecomeOperator} caller=${caller} /></section>`;
}

function Report() {
  const { query } = route.use();
  const [report, setReport] = useState(null);
  const [full, setFull] = useState(false);
  const [round, setRound] = useState(0);
  const [busy, problem, compute] = useAction(async () => {
    setReport(await get(reportPath(query, { full: full && "true" })));
    setRound((n) => n + 1);
  });
  useEffect(() => { compute(); }, [query.toString(), connection.use().count]);
  return html`
    <div class="top-line"><h1>${t("report.title")}</h1><${AsOf} /></div>
    <section class="card verdict-line">
      ${report && html`<${Verdict} verdict=${report.verdict} large />`}
      <p data-test="report-asof">
        ${report ? t("report.asOf", { time: timeOfDay(report.asOf, true), ms: report.tookMs }) : t("loading")}
      </p>
      <div class="row">
        <label class="check">
          <input type="checkbox" name="full" checked=${full} onChange=${(event) => setFull(event.target.checked)} />
          <code>full</code> ${t("report.full")}
        </label>
        <button type="button" data-test="compute" aria-busy=${busy} onClick=${compute}>${t("report.compute")}</button>
      </div>
      ${report?.reasons.length > 0 && html`
        <ul class="reasons" lang="en">${report.reasons.map((reason) => html`<li key=${reason}>${reason}</li>`)}</ul>`}
      ${report?.unread.map((side) => html`<p class="problem" role="alert">${t("report.unread", side)}</p>`)}
      <${ProblemNote} problem=${problem} />
    </section>
    ${report && html`
      <${Drilldown} report=${report} query=${query} />
      <${Sums} report=${report} />
      <${Rules} rules=${report.rules} totalsFrom=${report.totalsFrom} />
      <${Differences} report=${report} />
      <${Repair} done=${compute} />
      <${Parked} done=${compute} round=${round} />
      <${History} round=${round} />
      <${Exports} query=${query} />`}`;
}
