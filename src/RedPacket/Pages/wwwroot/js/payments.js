// What the house has paid without a person. It is shown until an operator acknowledges it.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get, post } from "./api.js";
import { count, yuan } from "./money.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";

/** sums are those of the report. The button names the payments of the table, so that nobody acknowledges one that was made meanwhile. */
export function Payments({ sums, done, round }) {
  const [shown, setShown] = useState([]);
  const [answer, setAnswer] = useState(null);
  const [unread, setUnread] = useState(null);
  const due = sums?.count > 0;
  useEffect(() => {
    if (due) get("/api/v1/parked?unacknowledged=true").then(({ parked }) => { setShown(parked); setUnread(null); }, setUnread);
  }, [round]);
  const [busy, problem, acknowledge] = useAction(async () => {
    setAnswer(await post("/api/v1/parked/acknowledgements", { ids: shown.map((one) => one.id) }));
    setShown([]);
    await done();
  });
  if (!due && !answer) return null;
  return html`
    <section class="card" data-test="payments" data-count=${sums?.count}>
      <h2>${t("payments.title")} ${due && html`<span class="pill waiting">${count(sums.count)}</span>`}</h2>
      <p class="help">${due ? t("payments.what", { n: count(sums.count), amount: yuan(sums.amountFen) }) : t("payments.none")}</p>
      ${due && shown.length > 0 && html`
        <${Table} name="payment-table" label=${t("payments.title")} columns=${columns()} rows=${shown}
          attributes=${(one) => ({ key: one.id })} />
        <button type="button" data-test="acknowledge" aria-busy=${busy} onClick=${acknowledge}>
          ${t("payments.do", { n: shown.length })}
        </button>`}
      <p role="status" data-test="acknowledge-result">
        ${answer && t("payments.result", { n: answer.acknowledged.length, m: answer.skipped.length })}
      </p>
      <${ProblemNote} problem=${problem ?? unread} />
    </section>`;
}

const columns = () => [
  { name: "id", title: t("parked.id"), order: (one) => one.id, cell: (one) => one.id },
  { name: "packet", title: t("diff.packet"), wide: true, cell: (one) => html`<code>${one.packetId}</code> ${one.ordinal}` },
  { name: "user", title: t("diff.user"), order: (one) => one.userId, cell: (one) => html`<bdi>${one.userId}</bdi>` },
  { name: "amount", title: t("column.amount"), number: true, order: (one) => one.amountFen, cell: (one) => yuan(one.amountFen) },
  { name: "at", title: t("payments.at"), order: (one) => one.resolvedAt, cell: (one) => dateAndTime(one.resolvedAt) },
];
