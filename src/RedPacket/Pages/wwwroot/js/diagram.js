// The way of a grab as a drawing: each part with its rate and backlog, and coins on the paths where money moves.
import { html } from "./html.js";
import { t } from "./i18n.js";
import { brief } from "./money.js";
import { flowStates, sentOf } from "./flow-state.js";
import { useMedia } from "./state.js";

// The parts' places as x, y, width, height: for a wide window, and for a phone.
const wide = {
  size: [1120, 352],
  frame: [182, 80, 342, 160],
  at: {
    api: [6, 118, 144, 106],
    packets: [194, 118, 148, 106],
    outbox: [362, 118, 150, 106],
    live: [560, 62, 162, 100],
    slow: [560, 190, 162, 100],
    settlement: [764, 118, 146, 106],
    ledger: [952, 118, 162, 106],
    parked: [952, 250, 162, 92],
  },
  paths: {
    api: "M150 171H192",
    packets: "M342 171H360",
    live: "M512 160C538 160 534 112 558 112",
    slow: "M512 182C538 182 534 240 558 240",
    liveOut: "M722 112C748 112 738 160 762 160",
    slowOut: "M722 240C748 240 738 182 762 182",
    ledger: "M910 171H950",
    parked: "M837 224C837 280 880 296 950 296",
  },
  back: "M1033 118C1033 -6 437 -6 437 112",
  backWord: [735, 50],
};
const narrow = {
  size: [360, 872],
  frame: [10, 122, 340, 270],
  at: {
    api: [30, 8, 300, 92],
    packets: [30, 156, 300, 92],
    outbox: [30, 286, 300, 92],
    live: [10, 426, 164, 100],
    slow: [186, 426, 164, 100],
    settlement: [30, 566, 300, 92],
    ledger: [30, 696, 164, 92],
    parked: [206, 696, 144, 92],
  },
  paths: {
    api: "M180 100V154",
    packets: "M180 248V284",
    live: "M120 378C120 404 92 400 92 424",
    slow: "M240 378C240 404 268 400 268 424",
    liveOut: "M92 526C92 548 130 542 130 564",
    slowOut: "M268 526C268 548 230 542 230 564",
    ledger: "M112 658V694",
    parked: "M278 658V694",
  },
  back: "M112 788C112 852 5 852 5 700V350C5 338 12 334 28 334",
  backWord: [200, 850],
};

const shapes = { run: "M0 0l9 6-9 6z", rest: "M0 6h10", stand: "M1.5 0v12M8.5 0v12", refuses: "M0 1l10 10M10 1L0 11" };
const queueNames = { live: "live.v1", slow: "slow.v1" };

export function Diagram({ samples }) {
  const small = useMedia("(max-width: 48rem)");
  const plan = small ? narrow : wide;
  const now = samples.at(-1);
  const state = flowStates(samples) ?? {};
  const lines = numbers(now);
  const [frameX, frameY, frameWidth, frameHeight] = plan.frame;
  return html`
    <svg class=${`way-drawn ${small ? "small" : ""}`} viewBox=${`0 0 ${plan.size.join(" ")}`}
      role="group" aria-label=${t("ops.way")} data-test="way">
      <rect class="frame" x=${frameX} y=${frameY} width=${frameWidth} height=${frameHeight} rx="16" />
      <text class="frame-name" x=${frameX + 16} y=${frameY + 26}>Redis</text>
      <path class="back" d=${plan.back} />
      <text class="back-word" x=${plan.backWord[0]} y=${plan.backWord[1]} text-anchor="middle">${t("way.leaves")}</text>
      <${Flow} d=${plan.paths.api} rate=${now?.grabs?.perSecond} state=${state.api} />
      <${Flow} d=${plan.paths.packets} rate=${now?.rates.granted} state=${state.packets} />
      <${Flow} d=${plan.paths.live} rate=${state.outbox === "stand" ? 0 : now?.rates.granted} state=${state.outbox} />
      <${Flow} d=${plan.paths.slow} rate=${state.slow === "run" ? now.slow : 0} state=${state.slow} />
      <${Flow} d=${plan.paths.liveOut} rate=${now?.rates.settled} state=${state.live} />
      <${Flow} d=${plan.paths.slowOut} rate=${state.slow === "run" ? now?.rates.settled : 0} state=${state.slow} />
      <${Flow} d=${plan.paths.ledger} rate=${now?.rates.settled} state=${state.ledger === "stand" ? "stand" : state.settlement} />
      <${Flow} d=${plan.paths.parked} rate=${0} state=${state.parked} />
      ${Object.entries(plan.at).map(([name, place]) => html`
        <${Part} key=${name} name=${name} place=${place} lines=${lines[name]} state=${state[name] ?? "rest"} fill=${fillOf(name, now)} />`)}
    </svg>`;
}

