// The programs that follow the ledger: how far each is, and whether its sums are the ledger's.
import { html } from "./html.js";
import { dateAndTime, duration, t } from "./i18n.js";
import { count } from "./money.js";
import { Table } from "./table.js";

const tones = { agrees: "good", drifted: "bad", ahead: "bad" };

/** subscribers: as the API lists them. */
export function Followers({ subscribers }) {
  if (subscribers.length === 0) return html`<p class="help">${t("followers.none")}</p>`;
  const columns = [
    { name: "name", title: t("followers.name"), order: (one) => one.name, cell: (one) => html`<code>${one.name}</code>` },
    {
      name: "state", title: t("followers.state"), order: (one) => one.state,
      cell: (one) => html`<span class=${`pill ${tones[one.state] ?? "idle"}`} title=${one.state}>${t(`followers.${one.state}`)}</span>`,
    },
    { name: "position", title: t("followers.position"), number: true, order: (one) => one.position, cell: (one) => count(one.position) },
    { name: "behind", title: t("followers.behind"), number: true, order: (one) => one.rowsBehind, cell: behind },
    { name: "granted", title: t("followers.granted"), number: true, order: (one) => one.grabs, cell: (one) => count(one.grabs) },
    { name: "at", title: t("followers.at"), order: (one) => one.reportedAt, cell: (one) => dateAndTime(one.reportedAt) },
  ];
  return html`
    <${Table} name="followers-table" label=${t("followers.title")} columns=${columns} rows=${subscribers}
      attributes=${({ name, state }) => ({ key: name, "data-name": name, "data-state": state })} />`;
}

function behind({ rowsBehind, secondsBehind }) {
  if (secondsBehind === null) return "–";
  return rowsBehind === 0 ? "0" : t("followers.behind.part", { n: count(rowsBehind), text: duration(secondsBehind * 1000) });
}
