// The last five minutes: five plots on one time axis, with the faults marked on each.
import { html, useMemo } from "./html.js";
import { language, span, t } from "./i18n.js";
import { count } from "./money.js";
import { live } from "./live.js";
import { Chart } from "./chart.js";

const window = 300;

export function Plots() {
  const { samples } = live.use();
  const { code } = language.use();
  const plots = useMemo(() => columns(samples), [samples]);
  if (samples.length < 2) return html`<p class="help">${t("plots.none")}</p>`;
  const { times, faults, range } = plots;
  const chart = (key, title, series, values, more) => html`<${Chart} key=${`${key} ${code}`} title=${title} series=${series} data=${[times, ...values]} faults=${faults} range=${range} ...${more} />`;
  return html`
    <div class="plot-grid">
      ${chart("books", t("plot.accepted.title"), [{ label: t("plot.accepted"), colour: "plot-one" }, { label: t("plot.settled"), colour: "plot-two", dash: [6, 4] }], [plots.accepted, plots.settled],
        { bands: [{ series: [1, 2], colour: "gold-fill" }], show: count })}
      ${chart("outbox", t("plot.outbox"), [{ label: t("plot.waiting"), colour: "plot-one", fill: true }, { label: t("plot.queue"), colour: "plot-three", dash: [3, 3] }], [plots.outbox, plots.queue], { show: count })}
      ${chart("latency", t("plot.latency"), [{ label: "p50", colour: "plot-two", dash: [6, 4] }, { label: "p99", colour: "plot-one" }], [plots.p50, plots.p99], { unit: " ms", show: tenth })}
      ${chart("lag", t("plot.lag"), [{ label: t("plot.lagMs"), colour: "plot-one", fill: true }], [plots.lag], { show: (s) => span(s === undefined ? null : s * 1000) })}
      ${chart("cpu", t("plot.cpu"), [{ label: t("plot.cores"), colour: "plot-three" }], [plots.cpu], { show: hundredth })}
    </div>`;
}

const tenth = (value) => (value === undefined ? "–" : (Math.round(value * 10) / 10).toString());
const hundredth = (value) => (value === undefined ? "–" : (Math.round(value * 100) / 100).toString());

/** What the samples are in columns. Accepted = settled + outbox, by identity; both count from the beginning of the window. */
function columns(samples) {
  const column = (read) => samples.map((sample) => read(sample) ?? null);
  let booked = null;
  // A ledger that cannot be read has booked nothing that anybody knows of.
  const settledAll = samples.map((sample) => (booked = sample.totals.settled ?? booked));
  const base = settledAll.find((value) => value !== null) ?? 0;
  const settled = settledAll.map((value) => (value === null ? null : value - base));
  const to = (samples.at(-1)?.time ?? 0) / 1000;
  return {
    times: samples.map((sample) => sample.time / 1000), range: [to - window, to], faults: faultsIn(samples), settled,
    accepted: samples.map((sample, n) => (settled[n] === null || sample.outbox === null ? null : settled[n] + sample.outbox)),
    outbox: column((sample) => sample.outbox), queue: column((sample) => sample.queue), p50: column((sample) => sample.grabs?.p50Ms), p99: column((sample) => sample.grabs?.p99Ms),
    lag: samples.map((sample) => (sample.outbox === 0 ? 0 : sample.lagMs === null ? null : sample.lagMs / 1000)), cpu: column((sample) => sample.cpu),
  };
}

/** Each fault once, from its start to where it was last seen. */
export function faultsIn(samples) {
  const found = new Map();
  for (const sample of samples)
    for (const fault of sample.faults ?? []) {
      const from = Date.parse(fault.startedAt) / 1000;
      found.set(`${fault.id} ${from}`, { id: fault.id, from, to: Math.min(Date.parse(fault.endsAt), sample.time + 1000) / 1000 });
    }
  return [...found.values()];
}
