// The last reports of this process, as a plot with the verdicts along it.
import { html, useEffect, useMemo, useState } from "./html.js";
import { language, t } from "./i18n.js";
import { get } from "./api.js";
import { count } from "./money.js";
import { Chart } from "./chart.js";
import { Trouble } from "./shared.js";

const marks = { CONSISTENT: ["good", "✓"], CONVERGING: ["wait", "…"], INCONSISTENT: ["bad", "✗"] };

export function History({ round }) {
  const { code } = language.use();
  const [reports, setReports] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    get("/api/v1/consistency/history").then((answer) => { setReports(answer.reports); setProblem(null); }, setProblem);
  }, [round]);
  const data = useMemo(() => columns(reports ?? []), [reports]);
  const latest = (reports ?? []).slice(-12).reverse();
  return html`
    <section class="card plots" data-test="history" data-reports=${reports?.length ?? 0}>
      <h2>${t("history.title")}</h2>
      <p class="help">${t("history.what")}</p>
      <${Trouble} problem=${problem} />
      ${reports?.length > 0 ? html`
        <${Chart} key=${`history ${code} ${reports.length > 0}`} title=${t("report.differences")} data=${data}
          series=${[{ label: t("history.inFlight"), colour: "gold", fill: true, points: true }, { label: t("history.wrong"), colour: "plot-one", dash: [6, 4], points: true }]} show=${(value) => count(value ?? 0)} range=${[data[0][0] - 1, data[0].at(-1) + 1]} />
        <ol class="verdicts" aria-label=${t("history.title")}>${latest.map((one) => html`<li key=${one.asOf}><span class=${`pill ${{ good: "good", wait: "waiting", bad: "bad" }[marks[one.verdict][0]]}`}>${marks[one.verdict][1]} ${one.verdict}</span> <time datetime=${one.asOf}>${new Date(one.asOf).toTimeString().slice(0, 8)}</time></li>`)}</ol>` : html`<p>${t("history.none")}</p>`}
    </section>`;
}

function columns(reports) {
  const wrong = (one) => ["missing", "orphan", "mismatch", "duplicate", "parked"].reduce((sum, name) => sum + Number(one[name] ?? 0), 0);
  return [reports.map((one) => Date.parse(one.asOf) / 1000), reports.map((one) => one.inFlight ?? null), reports.map(wrong)];
}
