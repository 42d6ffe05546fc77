// The last five minutes: five plots on one time axis, each with the faults marked.
import { html, useMemo } from "./html.js";
import { duration, language, t } from "./i18n.js";
import { count } from "./money.js";
import { live } from "./live.js";
import { Chart } from "./chart.js";

const windowSeconds = 300;

export function Plots() {
  const { samples } = live.use();
  const { code } = language.use();
  const plots = useMemo(() => columns(samples), [samples]);
  if (samples.length < 2) return html`<p class="help">${t("plots.none")}</p>`;
  const { times, faults, range } = plots;
  return html`
    <div class="plot-grid">
      ${plotsOf(plots).map(([key, title, series, values, more]) => html`
        <${Chart} key=${`${key} ${code}`} title=${title} series=${series} data=${[times, ...values]}
          faults=${faults} range=${range} ...${more} />`)}
    </div>`;
}

/** Each plot as [key, title, series, values, more]. */
function plotsOf({ accepted, settled, outbox, queue, p50, p99, lag, cpu }) {
  return [
    ["books", t("plot.accepted.title"),
      [{ label: t("plot.accepted"), colour: "plot-one" }, { label: t("plot.settled"), colour: "plot-two", dash: [6, 4] }],
      [accepted, settled], { bands: [{ series: [1, 2], colour: "gold-fill" }], show: count }],
    ["outbox", t("plot.outbox"),
      [{ label: t("plot.waiting"), colour: "plot-one", fill: true }, { label: t("plot.queue"), colour: "plot-three", dash: [3, 3] }],
      [outbox, queue], { show: count }],
    ["latency", t("plot.latency"),
      [{ label: "p50", colour: "plot-two", dash: [6, 4] }, { label: "p99", colour: "plot-one" }],
      [p50, p99], { unit: " ms", show: (value) => rounded(value, 10) }],
    ["lag", t("plot.lag"),
      [{ label: t("plot.lagMs"), colour: "plot-one", fill: true }],
      [lag], { show: (seconds) => duration(seconds === undefined ? null : seconds * 1000) }],
    ["cpu", t("plot.cpu"),
      [{ label: t("plot.cores"), colour: "plot-three" }],
      [cpu], { show: (value) => rounded(value, 100) }],
  ];
}

const rounded = (value, factor) => (value === undefined ? "–" : (Math.round(value * factor) / factor).toString());

/** The samples as columns. Accepted = settled + outbox, by identity. Both count from the beginning of the window. */
function columns(samples) {
  const column = (read) => samples.map((sample) => read(sample) ?? null);
  let lastSettled = null;
  // While the ledger cannot be read, the last known number stays.
  const settledAll = samples.map((sample) => (lastSettled = sample.totals.settled ?? lastSettled));
  const base = settledAll.find((value) => value !== null) ?? 0;
  const settled = settledAll.map((value) => (value === null ? null : value - base));
  const to = (samples.at(-1)?.time ?? 0) / 1000;
  return {
    times: samples.map((sample) => sample.time / 1000),
    range: [to - windowSeconds, to],
    faults: faultsIn(samples),
    settled,
    accepted: samples.map((sample, n) => (settled[n] === null || sample.outbox === null ? null : settled[n] + sample.outbox)),
    outbox: column((sample) => sample.outbox),
    queue: column((sample) => sample.queue),
    p50: column((sample) => sample.grabs?.p50Ms),
    p99: column((sample) => sample.grabs?.p99Ms),
    lag: samples.map((sample) => (sample.outbox === 0 ? 0 : sample.lagMs === null ? null : sample.lagMs / 1000)),
    cpu: column((sample) => sample.cpu),
  };
}

/** Each fault once, from its start to the last sample that names it. */
function faultsIn(samples) {
  const found = new Map();
  for (const sample of samples)
    for (const fault of sample.faults ?? []) {
      const from = Date.parse(fault.startedAt) / 1000;
      found.set(`${fault.id} ${from}`, { id: fault.id, from, to: Math.min(Date.parse(fault.endsAt), sample.time + 1000) / 1000 });
    }
  return [...found.values()];
}
