// An operator's actions on a report: a dry run of repair, repair, and the replay and dismissal of parked entries.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, hasText, t } from "./i18n.js";
import { get, post } from "./api.js";
import { count, yuan } from "./money.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";

export function Repair({ done }) {
  const [answer, setAnswer] = useState(null);
  const [busy, problem, ask] = useAction(async (dryRun) => {
    setAnswer(await post("/api/v1/consistency/repairs", { dryRun }));
    if (!dryRun) await done();
  });
  const result = !answer ? "" : answer.dryRun ? t("repair.found", { n: answer.found }) : t("repair.done", { n: answer.issued });
  return html`
    <section class="card" data-test="repair">
      <h2>${t("repair.title")}</h2>
      <p class="help">${t("repair.what")}</p>
      <div class="row">
        <button type="button" class="secondary" data-test="repair-dry" title="dryRun" aria-busy=${busy} onClick=${() => ask(true)}>
          ${t("repair.dry")}
        </button>
        ${answer?.dryRun && answer.found > 0 && html`
          <button type="button" data-test="repair-do" aria-busy=${busy} onClick=${() => ask(false)}>
            ${t("repair.do", { n: answer.found })}
          </button>`}
      </div>
      <p role="status" data-test="repair-result" data-found=${answer?.found} data-issued=${answer?.issued}>${result}</p>
      ${answer?.entries.length > 0 && html`
        <ul class="entries">
          ${answer.entries.slice(0, 20).map(({ entry, packetId, ordinal, userId, amountFen }) => html`
            <li>${t(`entry.${entry}`)} <code>${packetId}</code> ${ordinal} <bdi>${userId ?? ""}</bdi> ${yuan(amountFen)}</li>`)}
        </ul>`}
      <${ProblemNote} problem=${problem} />
    </section>`;
}

export function Parked({ done, round }) {
  const [page, setPage] = useState(null);
  const [answer, setAnswer] = useState(null);
  const [groups, setGroups] = useState([]);
  const [unread, setUnread] = useState(null);
  // Both are asked together. After an await the page may be gone, and the token with it.
  const read = async () => {
    const [found, grouped] = await Promise.allSettled([get("/api/v1/parked"), get("/api/v1/parked/groups")]);
    if (found.value) setPage(found.value);
    if (grouped.value) setGroups(grouped.value.groups);
    setUnread(found.reason ?? grouped.reason ?? null);
  };
  useEffect(() => { read(); }, [round]);
  const [busy, problem, replay] = useAction(async (body) => {
    setAnswer(await post("/api/v1/parked/replays", body));
    await read();
    await done();
  });
  const [stopping, refused, dismiss] = useAction(async (body) => {
    setAnswer(null);
    const { dismissed, skipped } = await post("/api/v1/parked/dismissals", body);
    setAnswer({ dismissed, skipped });
    await read();
    await done();
  });
  const result = answer?.dismissed ? t("parked.dismissed", { n: answer.dismissed.length, m: answer.skipped.length })
    : answer ? t("parked.result", { n: answer.replayed.length, m: answer.skipped.length }) : "";
  const [leaving, setLeaving] = useState(null);
  return html`
    <section class="card" data-test="parked" data-total=${page?.total}>
      <h2>${t("parked.title")} ${page?.total > 0 && html`<span class="pill bad">${page.total}</span>`}</h2>
      <p class="help">${t("parked.what")}</p>
      ${page?.total === 0 && html`<p>${t("parked.none")}</p>`}
      ${page?.total > 1 && html`<${Groups} groups=${groups} />`}
      ${page?.parked.length > 0 && html`
        <${ParkedTable} entries=${page.parked} busy=${busy} replay=${replay} leave=${setLeaving} />
        ${leaving && html`
          <${DismissForm} key=${leaving} id=${leaving} busy=${stopping} cancel=${() => setLeaving(null)}
            confirm=${(reason) => dismiss({ ids: [leaving], reason }).then(() => setLeaving(null))} />`}
        <button type="button" data-test="replay-all" aria-busy=${busy} onClick=${() => replay({ all: true })}>${t("parked.all")}</button>`}
      <p role="status" data-test="replay-result">
        ${result} ${answer?.skipped.map((one) => html`<span title=${one.reason}>${one.id}: ${reasonText(one.reason)}</span> `)}
      </p>
      <${ProblemNote} problem=${problem ?? refused ?? unread} />
    </section>`;
}

