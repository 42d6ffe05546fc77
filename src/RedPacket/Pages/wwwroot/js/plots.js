// The last minutes: five plots on one time axis, each with the faults marked. They can be saved as one picture.
import { html, useMemo, useRef, useState } from "./html.js";
import { duration, language, t } from "./i18n.js";
import { brief } from "./money.js";
import { live } from "./live.js";
import { faultsIn, sentOf } from "./flow-state.js";
import { Chart } from "./chart.js";
import { savePicture } from "./plots-picture.js";

const storageKey = "redpacket-window";
/** How many seconds each window shows. The default begins with the first event. */
const windows = { event: null, one: 60, five: 300 };
const gapMs = 3000;

export function Plots() {
  const { samples } = live.use();
  const { code } = language.use();
  const [shown, setShown] = useState(remembered);
  const grid = useRef(null);
  const choose = (name) => {
    setShown(name);
    try {
      localStorage.setItem(storageKey, name);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };
  const data = useMemo(() => columns(samples), [samples, code]);
  const range = rangeOf(samples, windows[shown]);
  return html`
    <section class="card plots" aria-labelledby="plots-title">
      <div class="top-line">
        <h2 id="plots-title">${t("plots.title")}</h2>
        <div class="row">
          <div class="languages" role="group" aria-label=${t("plots.window")}>
            ${Object.keys(windows).map((name) => html`
              <button type="button" key=${name} data-test=${`window-${name}`} aria-pressed=${shown === name}
                onClick=${() => choose(name)}>${t(`plots.${name}`)}</button>`)}
          </div>
          <button type="button" class="secondary small" data-test="plots-save" disabled=${samples.length < 2}
            onClick=${() => savePicture(grid.current)}>${t("plots.save")}</button>
        </div>
      </div>
      <p class="help">${t(samples.length < 2 ? "plots.none" : "plots.what")}</p>
      <div class="plot-grid" ref=${grid}>
        ${samples.length >= 2 && plotsOf(data).map(([key, title, series, values, more]) => html`
          <${Chart} key=${`${key} ${code}`} title=${title} series=${series} data=${[data.times, ...values]}
            faults=${data.faults} range=${range} ...${more} />`)}
      </div>
    </section>`;
}

function remembered() {
  try {
    const name = localStorage.getItem(storageKey);
    return name in windows ? name : "event";
  } catch {
    return "event";
  }
}

/** From and to in seconds. Without a length it begins just before something was granted, waited or was broken. */
function rangeOf(samples, seconds) {
  if (samples.length === 0) return [0, 1];
  const to = samples.at(-1).time / 1000;
  const first = samples.find((sample) => sample.rates.granted > 0 || sample.outbox > 0 || sample.faults?.length > 0);
  return [to - (seconds ?? Math.max(60, first ? to - first.time / 1000 + 5 : 0)), to];
}

/** Each plot as [key, title, series, values, more]. */
function plotsOf({ granted, settled, outbox, queue, p50, p99, lag, cpu }) {
  const ms = (value) => (value === undefined ? "–" : `${brief(value)} ms`);
  const backlog = { label: t("plot.backlog"), colour: "gold-fill", value: outbox };
  return [
    ["flow", t("plot.flow"),
      [{ label: t("plot.in"), colour: "plot-one" }, { label: t("plot.out"), colour: "plot-two", dash: [6, 4] }],
      [granted, settled], { band: backlog, show: brief, height: 190 }],
    ["outbox", t("plot.outbox"),
      [{ label: t("plot.waiting"), colour: "plot-one", fill: true }, { label: t("plot.queue"), colour: "plot-three", dash: [3, 3] }],
      [outbox, queue], { show: brief }],
    ["latency", t("plot.latency"),
      [{ label: "p50", colour: "plot-two", dash: [6, 4] }, { label: "p99", colour: "plot-one" }], [p50, p99], { show: ms }],
    ["lag", t("plot.lag"),
      [{ label: t("plot.lagMs"), colour: "plot-one", fill: true }], [lag], { show: duration, least: 1000 }],
    ["cpu", t("plot.cpu"), [{ label: t("plot.cores"), colour: "plot-three" }], [cpu], { show: brief }],
  ];
}

/** The samples as columns, with an empty row in each gap: a line breaks where nothing was measured. */
export function columns(samples) {
  const isAfterGap = (n) => n > 0 && samples[n].time - samples[n - 1].time > gapMs;
  const rows = samples.flatMap((sample, n) => (isAfterGap(n) ? [{ time: samples[n - 1].time + 1000 }, sample] : [sample]));
  const column = (read) => rows.map((row) => read(row) ?? null);
  return {
    times: rows.map((row) => row.time / 1000),
    faults: faultsIn(samples).map(({ id, from, to }) => ({ id, name: t(`fault.${id}`), from: from / 1000, to: to / 1000 })),
    granted: column((row) => row.rates?.granted),
    settled: column((row) => row.rates?.settled),
    outbox: column((row) => row.outbox),
    queue: column(sentOf),
    p50: column((row) => row.grabs?.p50Ms),
    p99: column((row) => row.grabs?.p99Ms),
    lag: column((row) => (row.outbox === 0 ? 0 : row.lagMs)),
    cpu: column((row) => row.cpu),
  };
}
