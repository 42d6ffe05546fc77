// The report's tables: sums, rules with both sides, differences by kind, and exports.
import { html, useState } from "./html.js";
import { dateAndTime, hasText, t } from "./i18n.js";
import { reportPath, save } from "./api.js";
import { count, yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";

/** The sums by name. The API's own name of each shows under the mouse. */
export function Sums({ report }) {
  const groups = [
    ["report.claims", report.claims, count],
    ["report.money", report.money, yuan],
    ["report.packets", report.packets ?? {}, count],
  ];
  return html`
    <section class="card sums">
      ${groups.map(([title, values, show]) => html`
        <div key=${title}>
          <h2>${t(title)}</h2>
          <dl class="facts">${Object.entries(values).map(([name, value]) => html`
            <div key=${name}><dt title=${name}>${t(`sum.${name.replace(/Fen$/, "")}`)}</dt><dd data-sum=${name}>${show(value)}</dd></div>`)}
          </dl>
        </div>`)}
    </section>`;
}

const results = { PASS: ["good", "check"], FAIL: ["bad", "cross"], UNKNOWN: ["idle", "rest"] };

export function Rules({ rules, totalsFrom }) {
  return html`
    <section class="card" data-test="rules">
      <h2>${t("report.rules")}</h2>
      <p class="help">${t("report.rules.what")} ${totalsFrom && html`<code>${totalsFrom}</code>`}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("report.rules")}><table>
        <thead><tr>
          <th>${t("rule.id")}</th><th class="n">${t("rule.left")}</th><th class="n">${t("rule.right")}</th>
          <th class="n">${t("rule.delta")}</th><th>${t("rule.result")}</th>
        </tr></thead>
        <tbody>${rules.map((rule) => html`<${Rule} key=${rule.id} rule=${rule} />`)}</tbody>
      </table></div>
    </section>`;
}

function Rule({ rule }) {
  const [tone, icon] = results[rule.result];
  const name = `rule.${rule.id}`;
  return html`
    <tr data-rule=${rule.id}>
      <td><strong>${hasText(name) ? t(name) : rule.id}</strong> <code>${rule.id}</code><br /><small lang="en">${rule.statement}</small></td>
      <td class="n">${count(rule.left)}</td>
      <td class="n">${count(rule.right)}</td>
      <td class="n">${count(rule.delta)}</td>
      <td><span class=${`pill ${tone}`}><${Icon} name=${icon} /> ${rule.result}</span></td>
    </tr>`;
}

const kinds = ["in_flight", "missing_in_ledger", "orphan_in_ledger", "amount_mismatch", "duplicate", "parked"];

export function Differences({ report }) {
  const { differences, differencesTotal } = report;
  const [kind, setKind] = useState("");
  const countOf = (name) => differences.filter((difference) => name === "" || difference.kind === name).length;
  const shown = differences.filter((difference) => kind === "" || difference.kind === kind);
  return html`
    <section class="card" data-test="differences">
      <h2>${t("report.differences")}</h2>
      <p class="help">
        ${differencesTotal === 0 ? t("report.differences.none") : t("report.differences.total", { n: count(differencesTotal) })}
      </p>
      <div class="names" role="group" aria-label=${t("report.differences")}>
        ${["", ...kinds].map((name) => html`
          <button type="button" class="chip" key=${name} data-test=${`kind-${name || "all"}`} aria-pressed=${kind === name}
            onClick=${() => setKind(name)}>
            <span>${name ? t(`kind.${name}`) : t("report.all")} <b>${countOf(name)}</b></span>
          </button>`)}
      </div>
      ${shown.length > 0 && html`<${DifferenceTable} differences=${shown} />`}
    </section>`;
}

function DifferenceTable({ differences }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${t("report.differences")}><table>
      <thead><tr>
        <th>${t("column.kind")}</th><th>${t("diff.packet")}</th><th>${t("diff.user")}</th>
        <th class="n">${t("column.redis")}</th><th class="n">${t("column.ledger")}</th><th>${t("diff.since")}</th>
      </tr></thead>
      <tbody>${differences.map((one) => html`
        <tr data-kind=${one.kind}>
          <td>${t(`kind.${one.kind}`)} <small>${t(`entry.${one.entry}`)}</small></td>
          <td><a href=${drilldownPath(one)}><code>${one.packetId}</code></a> ${one.ordinal}</td>
          <td><bdi>${one.userId ?? "–"}</bdi>${one.ledgerUserId && html` → <bdi>${one.ledgerUserId}</bdi>`}</td>
          <td class="n">${yuan(one.redisFen)}</td>
          <td class="n">${yuan(one.ledgerFen)}</td>
          <td>${dateAndTime(one.since)}</td>
        </tr>`)}</tbody>
    </table></div>`;
}

function drilldownPath({ packetId, entry, ordinal }) {
  const packet = `/ops/consistency?packetId=${encodeURIComponent(packetId)}`;
  return entry === "grab" ? `${packet}&ordinal=${ordinal}` : packet;
}

export function Exports({ query }) {
  const [busy, problem, download] = useAction((format) => save(reportPath(query, { format }), `consistency.${format}`));
  return html`
    <section class="card">
      <h2>${t("export.title")}</h2>
      <p class="help">${t("export.what")}</p>
      <div class="row">${["json", "csv", "html"].map((format) => html`
        <button type="button" class="secondary" key=${format} data-test=${`export-${format}`} aria-busy=${busy}
          onClick=${() => download(format)}>${format.toUpperCase()}</button>`)}
      </div>
      <${ProblemNote} problem=${problem} />
    </section>`;
}