/** Entries that wait for the same reason. Most likely one cause made them all. */
function Groups({ groups }) {
  const columns = [
    {
      name: "reason", title: t("parked.reason"), wide: true,
      cell: (one) => html`<strong title=${one.reason}>${reasonText(one.reason)}</strong><br /><small lang="en">${one.detail}</small>`,
    },
    { name: "entry", title: t("column.kind"), cell: (one) => t(`entry.${one.entry}`) },
    { name: "count", title: t("parked.count"), number: true, order: (one) => one.count, cell: (one) => count(one.count) },
    { name: "amount", title: t("column.amount"), number: true, order: (one) => one.amountFen, cell: (one) => yuan(one.amountFen) },
    { name: "first", title: t("parked.first"), order: (one) => one.firstAt, cell: (one) => dateAndTime(one.firstAt) },
    { name: "last", title: t("parked.last"), order: (one) => one.lastAt, cell: (one) => dateAndTime(one.lastAt) },
    { name: "replays", title: t("parked.replays"), number: true, order: (one) => one.replays, cell: (one) => count(one.replays) },
  ];
  return html`
    <${Table} name="parked-groups" label=${t("parked.groups")} columns=${columns} rows=${groups}
      attributes=${(one) => ({ key: one.firstId, "data-count": one.count })} />`;
}

/** Why an entry is parked, or why it was not replayed. */
const reasonText = (reason) => (hasText(`parked.${reason}`) ? t(`parked.${reason}`) : reason);

/** Asks for the reason, and once more whether the entry shall end. */
function DismissForm({ id, busy, cancel, confirm }) {
  const [reason, setReason] = useState("");
  return html`
    <form class="row" data-test="dismiss-form" onSubmit=${(event) => { event.preventDefault(); confirm(reason.trim()); }}>
      <label>
        ${t("parked.dismiss.why", { id })}
        <input name="reason" required maxlength="200" value=${reason} onInput=${(event) => setReason(event.target.value)} />
      </label>
      <button data-test="dismiss-confirm" aria-busy=${busy} disabled=${reason.trim() === ""}>${t("parked.dismiss.confirm", { id })}</button>
      <button type="button" class="secondary" data-test="dismiss-cancel" onClick=${cancel}>${t("parked.dismiss.cancel")}</button>
    </form>`;
}

function ParkedTable({ entries, busy, replay, leave }) {
  const columns = [
    { name: "id", title: t("parked.id"), order: (one) => one.id, cell: (one) => one.id },
    {
      name: "reason", title: t("parked.reason"), wide: true, order: (one) => one.reason,
      cell: (one) => html`<strong title=${one.reason}>${reasonText(one.reason)}</strong><br /><small lang="en">${one.detail}</small>`,
    },
    { name: "packet", title: t("diff.packet"), wide: true, cell: (one) => html`<code>${one.packetId}</code> ${one.ordinal}` },
    { name: "user", title: t("diff.user"), order: (one) => one.userId, cell: (one) => html`<bdi>${one.userId ?? "–"}</bdi>` },
    { name: "amount", title: t("column.amount"), number: true, order: (one) => one.amountFen, cell: (one) => yuan(one.amountFen) },
    { name: "at", title: t("parked.at"), order: (one) => one.parkedAt, cell: (one) => dateAndTime(one.parkedAt) },
    { name: "replays", title: t("parked.replays"), number: true, order: (one) => one.replays, cell: (one) => one.replays },
    {
      name: "replay", title: "",
      cell: (one) => html`
        <button type="button" class="secondary small" data-test=${`replay-${one.id}`} aria-busy=${busy}
          onClick=${() => replay({ ids: [one.id] })}>${t("parked.replay")}</button>
        ${one.entry !== "grab" && html`
          <button type="button" class="secondary small" data-test=${`dismiss-${one.id}`}
            onClick=${() => leave(one.id)}>${t("parked.dismiss")}</button>`}`,
    },
  ];
  return html`
    <${Table} name="parked-table" label=${t("parked.title")} columns=${columns} rows=${entries}
      attributes=${(one) => ({ key: one.id })} />`;
}
