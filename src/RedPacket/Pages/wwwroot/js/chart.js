// One uPlot chart: colours from the palette, time on the x axis, faults shaded, and a legend that needs no mouse.
import { html, useEffect, useRef } from "./html.js";
import { timeOfDay } from "./i18n.js";
import { useMedia } from "./state.js";
import uPlot from "../vendor/uPlot.mjs";

const height = 150;

/** series: [{ label, colour (a name of the palette), dash, fill }]; data: [times in s, ...values]; faults: [{ id, from, to }] in s. */
export function Chart({ title, series, data, faults = [], bands, unit = "", show = String, range }) {
  const place = useRef(null);
  const plot = useRef(null);
  const shaded = useRef(faults);
  const span = useRef(range);
  shaded.current = faults;
  span.current = range;
  const dark = useMedia("(prefers-color-scheme: dark)");
  useEffect(() => {
    const node = place.current;
    const made = new uPlot(options(node.clientWidth, series, bands, shaded, span), data, node);
    plot.current = made;
    const watch = new ResizeObserver(() => node.clientWidth > 0 && made.setSize({ width: node.clientWidth, height }));
    watch.observe(node);
    return () => {
      watch.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [dark]);
  useEffect(() => { plot.current?.setData(data); }, [data, range]);
  const latest = (index) => data[index + 1].findLast((value) => value !== null && value !== undefined);
  return html`
    <figure class="plot" data-test="plot" data-faults=${faults.map((fault) => fault.id).join(" ")}>
      <figcaption><strong>${title}</strong>
        ${series.map((one, index) => html`
          <span class="key" key=${one.label}>
            <svg viewBox="0 0 22 6" aria-hidden="true">
              <path class=${one.colour} d="M1 3h20" stroke-dasharray=${one.dash?.join(" ")} />
            </svg>
            ${one.label} <b>${show(latest(index))}${unit}</b>
          </span>`)}
      </figcaption>
      <div ref=${place} class="canvas"></div>
    </figure>`;
}

function options(width, series, bands, shaded, span) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("plot-grid"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const line = (one) => ({
    label: one.label,
    stroke: colour(one.colour),
    width: 2,
    dash: one.dash,
    fill: one.fill && `${colour(one.colour)}22`,
    points: { show: one.points ?? false },
    spanGaps: false,
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { sync: { key: "redpacket" }, drag: { x: false, y: false }, y: false },
    padding: [16, 10, 0, 0],
    scales: {
      x: { time: true, range: (_, from, to) => span.current ?? [from, to] },
      y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.08] },
    },
    axes: [
      { ...axis, values: (_, times) => times.map((seconds) => timeOfDay(seconds * 1000)), space: 70, size: 28 },
      { ...axis, size: 58, values: (_, values) => values.map(short), space: 34 },
    ],
    series: [{}, ...series.map(line)],
    bands: bands?.map((band) => ({ series: band.series, fill: `${colour(band.colour)}66` })),
    hooks: { drawClear: [(u) => shade(u, shaded.current, colour)] },
  };
}

/** Marks each fault as a shaded period with its name. */
function shade(u, faults, colour) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  faults.forEach((fault, n) => {
    const from = u.valToPos(fault.from, "x", true);
    const to = Math.max(u.valToPos(fault.to, "x", true), from + 2 * ratio);
    ctx.fillStyle = `${colour("bad")}26`;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.fillStyle = colour("bad");
    ctx.fillRect(from, bbox.top, 1.5 * ratio, bbox.height);
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    const x = Math.min(from + 4 * ratio, bbox.left + bbox.width - ctx.measureText(fault.id).width);
    ctx.fillText(fault.id, x, bbox.top - 4 * ratio + (n % 2) * 14 * ratio);
  });
  ctx.restore();
}

function short(value) {
  if (value >= 1_000_000) return `${value / 1_000_000} M`;
  return value >= 10_000 ? `${value / 1000} k` : `${Math.round(value * 100) / 100}`;
}
