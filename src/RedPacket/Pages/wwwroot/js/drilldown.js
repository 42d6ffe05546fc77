// From all packets to one packet, from its claims to one claim, and that claim's timeline.
import { html, useState } from "./html.js";
import { dateAndTime, duration, hasText, t } from "./i18n.js";
import { count, yuan } from "./money.js";
import { go } from "./router.js";
import { Icon } from "./icons.js";
import { CopyButton } from "./copy.js";
import { Verdict } from "./shared.js";
import { Choice, Pager, Table } from "./table.js";
import { at } from "./base.js";

/** How many rows a page has. */
export const pageSize = 50;

const isSet = ([, value]) => value !== null && value !== undefined && value !== "";
const address = (values) => `/ops/consistency?${new URLSearchParams(Object.entries(values).filter(isSet))}`;

/** The way back, and once there is a report its packet and its link. */
export function Crumbs({ query, known }) {
  const packetId = query.get("packetId");
  const asOf = query.get("asOf");
  if (!packetId && !query.get("after") && !query.get("ordinal") && !asOf) return null;
  return html`
    <p class="crumbs">
      <button type="button" class="secondary small" data-test="all-packets" onClick=${() => go("/ops/consistency")}>
        ← ${t(asOf ? "drill.now" : "drill.back")}
      </button>
      ${packetId && query.get("ordinal") && html`
        <button type="button" class="secondary small" data-test="all-claims" onClick=${() => go(address({ packetId }))}>
          ← ${t("drill.claims")}
        </button>`}
      ${known && packetId && html`
        <code>${packetId}</code> <${CopyButton} text=${packetId} label=${t("drill.copyId")} />
        <a href=${at(`/p/${encodeURIComponent(packetId)}`)}>${t("drill.page")}</a>`}
      ${known && html`<${CopyButton} text=${location.href} label=${t("drill.copyLink")} />`}
    </p>`;
}

/** Where the pages lie that were reached by "next": the position of the first row, and the cursor of the page before. */
const reached = new Map();

const verdicts = ["CONSISTENT", "CONVERGING", "INCONSISTENT"];
const states = ["open", "emptied", "expired"];
const all = () => ["", t("report.all")];

