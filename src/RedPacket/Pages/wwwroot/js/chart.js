// One uPlot chart: colours from the palette, time on the x axis, faults shaded, and a legend that needs no mouse.
import { html, useEffect, useRef } from "./html.js";
import { timeOfDay } from "./i18n.js";
import { useMedia } from "./state.js";
import uPlot from "../vendor/uPlot.mjs";

/** The names of faults have two rows above the plot. */
const labelRows = 2;
const labelHeight = 14;

/**
 * series: [{ label, colour (a name of the palette), dash, fill }]; data: [times in s, ...values]; faults: [{ id, name, from, to }] in s.
 * show: a value as text, with its unit, for the axis and the legend; band: { label, colour, value } between the first two series;
 * least: the least height of the y axis.
 */
export function Chart({ title, series, data, faults = [], band, show = String, range, height = 160, least = 1 }) {
  const place = useRef(null);
  const plot = useRef(null);
  const shaded = useRef(faults);
  const span = useRef(range);
  shaded.current = faults;
  span.current = range;
  const dark = useMedia("(prefers-color-scheme: dark)");
  useEffect(() => {
    const node = place.current;
    const made = new uPlot(options({ width: node.clientWidth, height, series, band, show, shaded, span, least }), data, node);
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
  const latest = (values) => show(values.findLast((value) => value !== null && value !== undefined));
  const keys = [...series.map((one, index) => ({ ...one, value: data[index + 1] })), ...(band ? [band] : [])];
  return html`
    <figure class="plot" data-test="plot" data-faults=${faults.map((fault) => fault.id).join(" ")}>
      <figcaption><strong>${title}</strong>
        ${keys.map((one) => html`
          <span class="key" key=${one.label}>
            <svg viewBox="0 0 22 6" aria-hidden="true">
              <path class=${one.colour} d="M1 3h20" stroke-dasharray=${one.dash?.join(" ")} />
            </svg>
            ${one.label} <b>${latest(one.value)}</b>
          </span>`)}
      </figcaption>
      <div ref=${place} class="canvas"></div>
    </figure>`;
}

function options({ width, height, series, band, show, shaded, span, least }) {
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
    padding: [labelRows * labelHeight + 4, 30, 0, 0],
    scales: {
      x: { time: true, range: (_, from, to) => span.current ?? [from, to] },
      y: { range: (_, low, high) => [0, Math.max(high ?? 0, least) * 1.08] },
    },
    axes: [
      { ...axis, values: (_, times) => times.map((seconds) => timeOfDay(seconds * 1000)), space: 70, size: 28 },
      { ...axis, size: 62, values: (_, values) => values.map(show), space: 34 },
    ],
    series: [{}, ...series.map(line)],
    bands: band && [{ series: [1, 2], fill: `${colour(band.colour)}66` }],
    hooks: { drawClear: [(u) => shade(u, shaded.current, colour)] },
  };
}

/** Marks each fault as a shaded period with its name above it. A name without room is left out. */
function shade(u, faults, colour) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const rowEnds = Array(labelRows).fill(0);
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  for (const fault of faults.filter(({ to }) => to > u.scales.x.min)) {
    const from = Math.max(u.valToPos(fault.from, "x", true), bbox.left);
    const to = Math.max(u.valToPos(fault.to, "x", true), from + 2 * ratio);
    ctx.fillStyle = `${colour("bad")}26`;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.fillStyle = colour("bad");
    ctx.fillRect(from, bbox.top, 1.5 * ratio, bbox.height);
    const width = ctx.measureText(fault.name).width;
    const x = Math.min(from, right - width);
    const row = rowEnds.findIndex((end) => end <= x);
    if (row < 0) continue;
    ctx.fillText(fault.name, x, bbox.top - (4 + row * labelHeight) * ratio);
    rowEnds[row] = x + width + 8 * ratio;
  }
  ctx.restore();
}
