// From all packets to one packet, from its claims to one claim, and that claim's timeline.
import { html, useState } from "./html.js";
import { dateAndTime, duration, hasText, t, timeOfDay } from "./i18n.js";
import { yuan } from "./money.js";
import { go } from "./router.js";
import { Icon } from "./icons.js";
import { Verdict } from "./shared.js";

const isSet = ([, value]) => value !== null && value !== undefined;
const address = (values) => `/ops/consistency?${new URLSearchParams(Object.entries(values).filter(isSet))}`;

export function Drilldown({ report, query }) {
  const packetId = query.get("packetId");
  return html`
    <section class="card drill" data-test="drill">
      ${packetId && html`<${Crumbs} packetId=${packetId} claim=${report.claim} />`}
      ${report.claim && html`<${Timeline} claim=${report.claim} />`}
      ${report.claimsPage && html`<${Claims} page=${report.claimsPage} packetId=${packetId} chosen=${report.claim?.ordinal} />`}
      ${report.packetsPage && !packetId && html`<${Packets} page=${report.packetsPage} />`}
    </section>`;
}

function Crumbs({ packetId, claim }) {
  return html`
    <p class="crumbs">
      <button type="button" class="secondary small" data-test="all-packets" onClick=${() => go("/ops/consistency")}>
        ← ${t("drill.back")}
      </button>
      ${claim && html`
        <button type="button" class="secondary small" data-test="all-claims" onClick=${() => go(address({ packetId }))}>
          ← ${t("drill.claims")}
        </button>`}
      <a href=${`/p/${packetId}`}>${t("drill.page")}</a>
    </p>`;
}

function Packets({ page }) {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    go(address({ packetId: text.trim() }));
  };
  return html`
    <h2>${t("drill.packets")}</h2>
    <form class="find" onSubmit=${submit}>
      <label>${t("drill.find")}
        <input name="packetId" value=${text} required autocomplete="off" onInput=${(event) => setText(event.target.value)} />
      </label>
      <button type="submit" class="secondary" data-test="find-packet">${t("drill.open")}</button>
    </form>
    ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
      <div class="scroll tall" tabindex="0" role="region" aria-label=${t("drill.packets")}><table data-test="packets">
        <thead><tr>
          <th>${t("diff.packet")}</th><th>${t("column.verdict")}</th><th>${t("column.state")}</th>
          ${["granted", "settled", "inFlight", "missing", "funded", "left"].map((name) => html`<th class="n">${t(`sum.${name}`)}</th>`)}
        </tr></thead>
        <tbody>${page.items.map((one) => html`
          <tr key=${one.packetId}>
            <td><a href=${address({ packetId: one.packetId })} data-test="packet-line"><code>${one.packetId}</code></a></td>
            <td><${Verdict} verdict=${one.verdict} /></td>
            <td>${t(`state.${one.state}`)}</td>
            <td class="n">${one.granted}</td>
            <td class="n">${one.settled ?? "–"}</td>
            <td class="n">${one.inFlight ?? "–"}</td>
            <td class="n">${one.missing ?? "–"}</td>
            <td class="n">${yuan(one.fundedFen)}</td>
            <td class="n">${yuan(one.leftFen)}</td>
          </tr>`)}</tbody>
      </table></div>`}
    ${page.next && html`
      <button type="button" class="secondary" data-test="next-packets" onClick=${() => go(address({ after: page.next }))}>
        ${t("drill.next")}
      </button>`}`;
}

function Claims({ page, packetId, chosen }) {
  return html`
    <h2>${t("drill.claims")}</h2><p class="help"><code>${packetId}</code></p>
    ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
      <div class="scroll tall" tabindex="0" role="region" aria-label=${t("drill.claims")}><table data-test="claims">
        <thead><tr>
          <th class="n">${t("column.ordinal")}</th><th>${t("diff.user")}</th><th class="n">${t("column.amount")}</th>
          <th>${t("column.granted")}</th><th>${t("column.status")}</th>
        </tr></thead>
        <tbody>${page.items.map((one) => html`
          <tr key=${one.ordinal} aria-selected=${one.ordinal === chosen}>
            <td class="n"><a href=${address({ packetId, ordinal: one.ordinal })} data-test="claim-line">${one.ordinal}</a></td>
            <td><bdi>${one.userId ?? "–"}</bdi></td>
            <td class="n">${yuan(one.amountFen)}</td>
            <td>${dateAndTime(one.grantedAt)}</td>
            <td><${Status} status=${one.status} /></td>
          </tr>`)}</tbody>
      </table></div>`}
    ${page.next && html`
      <button type="button" class="secondary" data-test="next-claims" onClick=${() => go(address({ packetId, after: page.next }))}>
        ${t("drill.next")}
      </button>`}`;
}

const tones = { settled: ["good", "check"], in_flight: ["waiting", "clock"] };

/** The status of a claim: settled, or the kind of its difference; null if the ledger could not be read. */
function Status({ status }) {
  const [tone, icon] = tones[status] ?? (status ? ["bad", "cross"] : ["idle", "rest"]);
  const key = status === "settled" ? "settled.true" : `kind.${status}`;
  const text = hasText(key) ? t(key) : status ?? "–";
  return html`<span class=${`pill ${tone}`} data-status=${status}><${Icon} name=${icon} /> ${text}</span>`;
}

function Timeline({ claim }) {
  const after = (time) => t("line.after", { text: duration(Date.parse(time) - Date.parse(claim.grantedAt)) });
  const inLedger = claim.ledgerTransfer ? t("line.settled.what", { n: claim.ledgerTransfer }) : claim.inOutbox ? t("line.inOutbox") : "";
  const stations = [
    ["granted", claim.grantedAt, t("line.granted.what")],
    ["published", claim.publishedAt, t("line.published.what")],
    claim.parkedAt ? ["parked", claim.parkedAt, claim.parkedReason] : ["settled", claim.settledAt, inLedger],
  ];
  return html`
    <div class="timeline" data-test="timeline">
      <h2>
        ${t("drill.claim", { n: claim.ordinal })} · <bdi>${claim.userId}</bdi> · ${yuan(claim.amountFen)}
        <${Status} status=${claim.status} />
      </h2>
      <ol>${stations.map(([name, time, what]) => html`
        <li key=${name} class=${time ? "reached" : ""} data-station=${name}>
          <span class="dot" aria-hidden="true"></span>
          <strong>${t(`line.${name}`)}</strong>
          <span class="when">${time ? timeOfDay(time, true) : t("line.notYet")}</span>${" "}
          <small>${time && claim.grantedAt && name !== "granted" ? after(time) : ""}</small>
          <p>${what}</p>
        </li>`)}</ol>
      <p class="help">${t("line.trace")} <code data-test="trace">${claim.traceId ?? "–"}</code></p>
    </div>`;
}
