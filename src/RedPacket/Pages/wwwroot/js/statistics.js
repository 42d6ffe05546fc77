// What the subscribers make of the ledger: how far each has come, shares of each minute, their spread, and what people should look at.
import { html, useEffect, useRef, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get } from "./api.js";
import { brief, count, yuan } from "./money.js";
import { useRounds } from "./live.js";
import { connection } from "./state.js";
import { session } from "./session.js";
import { AsOf, ProblemNote } from "./shared.js";
import { BecomeOperator } from "./operator.js";
import { followers } from "./inbox.js";
import { Followers } from "./followers.js";
import { Chart } from "./chart.js";
import { Table } from "./table.js";
import { nameOf } from "./names.js";
import { at } from "./base.js";

const seconds = 2;
const ofTheService = { reports: "/api/v1/subscribers" };
const ofSubscribers = { statistics: "/api/v1/statistics", risk: "/api/v1/risk" };

export function StatisticsPage() {
  const caller = session.use();
  if (caller.operator) return html`<${Rooms} />`;
  return html`<section class="card narrow"><h1>${t("title.statistics")}</h1><${BecomeOperator} caller=${caller} /></section>`;
}

function Rooms() {
  const { answer } = followers.use();
  const { reports, statistics, risk } = useRooms(answer ? { ...ofTheService, ...ofSubscribers } : ofTheService);
  return html`
    <div class="top-line"><h1>${t("title.statistics")}</h1><${AsOf} /></div>
    <p class="help">${t("statistics.what")}</p>
    <${Room} title=${t("followers.title")} name="followers" room=${reports} show=${Reported} />
    ${!answer && html`<section class="card" data-test="no-subscribers"><p>${t("statistics.missing")}</p></section>`}
    ${answer && html`
      <${Room} title=${t("statistics.minutes")} name="minutes" room=${statistics} show=${Minutes} />
      <${Room} title=${t("statistics.spread")} name="spread" room=${statistics} show=${Spread} />
      <${Room} title=${t("statistics.luckiest")} name="luckiest" room=${statistics} show=${Luckiest} />
      <${Room} title=${t("statistics.senders")} name="senders" room=${statistics} show=${Senders} />
      <${Room} title=${t("risk.title")} name="risk" room=${risk} show=${Findings} />`}`;
}

/** The last answer of each room, or the problem where there is none. A room that fails keeps what it showed. */
function useRooms(calls) {
  const [rooms, setRooms] = useState({});
  const round = useRounds(seconds);
  const asked = useRef(new Set());
  useEffect(() => {
    const put = (name, change) => setRooms((before) => ({ ...before, [name]: { ...before[name], ...change } }));
    // A room that is slow is not asked again before it has answered.
    for (const [name, path] of Object.entries(calls).filter(([name]) => !asked.current.has(name))) {
      asked.current.add(name);
      get(path).then((answer) => put(name, { answer, problem: null }), (problem) => put(name, { problem }))
        .finally(() => asked.current.delete(name));
    }
  }, [round, connection.use().count, Object.keys(calls).length]);
  return rooms;
}

function Room({ title, name, room, show: Show }) {
  return html`
    <section class="card" data-test=${name}>
      <h2>${title}</h2>
      ${!room && html`<p class="help" aria-busy="true">${t("loading")}</p>`}
      ${room?.answer && html`<${Show} answer=${room.answer} />`}
      <${ProblemNote} problem=${room?.problem} />
    </section>`;
}

const Reported = ({ answer }) => html`<${Followers} subscribers=${answer.subscribers} />`;

function Minutes({ answer: { minutes, shares, grantedFen } }) {
  const all = [...minutes].reverse();
  const data = [all.map((one) => Date.parse(one.minute) / 1000), all.map((one) => one.shares)];
  return html`
    <p>${t("statistics.sum", { n: count(shares), amount: yuan(grantedFen) })}</p>
    ${all.length > 0 && html`
      <${Chart} title=${t("statistics.minutes")} data=${data} show=${brief}
        series=${[{ label: t("statistics.shares"), colour: "plot-one", fill: true, points: true }]} />`}`;
}

function Spread({ answer: { histogram } }) {
  if (histogram.length === 0) return html`<p class="help">${t("statistics.spread.none")}</p>`;
  const most = Math.max(...histogram.map((bar) => bar.shares));
  return html`
    <p class="help">${t("statistics.spread.what")}</p>
    <ol class="spread" data-test="bars">${histogram.map((bar) => html`
      <li key=${bar.fromPercent}>
        <span>${partOf(bar)}</span>
        <progress max=${most} value=${bar.shares} aria-label=${partOf(bar)}></progress>
        <b>${count(bar.shares)}</b>
      </li>`)}</ol>`;
}

const partOf = ({ fromPercent, toPercent }) => (toPercent === null ? `${fromPercent} %+` : `${fromPercent}–${toPercent} %`);

const person = ({ userId }) => html`<bdi title=${userId}>${nameOf(userId)}</bdi>`;

function Luckiest({ answer: { luckiest } }) {
  const columns = [
    { name: "hour", title: t("statistics.hour"), order: (one) => one.hour, cell: (one) => dateAndTime(one.hour) },
    { name: "user", title: t("diff.user"), order: (one) => one.userId, cell: person },
    { name: "amount", title: t("column.amount"), number: true, order: (one) => one.amountFen, cell: (one) => yuan(one.amountFen) },
    {
      name: "packet", title: t("diff.packet"), wide: true,
      cell: (one) => html`<a href=${at(`/p/${one.packetId}`)}><code>${one.packetId}</code></a>`,
    },
  ];
  return html`<${Table} name="luckiest-table" label=${t("statistics.luckiest")} columns=${columns} rows=${luckiest}
    attributes=${({ hour }) => ({ key: hour })} />`;
}

function Senders({ answer: { senders } }) {
  const columns = [
    { name: "user", title: t("diff.user"), order: (one) => one.userId, cell: person },
    { name: "packets", title: t("statistics.packets"), number: true, order: (one) => one.packets, cell: (one) => count(one.packets) },
    { name: "amount", title: t("column.amount"), number: true, order: (one) => one.sentFen, cell: (one) => yuan(one.sentFen) },
  ];
  return html`<${Table} name="senders-table" label=${t("statistics.senders")} columns=${columns} rows=${senders}
    attributes=${({ userId }) => ({ key: userId })} />`;
}

function Findings({ answer: { findings } }) {
  if (findings.length === 0) return html`<p class="help">${t("risk.none")}</p>`;
  const columns = [
    { name: "reason", title: t("risk.reason"), wide: true, order: (one) => one.reason, cell: (one) => t(`risk.${one.reason}`) },
    { name: "users", title: t("risk.users"), cell: (one) => one.users.map((user) => html`<bdi key=${user}>${user}</bdi> `) },
    { name: "count", title: t("risk.count"), number: true, order: (one) => one.count, cell: (one) => count(one.count) },
    { name: "first", title: t("risk.first"), order: (one) => one.firstAt, cell: (one) => dateAndTime(one.firstAt) },
    { name: "last", title: t("risk.last"), order: (one) => one.lastAt, cell: (one) => dateAndTime(one.lastAt) },
  ];
  return html`
    <p class="help">${t("risk.what")}</p>
    <${Table} name="risk-table" label=${t("risk.title")} columns=${columns} rows=${findings}
      attributes=${({ reason, users }) => ({ key: `${reason} ${users.join(" ")}`, "data-reason": reason })} />`;
}
