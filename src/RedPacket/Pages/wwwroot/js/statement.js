// The transfers of a wallet, newest first, and those of a period as a file.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get, save as saveFile } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { at } from "./base.js";

const pageSize = 20;

const pathOf = (userId) => `/api/v1/wallets/${encodeURIComponent(userId)}/transfers`;

/** Reads the first page again when the mark changes. Other pages stay as they are. */
export function Statement({ userId, mark }) {
  // Where the page begins, and before it where all earlier pages begin.
  const [starts, setStarts] = useState([0]);
  const [page, setPage] = useState(null);
  const [, problem, read] = useAction(async () => {
    // One more than is shown tells whether there is another page.
    const { transfers } = await get(`${pathOf(userId)}?order=newest&limit=${pageSize + 1}&after=${starts.at(-1)}`);
    const lines = transfers.slice(0, pageSize);
    setPage({ lines, next: transfers.length > pageSize ? lines.at(-1).id : null });
  });
  const [period, setPeriod] = useState({ from: "", to: "" });
  const [saving, unsaved, save] = useAction(() => saveFile(`${pathOf(userId)}?format=csv${query(period)}`, fileName(userId, period)));
  const day = (name, label) => html`
    <label>${label}
      <input type="date" name=${`statement-${name}`} value=${period[name]}
        onInput=${(event) => setPeriod({ ...period, [name]: event.target.value })} /></label>`;
  useEffect(() => {
    read();
  }, [userId, starts, starts.length === 1 && mark]);
  const lines = page?.lines ?? [];
  return html`
    <div class="statement" data-test="statement">
      ${page && lines.length === 0 && html`<p class="help">${t("statement.none")}</p>`}
      <ul>${lines.map((line) => html`<${Line} key=${line.id} line=${line} />`)}</ul>
      <${ProblemNote} problem=${problem ?? unsaved} />
      <div class="row">
        <button type="button" class="secondary small" data-test="statement-previous" disabled=${starts.length === 1}
          onClick=${() => setStarts(starts.slice(0, -1))}>${t("statement.previous")}</button>
        <button type="button" class="secondary small" data-test="statement-next" disabled=${!page?.next}
          onClick=${() => setStarts([...starts, page.next])}>${t("statement.next")}</button>
      </div>
      <div class="row period">
        ${day("from", t("statement.from"))} ${day("to", t("statement.to"))}
        <button type="button" class="secondary small" data-test="statement-csv" aria-busy=${saving} onClick=${save}>
          ${t("statement.csv")}
        </button>
      </div>
    </div>`;
}

function Line({ line }) {
  return html`
    <li data-test="transfer">
      <a href=${at(`/p/${line.packetId}`)}>${t(`transfer.${line.kind}`)}</a>
      <span class="amount">+${yuan(line.amountFen)}</span>
      <time datetime=${line.grantedAt}>${dateAndTime(line.grantedAt)}</time>
    </li>`;
}

/** The first and the last day, both whole, by the reader's own clock. An empty day is no limit. */
function query({ from, to }) {
  const midnight = (day, later) => {
    const [year, month, date] = day.split("-").map(Number);
    return encodeURIComponent(new Date(year, month - 1, date + later).toISOString());
  };
  return `${from && `&from=${midnight(from, 0)}`}${to && `&to=${midnight(to, 1)}`}`;
}

const fileName = (userId, { from, to }) => `${["wallet", userId, from, to].filter(Boolean).join("-")}.csv`;