export function Packets({ page, query }) {
  const [verdict, setVerdict] = useState("");
  const [state, setState] = useState("");
  const rows = page.items.filter((one) => (!verdict || one.verdict === verdict) && (!state || one.state === state));
  const after = query.get("after") ?? "";
  const { first, before } = after === "" ? { first: 1 } : reached.get(after) ?? {};
  const previous = after === "" ? null : () => go(address({ after: before }));
  const next = page.next && (() => {
    if (first) reached.set(page.next, { first: first + page.items.length, before: after });
    go(address({ after: page.next }));
  });
  return html`
    <section class="card drill" data-test="drill">
      <h2>${t("drill.packets")}</h2>
      <${Find} />
      ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
        <div class="choices">
          <${Choice} name="verdict" label=${t("column.verdict")} value=${verdict} choose=${setVerdict}
            options=${[all(), ...verdicts.map((one) => [one, t(`verdict.${one}`)])]} />
          <${Choice} name="state" label=${t("column.state")} value=${state} choose=${setState}
            options=${[all(), ...states.map((one) => [one, t(`state.${one}`)])]} />
          ${page.total > page.items.length && html`<span class="help">${t("table.thisPage")}</span>`}
        </div>
        <${Table} name="packets" label=${t("drill.packets")} columns=${packetColumns()} rows=${rows}
          attributes=${(one) => ({ key: one.packetId, "data-state": one.state })} />
        <${Pager} name="packets" first=${first} shown=${page.items.length} total=${page.total} previous=${previous} next=${next} />`}
    </section>`;
}

function Find() {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    go(address({ packetId: text.trim() }));
  };
  return html`
    <form class="find" onSubmit=${submit}>
      <label>${t("drill.find")}
        <input name="packetId" value=${text} required autocomplete="off" onInput=${(event) => setText(event.target.value)} />
      </label>
      <button type="submit" class="secondary" data-test="find-packet">${t("drill.open")}</button>
    </form>`;
}

const packetColumns = () => [
  {
    name: "packet", title: t("diff.packet"), wide: true,
    cell: (one) => html`
      <a href=${at(address({ packetId: one.packetId }))} data-test="packet-line" title=${one.packetId}>
        <code class="long-id">${one.packetId}</code>
      </a>`,
  },
  {
    name: "verdict", title: t("column.verdict"), order: (one) => verdicts.indexOf(one.verdict),
    cell: (one) => html`<${Verdict} verdict=${one.verdict} />`,
  },
  { name: "state", title: t("column.state"), order: (one) => states.indexOf(one.state), cell: (one) => t(`state.${one.state}`) },
  {
    name: "sender", title: t("column.sender"), order: (one) => one.senderId,
    cell: (one) => html`<bdi class="long-id" title=${one.senderId}>${one.senderId}</bdi>`,
  },
  { name: "created", title: t("column.created"), order: (one) => one.createdAt, cell: (one) => dateAndTime(one.createdAt) },
  ...["granted", "settled", "inFlight"].map((name) => (
    { name, title: t(`sum.${name}`), number: true, order: (one) => one[name], cell: (one) => count(one[name]) })),
  ...["funded", "left"].map((name) => (
    { name, title: t(`sum.${name}`), number: true, order: (one) => one[`${name}Fen`], cell: (one) => yuan(one[`${name}Fen`]) })),
];

export function Claims({ report, query }) {
  const { claimsPage: page, packetId } = report;
  const [kind, setKind] = useState("");
  const after = Number(query.get("after") ?? 0);
  // The differences are those of the whole packet, not of this page.
  const differing = report.differences.filter((one) => one.entry === "grab").map((one) => (
    { ordinal: one.ordinal, userId: one.userId, amountFen: one.redisFen ?? one.ledgerFen, grantedAt: one.since, status: one.kind }));
  const kinds = [...new Set(["in_flight", ...differing.map((one) => one.status)])];
  const number = (name) => count(differing.filter((one) => one.status === name).length);
  const to = (ordinal) => () => go(address({ packetId, after: ordinal > 0 ? ordinal : null }));
  return html`
    <section class="card drill" data-test="drill">
      <h2>${t("drill.claims")}</h2>
      ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
        <div class="choices">
          <${Choice} name="status" label=${t("column.status")} value=${kind} choose=${setKind}
            options=${[all(), ...kinds.map((one) => [one, `${t(`kind.${one}`)} (${number(one)})`])]} />
        </div>
        <${Table} name="claims" label=${t("drill.claims")} columns=${claimColumns(packetId)}
          rows=${kind === "" ? page.items : differing.filter((one) => one.status === kind)}
          attributes=${(one) => ({ key: one.ordinal })} />`}
      ${kind === "" && (after > 0 || page.items.length > 0) && html`
        <${Pager} name="claims" first=${after + 1} shown=${page.items.length} total=${report.claims.granted}
          previous=${after > 0 ? to(after - pageSize) : null} next=${page.next ? to(page.next) : null} />`}
    </section>`;
}

const claimColumns = (packetId) => [
  {
    name: "ordinal", title: t("column.ordinal"), number: true, order: (one) => one.ordinal,
    cell: (one) => html`<a href=${at(address({ packetId, ordinal: one.ordinal }))} data-test="claim-line">${one.ordinal}</a>`,
  },
  { name: "user", title: t("diff.user"), order: (one) => one.userId, cell: (one) => html`<bdi>${one.userId ?? "–"}</bdi>` },
  { name: "amount", title: t("column.amount"), number: true, order: (one) => one.amountFen, cell: (one) => yuan(one.amountFen) },
  { name: "granted", title: t("column.granted"), order: (one) => one.grantedAt, cell: (one) => dateAndTime(one.grantedAt) },
  { name: "status", title: t("column.status"), order: (one) => one.status, cell: (one) => html`<${Status} status=${one.status} />` },
];

