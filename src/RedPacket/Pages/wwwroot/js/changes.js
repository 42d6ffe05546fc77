// What changed between a report that was kept and one that is computed now.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get } from "./api.js";
import { count, yuan } from "./money.js";
import { ProblemNote, Verdict } from "./shared.js";
import { Table } from "./table.js";
import { differenceColumns, ruleName } from "./report.js";

export function Changes({ asOf }) {
  const [diff, setDiff] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    get(`/api/v1/consistency/diff?${new URLSearchParams({ from: asOf })}`).then(setDiff, setProblem);
  }, [asOf]);
  return html`
    <section class="card" data-test="changes" data-numbers=${diff?.numbers.length}>
      <h2>${t("changes.title")}</h2>
      ${diff && html`<p><${Verdict} verdict=${diff.from.verdict} /> → <${Verdict} verdict=${diff.to.verdict} /></p>
        <p class="help">${t("changes.times", { from: dateAndTime(diff.from.asOf), to: dateAndTime(diff.to.asOf) })}</p>`}
      ${!diff && !problem && html`<p aria-busy="true">${t("loading")}</p>`}
      <${ProblemNote} problem=${problem} />
      ${diff && html`<${Parts} diff=${diff} />`}
    </section>`;
}

function Parts({ diff: { numbers, rules, appeared, gone, isWhole } }) {
  if (isWhole && numbers.length + rules.length + appeared.length + gone.length === 0) return html`<p>${t("changes.none")}</p>`;
  const lists = [["appeared", appeared], ["gone", gone]].filter(([, rows]) => rows.length > 0);
  return html`
    ${!isWhole && html`<p class="help">${t("changes.part")}</p>`}
    ${numbers.length > 0 && html`
      <${Table} name="change-numbers" label=${t("changes.number")} columns=${numberColumns()} rows=${numbers}
        attributes=${({ name }) => ({ key: name, "data-number": name })} />`}
    ${rules.length > 0 && html`
      <${Table} name="change-rules" label=${t("report.rules")} columns=${ruleColumns()} rows=${rules}
        attributes=${({ id }) => ({ key: id, "data-changed": id })} />`}
    ${lists.map(([name, rows]) => html`
      <h3 key=${name}>${t(`changes.${name}`, { n: count(rows.length) })}</h3>
      <${Table} name=${`change-${name}`} label=${t(`changes.${name}`, { n: count(rows.length) })} columns=${differenceColumns()}
        rows=${rows} attributes=${(one) => ({ "data-kind": one.kind })} />`)}`;
}

const shown = (name, value) => (name.endsWith("Fen") ? yuan : count)(value);

const numberColumns = () => [
  {
    name: "name", title: t("changes.number"), order: (one) => one.name,
    cell: ({ name }) => html`<span title=${name}>${nameOf(name)}</span>`,
  },
  ...["from", "to", "delta"].map((side) => ({
    name: side, title: t(`changes.${side}`), number: true, cell: (one) => shown(one.name, one[side]),
  })),
];

const ruleColumns = () => [
  { name: "rule", title: t("rule.id"), wide: true, cell: ({ id }) => html`<b title=${id}>${ruleName(id)}</b>` },
  ...["from", "to"].map((side) => ({
    name: side, title: t(`changes.${side}`), cell: (one) => (one[side] ? t(`result.${one[side]}`) : "–"),
  })),
];

const groups = { packets: "report.packets", claims: "report.claims", money: "report.money", unacknowledgedPayments: "payments.title" };

/** The name of a number: its group, and its name in the report. */
function nameOf(name) {
  const [group, sum] = name.includes(".") ? name.split(".") : [null, name];
  if (group === "alerts") return `${t("alerts.title")}: ${t(`alerts.${sum.toUpperCase()}`)}`;
  if (name === "differencesTotal") return t("report.differences");
  const text = t(`sum.${sum.replace(/Fen$/, "")}`);
  return group ? `${t(groups[group])}: ${text}` : text;
}
