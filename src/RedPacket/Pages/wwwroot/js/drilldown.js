// From all packets to one, from its claims to one, and that claim's way.
import { html, useState } from "./html.js";
import { clock, moment, span, t } from "./i18n.js";
import { yuan } from "./money.js";
import { go } from "./router.js";
import { Icon } from "./icons.js";
import { Verdict } from "./shared.js";

const address = (values) => `/ops/consistency?${new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))}`;

export function Drill({ report, query }) {
  const packetId = query.get("packetId");
  return html`
    <section class="card drill" data-test="drill">
      ${packetId ? html`<p class="crumbs"><button type="button" class="secondary small" data-test="all-packets" onClick=${() => go("/ops/consistency")}>← ${t("drill.back")}</button>
        ${report.claim && html`<button type="button" class="secondary small" data-test="all-claims" onClick=${() => go(address({ packetId }))}>← ${t("drill.claims")}</button>`} <a href=${`/p/${packetId}`}>${t("drill.page")}</a></p>` : ""}
      ${report.claim && html`<${Timeline} claim=${report.claim} />`}
      ${report.claimsPage && html`<${Claims} page=${report.claimsPage} packetId=${packetId} chosen=${report.claim?.ordinal} />`}
      ${report.packetsPage && !packetId && html`<${Packets} page=${report.packetsPage} />`}
    </section>`;
}

function Packets({ page }) {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    go(address({ packetId: text.trim() }));
  };
  return html`
    <h2>${t("drill.packets")}</h2>
    <form class="find" onSubmit=${submit}><label>${t("drill.find")} <input name="packetId" value=${text} required autocomplete="off" onInput=${(event) => setText(event.target.value)} /></label><button type="submit" class="secondary" data-test="find-packet">${t("drill.open")}</button></form>
    ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
    <div class="scroll tall" tabindex="0" role="region" aria-label=${t("drill.packets")}><table data-test="packets">
      <thead><tr><th>packetId</th><th>verdict</th><th>state</th><th class="n">granted</th><th class="n">settled</th><th class="n">inFlight</th><th class="n">missing</th><th class="n">fundedFen</th><th class="n">leftFen</th></tr></thead>
      <tbody>${page.items.map((one) => html`<tr key=${one.packetId}><td><a href=${address({ packetId: one.packetId })} data-test="packet-line"><code>${one.packetId}</code></a></td><td><${Verdict} verdict=${one.verdict} /></td><td>${one.state}</td>
        <td class="n">${one.granted}</td><td class="n">${one.settled ?? "–"}</td><td class="n">${one.inFlight ?? "–"}</td><td class="n">${one.missing ?? "–"}</td><td class="n">${yuan(one.fundedFen)}</td><td class="n">${yuan(one.leftFen)}</td></tr>`)}</tbody>
    </table></div>`}
    ${page.next && html`<button type="button" class="secondary" data-test="next-packets" onClick=${() => go(address({ after: page.next }))}>${t("drill.next")}</button>`}`;
}

const tones = { settled: ["good", "check"], in_flight: ["waiting", "clock"] };

function Status({ status }) {
  const [tone, icon] = tones[status] ?? (status ? ["bad", "cross"] : ["idle", "rest"]);
  return html`<span class=${`pill ${tone}`} data-status=${status}><${Icon} name=${icon} /> ${status ?? "–"}</span>`;
}

function Claims({ page, packetId, chosen }) {
  return html`
    <h2>${t("drill.claims")}</h2><p class="help"><code>${packetId}</code></p>
    ${page.items.length === 0 ? html`<p class="help">${t("drill.none")}</p>` : html`
    <div class="scroll tall" tabindex="0" role="region" aria-label=${t("drill.claims")}><table data-test="claims">
      <thead><tr><th class="n">ordinal</th><th>userId</th><th class="n">amountFen</th><th>grantedAt</th><th>status</th></tr></thead>
      <tbody>${page.items.map((one) => html`<tr key=${one.ordinal} aria-selected=${one.ordinal === chosen}><td class="n"><a href=${address({ packetId, ordinal: one.ordinal })} data-test="claim-line">${one.ordinal}</a></td><td><bdi>${one.userId ?? "–"}</bdi></td>
        <td class="n">${yuan(one.amountFen)}</td><td>${moment(one.grantedAt)}</td><td><${Status} status=${one.status} /></td></tr>`)}</tbody>
    </table></div>`}
    ${page.next && html`<button type="button" class="secondary" data-test="next-claims" onClick=${() => go(address({ packetId, after: page.next }))}>${t("drill.next")}</button>`}`;
}

function Timeline({ claim }) {
  const from = Date.parse(claim.grantedAt);
  const after = (time) => (time && claim.grantedAt ? t("line.after", { text: span(Date.parse(time) - from) }) : "");
  const stations = [
    ["granted", claim.grantedAt, t("line.granted.what")],
    ["published", claim.publishedAt, t("line.published.what")],
    claim.parkedAt ? ["parked", claim.parkedAt, claim.parkedReason] : ["settled", claim.settledAt, claim.ledgerTransfer ? t("line.settled.what", { n: claim.ledgerTransfer }) : claim.inOutbox ? t("line.inOutbox") : ""],
  ];
  return html`
    <div class="timeline" data-test="timeline">
      <h2>${t("drill.claim", { n: claim.ordinal })} · <bdi>${claim.userId}</bdi> · ${yuan(claim.amountFen)} <${Status} status=${claim.status} /></h2>
      <ol>${stations.map(([name, time, what]) => html`
        <li key=${name} class=${time ? "reached" : ""} data-station=${name}><span class="dot" aria-hidden="true"></span><strong>${t(`line.${name}`)}</strong>
          <span class="when">${time ? clock(time, true) : t("line.notYet")}</span> <small>${name === "granted" ? "" : after(time)}</small><p>${what}</p></li>`)}</ol>
      <p class="help">${t("line.trace")} <code data-test="trace">${claim.traceId ?? "–"}</code></p>
    </div>`;
}
