// Rules of the report that fail, or failed, with an operator's acknowledgement.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get, post } from "./api.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";
import { ruleName, side } from "./report.js";
import { at } from "./base.js";

const tones = { OPEN: "bad", ACKNOWLEDGED: "waiting", RESOLVED: "good" };
const path = "/api/v1/consistency/alerts";

/** The address of the report as it was kept by a time. */
export const keptAt = (time) => at(`/ops/consistency?asOf=${encodeURIComponent(time)}`);

export function Alerts({ round, done }) {
  const [alerts, setAlerts] = useState([]);
  const [answer, setAnswer] = useState(null);
  const [unread, setUnread] = useState(null);
  const read = () => Promise.all([get(path), get(`${path}?resolved=true&limit=10`)]).then(
    ([unresolved, resolved]) => { setAlerts([...unresolved.alerts, ...resolved.alerts]); setUnread(null); }, setUnread);
  useEffect(() => { read(); }, [round]);
  const [busy, problem, acknowledge] = useAction(async (id) => {
    setAnswer(await post(`${path}/acknowledgements`, { ids: [id] }));
    await read();
    await done();
  });
  if (alerts.length === 0 && !unread) return null;
  const open = alerts.filter((alert) => alert.state === "OPEN").length;
  return html`
    <section class="card" data-test="alerts" data-open=${open}>
      <h2>${t("alerts.title")} ${open > 0 && html`<span class="pill bad">${open}</span>`}</h2>
      <p class="help">${t("alerts.what")}</p>
      <${Table} name="alert-table" label=${t("alerts.title")} columns=${columns(busy, acknowledge)} rows=${alerts}
        attributes=${({ id, rule, state }) => ({ key: id, "data-alert": rule, "data-state": state })} />
      <p role="status" data-test="alert-result">
        ${answer && t("alerts.result", { n: answer.acknowledged.length, m: answer.skipped.length })}
      </p>
      <${ProblemNote} problem=${problem ?? unread} />
    </section>`;
}

const columns = (busy, acknowledge) => [
  {
    name: "state", title: t("column.state"), order: (one) => one.state,
    cell: ({ state }) => html`<span class=${`pill ${tones[state]}`} title=${state}>${t(`alerts.${state}`)}</span>`,
  },
  {
    name: "rule", title: t("rule.id"), wide: true, order: (one) => one.rule,
    cell: ({ rule }) => html`<b title=${rule}>${ruleName(rule)}</b>`,
  },
  { name: "worst", title: t("alerts.worst"), number: true, cell: ({ rule, worst }) => side(rule, worst) },
  {
    name: "opened", title: t("alerts.opened"), order: (one) => one.openedAt,
    cell: ({ openedAt }) => html`<a href=${keptAt(openedAt)}>${dateAndTime(openedAt)}</a>`,
  },
  { name: "seen", title: t("alerts.seen"), order: (one) => one.seenAt, cell: (one) => dateAndTime(one.seenAt) },
  {
    name: "acknowledged", title: t("alerts.acknowledged"),
    cell: ({ acknowledgedAt, acknowledgedBy }) => (acknowledgedAt
      ? html`<bdi>${acknowledgedBy}</bdi> <small>${dateAndTime(acknowledgedAt)}</small>`
      : "–"),
  },
  {
    name: "resolved", title: t("alerts.resolved"), order: (one) => one.resolvedAt,
    cell: ({ resolvedAt }) => (resolvedAt ? html`<a href=${keptAt(resolvedAt)}>${dateAndTime(resolvedAt)}</a>` : "–"),
  },
  {
    name: "acknowledge", title: "",
    cell: ({ id, state }) => state === "OPEN" && html`
      <button type="button" class="secondary small" data-test=${`alert-${id}`} aria-busy=${busy}
        onClick=${() => acknowledge(id)}>${t("alerts.do")}</button>`,
  },
];
