// The picture of the start page: coins leave a packet, wait in a queue and reach a ledger.
import { html } from "./html.js";
import { t } from "./i18n.js";

const coins = [[196, 92], [232, 74], [270, 84], [306, 104], [214, 128], [254, 122]];

export function HeroPicture() {
  return html`
    <svg class="hero-picture" viewBox="0 0 520 340" role="img" aria-label=${t("start.picture")}>
      <ellipse class="shade" cx="112" cy="292" rx="92" ry="12" />
      <ellipse class="shade" cx="420" cy="300" rx="88" ry="11" />
      <g class="packet-drawn">
        <rect class="paper" x="40" y="60" width="144" height="224" rx="16" />
        <path class="flap" d="M40 100V76a16 16 0 0 1 16-16h112a16 16 0 0 1 16 16v24c-42 40-102 40-144 0z" />
        <path class="fold" d="M40 100c42 40 102 40 144 0" />
        <circle class="seal" cx="112" cy="130" r="27" />
        <text class="seal-word" x="112" y="140" text-anchor="middle">福</text>
        <path class="gilt" d="M62 240h100M62 254h64" />
      </g>
      <path class="arc" d="M170 120C220 40 300 50 344 118" />
      ${coins.map(([x, y], n) => html`
        <g class=${`coin coin-${n}`} key=${n}>
          <circle cx=${x} cy=${y} r="12" /><text x=${x} y=${y + 4.5} text-anchor="middle">¥</text>
        </g>`)}
      <g class="queue-drawn">
        ${[0, 1, 2, 3].map((n) => html`<rect class="slot" key=${n} x=${206 + n * 34} y="196" width="28" height="40" rx="6" />`)}
        ${[1, 2, 3].map((n) => html`<circle class="held" key=${n} cx=${220 + n * 34} cy="216" r="8" />`)}
        <text class="word" x="271" y="262" text-anchor="middle">${t("part.queue")}</text>
      </g>
      <path class="arc" d="M344 216h22" />
      <g class="ledger-drawn">
        <path class="cover" d="M362 132h56a12 12 0 0 1 12 12v148a12 12 0 0 0-12-12h-56a8 8 0 0 1-8-8V140a8 8 0 0 1 8-8z" />
        <path class="cover" d="M430 144a12 12 0 0 1 12-12h56a8 8 0 0 1 8 8v132a8 8 0 0 1-8 8h-56a12 12 0 0 0-12 12z" />
        ${[0, 1, 2, 3, 4].map((n) => html`<path class="line" key=${n} d=${`M368 ${160 + n * 22}h46M446 ${160 + n * 22}h46`} />`)}
        <path class="tick" d="M452 262l8 8 16-18" />
        <text class="word" x="430" y="320" text-anchor="middle">${t("part.ledger")}</text>
      </g>
    </svg>`;
}
