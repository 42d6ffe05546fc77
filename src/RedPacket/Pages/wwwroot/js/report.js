// The report's tables: sums, rules with both sides, differences by kind, and its other forms.
import { html, useState } from "./html.js";
import { moment, t } from "./i18n.js";
import { apiQuery, save } from "./api.js";
import { count, yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { Trouble } from "./shared.js";

export function Sums({ report }) {
  const groups = [["report.claims", report.claims, count], ["report.money", report.money, yuan], ["report.packets", report.packets ?? {}, count]];
  return html`
    <section class="card sums">
      ${groups.map(([title, values, show]) => html`
        <div key=${title}><h2>${t(title)}</h2>
          <dl class="facts">${Object.entries(values).map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd data-sum=${name}>${show(value)}</dd></div>`)}</dl></div>`)}
    </section>`;
}

const results = { PASS: ["good", "check"], FAIL: ["bad", "cross"], UNKNOWN: ["idle", "rest"] };

export function Rules({ rules, totalsFrom }) {
  return html`
    <section class="card" data-test="rules">
      <h2>${t("report.rules")}</h2>
      <p class="help">${t("report.rules.what")} ${totalsFrom && html`<code>${totalsFrom}</code>`}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("report.rules")}><table>
        <thead><tr><th>${t("rule.id")}</th><th class="n">${t("rule.left")}</th><th class="n">${t("rule.right")}</th><th class="n">${t("rule.delta")}</th><th>${t("rule.result")}</th></tr></thead>
        <tbody>${rules.map((rule) => html`
          <tr key=${rule.id} data-rule=${rule.id}><td><strong>${rule.id}</strong><br /><small>${rule.statement}</small></td><td class="n">${count(rule.left)}</td><td class="n">${count(rule.right)}</td><td class="n">${count(rule.delta)}</td>
            <td><span class=${`pill ${results[rule.result][0]}`}><${Icon} name=${results[rule.result][1]} /> ${rule.result}</span></td></tr>`)}</tbody>
      </table></div>
    </section>`;
}

const kinds = ["in_flight", "missing_in_ledger", "orphan_in_ledger", "amount_mismatch", "duplicate", "parked"];

export function Differences({ report }) {
  const [kind, setKind] = useState("");
  const of = (name) => report.differences.filter((difference) => difference.kind === name).length;
  const shown = report.differences.filter((difference) => kind === "" || difference.kind === kind);
  return html`
    <section class="card" data-test="differences">
      <h2>${t("report.differences")}</h2>
      <p class="help">${report.differencesTotal === 0 ? t("report.differences.none") : t("report.differences.total", { n: count(report.differencesTotal) })}</p>
      <div class="names" role="group" aria-label=${t("report.differences")}>
        ${["", ...kinds].map((name) => html`<button type="button" class="chip" key=${name} data-test=${`kind-${name || "all"}`} aria-pressed=${kind === name} onClick=${() => setKind(name)}>
          <span>${name || t("report.all")} ${name && `(${t(`kind.${name}`)})`} <b>${name ? of(name) : report.differences.length}</b></span></button>`)}
      </div>
      ${shown.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("report.differences")}><table>
        <thead><tr><th>kind</th><th>${t("diff.packet")}</th><th>${t("diff.user")}</th><th class="n">redisFen</th><th class="n">ledgerFen</th><th>${t("diff.since")}</th></tr></thead>
        <tbody>${shown.map((one) => html`<tr data-kind=${one.kind}><td>${one.kind} <small>${one.entry}</small></td>
          <td><a href=${`/ops/consistency?packetId=${encodeURIComponent(one.packetId)}${one.entry === "grab" ? `&ordinal=${one.ordinal}` : ""}`}><code>${one.packetId}</code></a> ${one.ordinal}</td>
          <td><bdi>${one.userId ?? "–"}</bdi>${one.ledgerUserId && html` → <bdi>${one.ledgerUserId}</bdi>`}</td><td class="n">${yuan(one.redisFen)}</td><td class="n">${yuan(one.ledgerFen)}</td><td>${moment(one.since)}</td></tr>`)}</tbody>
      </table></div>`}
    </section>`;
}

export function Exports({ query }) {
  const [busy, problem, fetchIt] = useAction((format) => save(apiQuery(query, { format }), `consistency.${format}`));
  return html`
    <section class="card"><h2>${t("export.title")}</h2><p class="help">${t("export.what")}</p>
      <div class="row">${["json", "csv", "html"].map((format) => html`<button type="button" class="secondary" key=${format} data-test=${`export-${format}`} aria-busy=${busy} onClick=${() => fetchIt(format)}>${format.toUpperCase()}</button>`)}</div>
      <${Trouble} problem=${problem} />
    </section>`;
}
