// The consistency report, from the verdict down to the timeline of one share.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t, zone } from "./i18n.js";
import { get, reportPath } from "./api.js";
import { connection, useAction } from "./state.js";
import { session } from "./session.js";
import { route } from "./router.js";
import { AsOf, ProblemNote, Verdict } from "./shared.js";
import { Alerts } from "./alerts.js";
import { BecomeOperator } from "./operator.js";
import { Followers } from "./followers.js";
import { Changes } from "./changes.js";
import { Causes, Differences, Exports, Rules, Sums } from "./report.js";
import { Claims, Crumbs, Packets, pageSize, Timeline } from "./drilldown.js";
import { History } from "./history.js";
import { Accounts, Recoveries } from "./recoveries.js";
import { Payments } from "./payments.js";
import { Parked, Repair } from "./repair.js";

export function ConsistencyPage() {
  const caller = session.use();
  const { query } = route.use();
  // Another address begins with nothing. The report of the address before must not be taken for its own.
  if (caller.operator) return html`<${Report} key=${query.toString()} query=${query} />`;
  return html`<section class="card narrow"><h1>${t("report.title")}</h1><${BecomeOperator} caller=${caller} /></section>`;
}

function Report({ query }) {
  const asOf = query.get("asOf");
  const [report, setReport] = useState(null);
  const [full, setFull] = useState(false);
  const [round, setRound] = useState(0);
  const [busy, problem, compute] = useAction(async () => {
    setReport(await get(reportPath(query, asOf ? {} : { limit: pageSize, full: full && "true" })));
    setRound((n) => n + 1);
    // The service keeps the report, and what follows from it, soon after it has answered.
    setTimeout(() => setRound((n) => n + 1), 1500);
  });
  useEffect(() => { compute(); }, [connection.use().count]);
  const packetId = query.get("packetId");
  return html`
    <div class="top-line"><h1>${t("report.title")}</h1><${AsOf} /></div>
    <${Crumbs} query=${query} known=${report !== null} />
    <section class="card verdict-line" data-test="report">
      ${report && html`<${Verdict} verdict=${report.verdict} large /> <p class="meaning">${t(`verdict.${report.verdict}.what`)}</p>`}
      ${report && html`
        <p data-test="report-asof">
          ${t("report.asOf", { time: dateAndTime(report.asOf), zone: zone(), ms: report.tookMs })}
        </p>`}
      ${busy && !report && html`<p data-test="reading" aria-busy="true">${t("loading")}</p>`}
      ${asOf ? html`<p class="help" data-test="kept">${t("report.kept")}</p>` : html`
        <div class="row">
          <label class="check" title="full">
            <input type="checkbox" name="full" checked=${full} onChange=${(event) => setFull(event.target.checked)} /> ${t("report.full")}
          </label>
          <button type="button" data-test="compute" aria-busy=${busy} onClick=${compute}>${t("report.compute")}</button>
        </div>`}
      ${report && html`<${Causes} causes=${report.causes} />`}
      <${ProblemNote} problem=${problem} />
    </section>
    ${report && html`
      ${asOf && html`<${Changes} asOf=${asOf} />`}
      ${!asOf && !packetId && html`<${Alerts} done=${compute} round=${round} />`}
      ${report.claim && html`<${Timeline} claim=${report.claim} />`}
      ${report.claimsPage && html`<${Claims} report=${report} query=${query} />`}
      <${Sums} report=${report} />
      <${Rules} rules=${report.rules} totalsFrom=${report.totalsFrom} />
      <${Differences} report=${report} />
      ${report.subscribers?.length > 0 && html`
        <section class="card" data-test="subscribers">
          <h2>${t("title.statistics")}</h2>
          <${Followers} subscribers=${report.subscribers} />
        </section>`}
      <${Accounts} accounts=${report.accounts} />
      ${report.packetsPage && !packetId && html`<${Packets} page=${report.packetsPage} query=${query} />`}
      ${!asOf && html`<${Repair} done=${compute} /><${Parked} done=${compute} round=${round} />`}
      ${!asOf && !packetId && html`<${Payments} sums=${report.unacknowledgedPayments} done=${compute} round=${round} />`}
      <${Recoveries} recoveries=${report.healed} />
      <${History} round=${round} />
      <${Exports} query=${query} />`}`;
}
