// The report's tables: reasons, sums, rules with both sides, differences by kind, and exports.
import { html, useState } from "./html.js";
import { dateAndTime, hasText, t } from "./i18n.js";
import { reportPath, save } from "./api.js";
import { count, yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";
import { pageSize } from "./drilldown.js";
import { at } from "./base.js";

/** Why the verdict is not CONSISTENT. What the API says of a side that it could not read is technical, and in English. */
export function Causes({ causes }) {
  if (causes.length === 0) return null;
  const text = ({ code, reason, rule, side, subscriber, operator, count: n }) => (hasText(`cause.${code}`)
    ? t(`cause.${code}`, { rule: rule && ruleName(rule), side: side && t(`side.${side}`), name: subscriber ?? operator, n: count(n) })
    : reason);
  return html`
    <ul class="reasons" data-test="causes">${causes.map((cause) => html`
      <li key=${cause.reason} data-cause=${cause.code} title=${cause.reason}>
        ${text(cause)} ${cause.side && html` <small lang="en">${cause.reason}</small>`}
      </li>`)}
    </ul>`;
}

/** The sums by name. The API's own name of each shows under the mouse. */
export function Sums({ report }) {
  const groups = [
    ["report.claims", report.claims, count],
    ["report.money", { ...report.money, adjustedFen: report.adjustedFen }, yuan],
    ["report.packets", report.packets ?? { open: null, emptied: null, expired: null }, count],
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

// The sides of these rules are fen. The others count.
const moneyRules = ["conservation_in_sum", "trial_balance", "totals_recomputed", "adjustments"];

/** The name of a rule in the language of the page. */
export const ruleName = (id) => (hasText(`rule.${id}`) ? t(`rule.${id}`) : id);

/** A side of a rule: an amount of money, or a count. */
export const side = (id, value) => (moneyRules.includes(id) ? yuan : count)(value);

export function Rules({ rules, totalsFrom }) {
  const column = (name) => ({ name, title: t(`rule.${name}`), number: true, cell: (rule) => side(rule.id, rule[name]) });
  const columns = [
    { name: "result", title: t("rule.result"), cell: ({ result }) => html`<${Result} result=${result} />` },
    {
      name: "rule", title: t("rule.id"), wide: true,
      cell: ({ id, statement }) => html`
        <strong title=${id}>${ruleName(id)}</strong><br />
        ${hasText(`rule.${id}.what`) ? html`<small>${t(`rule.${id}.what`)}</small>` : html`<small lang="en">${statement}</small>`}`,
    },
    column("left"), column("right"), column("delta"),
  ];
  return html`
    <section class="card" data-test="rules">
      <h2>${t("report.rules")}</h2>
      <p class="help">${t("report.rules.what")} ${totalsFrom && html`<span title=${totalsFrom}>${totalsText(totalsFrom)}</span>`}</p>
      <${Table} name="rule-table" label=${t("report.rules")} columns=${columns} rows=${rules}
        attributes=${({ id }) => ({ key: id, "data-rule": id })} />
    </section>`;
}

function Result({ result }) {
  const [tone, icon] = results[result];
  return html`<span class=${`pill ${tone}`} data-result=${result} title=${result}><${Icon} name=${icon} /> ${t(`result.${result}`)}</span>`;
}

/** Which rows the totals were recomputed from. The API says it in three sentences. */
function totalsText(totalsFrom) {
  const since = /since transfer (\d+)/.exec(totalsFrom)?.[1];
  if (since) return t("totals.since", { n: count(since) });
  return t(totalsFrom.includes("account by account") ? "totals.each" : "totals.sum");
}

const kinds = ["in_flight", "missing_in_ledger", "orphan_in_ledger", "amount_mismatch", "duplicate", "parked"];

export function Differences({ report }) {
  const { differences, differencesTotal } = report;
  const [kind, setKind] = useState("");
  const countOf = (name) => differences.filter((difference) => name === "" || difference.kind === name).length;
  const shown = differences.filter((difference) => kind === "" || difference.kind === kind);
  const values = { n: count(differencesTotal), listed: count(differences.length) };
  const text = differencesTotal === 0 ? "none" : differencesTotal > differences.length ? "listed" : "total";
  return html`
    <section class="card" data-test="differences">
      <h2>${t("report.differences")}</h2>
      <p class="help">${t(`report.differences.${text}`, values)}</p>
      <div class="names" role="group" aria-label=${t("report.differences")}>
        ${["", ...kinds].map((name) => html`
          <button type="button" class="chip" key=${name} data-test=${`kind-${name || "all"}`} aria-pressed=${kind === name}
            title=${name} onClick=${() => setKind(name)}>
            <span>${name ? t(`kind.${name}`) : t("report.all")} <b>${count(countOf(name))}</b></span>
          </button>`)}
      </div>
      ${shown.length > 0 && html`
        <${Table} name="difference-table" label=${t("report.differences")} columns=${differenceColumns()} rows=${shown}
          attributes=${(one) => ({ "data-kind": one.kind })} />`}
    </section>`;
}

/** The columns of a table of differences. */
export const differenceColumns = () => [
  {
    name: "kind", title: t("column.kind"), order: (one) => one.kind,
    cell: (one) => html`${t(`kind.${one.kind}`)} <small>${t(`entry.${one.entry}`)}</small>`,
  },
  {
    name: "packet", title: t("diff.packet"), wide: true, order: (one) => one.packetId,
    cell: (one) => html`<a href=${at(drilldownPath(one))}><code>${one.packetId}</code></a> ${one.ordinal}`,
  },
  {
    name: "user", title: t("diff.user"), order: (one) => one.userId,
    cell: (one) => html`<bdi>${one.userId ?? "–"}</bdi>${one.ledgerUserId && html` → <bdi>${one.ledgerUserId}</bdi>`}`,
  },
  { name: "redis", title: t("column.redis"), number: true, order: (one) => one.redisFen, cell: (one) => yuan(one.redisFen) },
  { name: "ledger", title: t("column.ledger"), number: true, order: (one) => one.ledgerFen, cell: (one) => yuan(one.ledgerFen) },
  { name: "since", title: t("diff.since"), order: (one) => one.since, cell: (one) => dateAndTime(one.since) },
];

function drilldownPath({ packetId, entry, ordinal }) {
  const packet = `/ops/consistency?packetId=${encodeURIComponent(packetId)}`;
  return entry === "grab" ? `${packet}&ordinal=${ordinal}` : packet;
}

/** A name that tells two exports apart: consistency-2026-11-28T0539Z.csv, with the packet if the report is about one. */
function fileName(query, format) {
  const [packetId, asOf] = [query.get("packetId"), query.get("asOf")];
  const time = new Date(asOf ?? Date.now()).toISOString().slice(0, asOf ? 19 : 16).replaceAll(":", "");
  return `${["consistency", packetId, `${time}Z`].filter(Boolean).join("-")}.${format}`;
}

export function Exports({ query }) {
  const [busy, problem, download] = useAction((format) => {
    const isWhole = format === "csv" || query.get("asOf");
    return save(reportPath(query, isWhole ? { format } : { format, limit: pageSize }), fileName(query, format));
  });
  return html`
    <section class="card exports">
      <h2>${t("export.title")}</h2>
      ${!query.get("asOf") && html`<p class="help">${t("export.what")}</p>`}
      <div class="row">${["json", "csv", "html"].map((format) => html`
        <button type="button" class="secondary" key=${format} data-test=${`export-${format}`} aria-busy=${busy}
          onClick=${() => download(format)}>${format.toUpperCase()}</button>`)}
      </div>
      <${ProblemNote} problem=${problem} />
    </section>`;
}