/** One or two lines of text for each part. */
function numbers(now) {
  const rate = (n, key) => t(key, { n: brief(typeof n === "number" ? Math.round(n) : n) });
  // What the lanes hold is still in the outbox, so it must not look like more.
  const sent = now ? sentOf(now) : null;
  const second = now?.gate === "closed" ? t("part.gate")
    : now?.grabs?.refused > 0 ? rate(now.grabs.refused, "unit.refused")
    : t("way.answer");
  return {
    api: [rate(now?.grabs?.perSecond, "unit.grabs"), second],
    packets: [rate(now?.rates.granted, "unit.granted")],
    outbox: [rate(now?.outbox, "unit.waiting"), sent > 0 ? rate(sent, "unit.ofThese") : null],
    live: [rate(sent === null ? null : Math.max(0, sent - (now.slow ?? 0)), "unit.sent")],
    slow: [rate(now?.slow, "unit.waiting")],
    settlement: [rate(now?.rates.settled, "unit.settled")],
    ledger: [rate(now?.totals.settled, "unit.transfers")],
    parked: [rate(now?.parked, "unit.parked")],
  };
}

function Part({ name, place: [x, y, width, height], lines, state, fill }) {
  const title = t(`part.${name}`);
  const label = name === "parked" && isStopped(state) ? t("part.parked") : t(`part.${state}`);
  const queue = queueNames[name];
  return html`
    <g class=${`part ${state}`} data-part=${name} data-state=${state} role="img"
      aria-label=${[`${title}: ${label}`, ...lines].filter(Boolean).join(", ")}>
      <rect class="box" x=${x} y=${y} width=${width} height=${height} rx="13" />
      ${fill > 0 && html`
        <rect class="level" x=${x + 8} y=${y + height - 9} width=${Math.max(4, (width - 16) * fill)} height="5" rx="2.5" />`}
      <text class="title" x=${x + 14} y=${y + 27}>${title}</text>
      ${queue && html`<text class="api" x=${x + width - 12} y=${y + 27} text-anchor="end">${queue}</text>`}
      <text class="number" x=${x + 14} y=${y + 51} data-test=${`${name}-number`}>${lines[0]}</text>
      ${lines[1] && (height > 100
        ? html`<text class="second" x=${x + 14} y=${y + 70}>${lines[1]}</text>`
        : html`<text class="second" x=${x + width - 14} y=${y + 51} text-anchor="end">${lines[1]}</text>`)}
      <path class="mark" transform=${`translate(${x + 14} ${y + height - 28})`} d=${shapes[state]} />
      <text class="state" x=${x + 30} y=${y + height - 17}>${label}</text>
    </g>`;
}

/** A path with coins on it. They move faster at a higher rate. */
function Flow({ d, rate, state }) {
  const stopped = isStopped(state);
  const pace = stopped || !(rate > 0) ? "" : rate < 20 ? "slow" : rate < 300 ? "brisk" : "fast";
  return html`<path class=${`flow ${stopped ? "stand" : ""}`} d=${d} />${pace && html`<path class=${`coins-on ${pace}`} d=${d} />`}`;
}

const isStopped = (state) => state === "stand" || state === "refuses";

/** The fill level of a part, from 0 to 1. It is logarithmic, so that both ten and ten thousand are visible. */
function fillOf(name, now) {
  const waiting = { outbox: now?.outbox, live: now?.queue, slow: now?.slow, parked: now?.parked }[name] ?? 0;
  return waiting > 0 ? Math.min(1, Math.log10(waiting + 1) / 5) : 0;
}
