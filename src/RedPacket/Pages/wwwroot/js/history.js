// The latest reports that the ledger keeps: a plot of their differences, and their verdicts.
import { html, useEffect, useMemo, useState } from "./html.js";
import { dateAndTime, language, t } from "./i18n.js";
import { get } from "./api.js";
import { brief } from "./money.js";
import { Chart } from "./chart.js";
import { ProblemNote } from "./shared.js";
import { keptAt } from "./alerts.js";

const marks = { CONSISTENT: ["good", "✓"], CONVERGING: ["waiting", "…"], INCONSISTENT: ["bad", "✗"] };

export function History({ round }) {
  const { code } = language.use();
  const [reports, setReports] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    get("/api/v1/consistency/history").then((answer) => { setReports(answer.reports); setProblem(null); }, setProblem);
  }, [round]);
  return html`
    <section class="card plots" data-test="history" data-reports=${reports?.length ?? 0}>
      <h2>${t("history.title")}</h2>
      <p class="help">${t("history.what")}</p>
      <${ProblemNote} problem=${problem} />
      ${reports === null && !problem && html`<p aria-busy="true">${t("loading")}</p>`}
      ${reports?.length === 0 && html`<p>${t("history.none")}</p>`}
      ${reports?.length > 0 && html`<${Plot} key=${code} reports=${reports} /><${Verdicts} reports=${reports} />`}
    </section>`;
}

function Plot({ reports }) {
  const data = useMemo(() => columns(reports), [reports]);
  const series = [
    { label: t("history.inFlight"), colour: "gold", fill: true, points: true },
    { label: t("history.wrong"), colour: "plot-one", dash: [6, 4], points: true },
  ];
  const range = [data[0][0] - 1, data[0].at(-1) + 1];
  const show = (value) => brief(value ?? 0);
  return html`<${Chart} title=${t("report.differences")} data=${data} series=${series} show=${show} range=${range} />`;
}

function Verdicts({ reports }) {
  return html`
    <ol class="verdicts" aria-label=${t("history.title")}>
      ${reports.slice(-12).reverse().map(({ asOf, verdict }) => html`
        <li key=${asOf}>
          <span class=${`pill ${marks[verdict][0]}`}>${marks[verdict][1]} ${t(`verdict.${verdict}`)}</span>${" "}
          <a href=${keptAt(asOf)} data-test="kept-report"><time datetime=${asOf}>${dateAndTime(asOf)}</time></a>
        </li>`)}
    </ol>`;
}

function columns(reports) {
  const wrong = (one) => ["missing", "orphan", "mismatch", "duplicate", "parked"].reduce((sum, name) => sum + Number(one[name] ?? 0), 0);
  return [reports.map((one) => Date.parse(one.asOf) / 1000), reports.map((one) => one.inFlight ?? null), reports.map(wrong)];
}