const tones = { settled: ["good", "check"], in_flight: ["waiting", "clock"] };

/** The status of a claim: settled, or the kind of its difference; null if the ledger could not be read. */
function Status({ status }) {
  const [tone, icon] = tones[status] ?? (status ? ["bad", "cross"] : ["idle", "rest"]);
  const key = status === "settled" ? "settled.true" : `kind.${status}`;
  const text = hasText(key) ? t(key) : status ?? "–";
  return html`<span class=${`pill ${tone}`} data-status=${status} title=${status}><${Icon} name=${icon} /> ${text}</span>`;
}

export function Timeline({ claim }) {
  const after = (time) => t("line.after", { text: duration(Date.parse(time) - Date.parse(claim.grantedAt)) });
  const inLedger = claim.ledgerTransfer ? t("line.settled.what", { n: claim.ledgerTransfer }) : claim.inOutbox ? t("line.inOutbox") : "";
  const stations = [
    ["granted", claim.grantedAt, t("line.granted.what")],
    ["published", claim.publishedAt, claim.publishedAt ? t("line.published.what") : ""],
    claim.parkedAt ? ["parked", claim.parkedAt, t(`parked.${claim.parkedReason}`)] : ["settled", claim.settledAt, inLedger],
  ];
  return html`
    <section class="card timeline" data-test="timeline">
      <h2>
        ${t("drill.claim", { n: claim.ordinal })} · <bdi>${claim.userId}</bdi> · ${yuan(claim.amountFen)}
        <${Status} status=${claim.status} />
      </h2>
      <ol>${stations.map(([name, time, what]) => html`
        <li key=${name} class=${time ? "reached" : ""} data-station=${name}>
          <span class="dot" aria-hidden="true"></span>
          <strong>${t(`line.${name}`)}</strong>
          <span class="when">${time ? dateAndTime(time, true) : t("line.notYet")}</span>${" "}
          <small>${time && claim.grantedAt && name !== "granted" ? after(time) : ""}</small>
          <p>${what}</p>
        </li>`)}</ol>
      ${claim.followed && html`<${Waterfall} followed=${claim.followed} />`}
      <p class="help">
        ${t("line.trace")} <code data-test="trace">${claim.traceId ?? "–"}</code>
        ${claim.traceId && html` <${CopyButton} text=${claim.traceId} label=${t("line.copyTrace")} />`}
      </p>
    </section>`;
}

// The announcement comes after them, where somebody follows the ledger.
const wholeWay = 7;

// A stage that takes a smaller part of the whole (%) is drawn as wide as this, so that it can be seen.
const narrowest = 0.4;

/** Where the time of a followed share went: a bar for each stage, from the request to the announcement. */
function Waterfall({ followed }) {
  const whole = Math.max(0.001, ...followed.stages.map((one) => one.startMs + one.durationMs));
  const percent = (ms) => 100 * ms / whole;
  return html`
    <h3>${t("stage.title", { ms: milliseconds(whole) })}</h3>
    <table class="waterfall" data-test="waterfall">
      <tbody>${followed.stages.map((one) => html`
        <tr key=${one.name} data-stage=${one.name}>
          <th scope="row" title=${t(`stage.${one.name}.what`)}>${t(`stage.${one.name}`)}</th>
          <td class="n">${t("stage.ms", { ms: milliseconds(one.durationMs) })}</td>
          <td class="bars">
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect x=${Math.min(percent(one.startMs), 100 - narrowest)} width=${Math.max(narrowest, percent(one.durationMs))}
                y="1" height="8" />
            </svg>
          </td>
        </tr>`)}</tbody>
    </table>
    ${followed.stages.length < wholeWay && html`<p class="help">${t("stage.rest")}</p>`}
    <p class="help">${t("stage.help")} <code data-test="request-trace">${followed.traceId}</code></p>`;
}

const milliseconds = (ms) => ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
