// The transfers of a wallet, newest first, and all of them as a file.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { download, get } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { at } from "./base.js";

const pageSize = 20;
const filePageSize = 100;
const columns = ["id", "kind", "packetId", "ordinal", "amountFen", "grantedAt", "settledAt"];

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
  const [saving, unsaved, save] = useAction(async () => download(await file(userId), `wallet-${userId}.csv`));
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

/** All transfers in ledger order, with the names and values of the API. No value needs quotes. */
async function file(userId) {
  const rows = [columns.join(",")];
  for (let after = 0; after !== null;) {
    const { transfers, next } = await get(`${pathOf(userId)}?limit=${filePageSize}&after=${after}`);
    rows.push(...transfers.map((line) => columns.map((column) => line[column] ?? "").join(",")));
    after = next;
  }
  return new Blob([`${rows.join("\n")}\n`], { type: "text/csv" });
}
