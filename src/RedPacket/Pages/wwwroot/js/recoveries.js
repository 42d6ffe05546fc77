// Two tables of the report that are there only when they have rows: accounts that do not add up, and recent recoveries.
import { html } from "./html.js";
import { dateAndTime, duration, t } from "./i18n.js";
import { count, yuan } from "./money.js";
import { Table } from "./table.js";

/** Accounts whose totals and rows differ. */
export function Accounts({ accounts }) {
  if (!(accounts?.length > 0)) return null;
  const fen = (name) => ({ name, title: t(`account.${name}`), number: true, order: (one) => one[name], cell: (one) => yuan(one[name]) });
  const columns = [
    {
      name: "account", title: t("account.account"), wide: true, order: (one) => one.account,
      cell: (one) => html`<code>${one.account}</code>`,
    },
    fen("debits"), fen("rowDebits"), fen("credits"), fen("rowCredits"),
  ];
  return html`
    <section class="card" data-test="accounts">
      <h2>${t("account.title")}</h2>
      <p class="help">${t("account.what")}</p>
      <${Table} name="account-table" label=${t("account.title")} columns=${columns} rows=${accounts}
        attributes=${({ account }) => ({ key: account, "data-account": account })} />
    </section>`;
}

/** What brought entries back, latest first. */
export function Recoveries({ recoveries }) {
  if (!(recoveries?.length > 0)) return null;
  const columns = [
    {
      name: "at", title: t("recovery.at"), order: (one) => one.at,
      cell: (one) => html`<time datetime=${one.at}>${dateAndTime(one.at)}</time>`,
    },
    {
      name: "action", title: t("recovery.action"), order: (one) => one.action,
      cell: (one) => html`<span title=${one.action}>${t(`recovery.${one.action}`)}</span>`,
    },
    { name: "actor", title: t("recovery.actor"), order: (one) => one.actor, cell: (one) => html`<bdi>${one.actor}</bdi>` },
    { name: "entries", title: t("recovery.entries"), number: true, order: (one) => one.entries, cell: (one) => count(one.entries) },
    { name: "some", title: t("recovery.some"), wide: true, cell: (one) => html`<code>${one.some.slice(0, 3).join(", ") || "–"}</code>` },
    {
      name: "seconds", title: t("recovery.seconds"), number: true, order: (one) => one.seconds,
      cell: (one) => (one.seconds === null ? t("line.notYet") : duration(Number(one.seconds) * 1000)),
    },
  ];
  return html`
    <section class="card" data-test="recoveries">
      <h2>${t("recovery.title")}</h2>
      <p class="help">${t("recovery.what")}</p>
      <${Table} name="recovery-table" label=${t("recovery.title")} columns=${columns} rows=${recoveries}
        attributes=${(one) => ({ "data-action": one.action })} />
    </section>`;
}
