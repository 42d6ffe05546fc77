// The shards of the house for operators: gate and outbox of each, and the field that raises their number.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get, post, put, remove } from "./api.js";
import { count } from "./money.js";
import { useRounds } from "./live.js";
import { connection, useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";

const seconds = 2;

export function House() {
  const [house, setHouse] = useState(null);
  const [unread, setUnread] = useState(null);
  const take = (answer) => { setHouse(answer); setUnread(null); };
  const round = useRounds(seconds);
  useEffect(() => { get("/api/v1/house").then(take, setUnread); }, [round, connection.use().count]);
  return html`
    <section class="card" data-test="house" data-count=${house?.count} data-raising=${house?.raisingTo ?? ""}>
      <h2>${t("house.title")}</h2>
      <p class="help">${t("house.what")}</p>
      ${house && html`<${Shards} shards=${house.shards} />`}
      ${house?.processes && html`<${Processes} processes=${house.processes} />`}
      ${house && html`<${Pause} paused=${house.paused} done=${take} />`}
      ${house?.raisingTo != null && html`
        <p role="status">
          <span class="pill waiting">${t("house.raising", { n: count(house.count), m: count(house.raisingTo) })}</span>${" "}
          ${house.waitsFor && html`<small lang="en">${house.waitsFor}</small>`}
        </p>`}
      ${house && house.raisingTo == null && html`<${Raise} key=${house.count} now=${house.count} done=${take} />`}
      <${ProblemNote} problem=${unread} />
    </section>`;
}

function Shards({ shards }) {
  const columns = [
    { name: "shard", title: t("house.shard"), order: (one) => one.shard, cell: (one) => one.shard },
    {
      name: "gate", title: t("house.gate"), order: (one) => one.gate,
      cell: (one) => html`<span class=${`pill ${one.gate === "open" ? "good" : "bad"}`}>${t(`house.gate.${one.gate}`)}</span>`,
    },
    { name: "walk", title: t("house.walk"), order: (one) => one.walk?.left ?? 0, cell: compared },
    {
      name: "outbox", title: t("part.outbox"), number: true, order: (one) => one.outbox,
      cell: (one) => (one.outbox === null ? "–" : count(one.outbox)),
    },
    { name: "node", title: t("house.node"), wide: true, order: (one) => one.node, cell: (one) => html`<code>${one.node ?? "–"}</code>` },
  ];
  return html`
    <${Table} name="house-table" label=${t("house.title")} columns=${columns} rows=${shards}
      attributes=${({ shard, gate }) => ({ key: shard, "data-shard": shard, "data-gate": gate })} />`;
}

function compared({ gate, walk }) {
  if (gate !== "open") return "–";
  return walk === null ? t("house.walk.all") : t("house.walk.part", { n: count(walk.compared), m: count(walk.compared + walk.left) });
}

/** Every process that is connected to Redis, also those of other machines. */
function Processes({ processes }) {
  const columns = [
    { name: "host", title: t("house.host"), order: (one) => one.host, cell: (one) => html`<code>${one.host}</code>` },
    { name: "id", title: t("house.process"), order: (one) => one.id, cell: (one) => one.id },
    { name: "roles", title: t("house.roles"), wide: true, cell: (one) => html`<code>${one.roles.join(", ")}</code>` },
  ];
  return html`
    <${Table} name="processes-table" label=${t("house.processes")} columns=${columns} rows=${processes}
      attributes=${({ host, id }) => ({ key: `${host}/${id}` })} />`;
}

/** Pauses and resumes settlement. */
function Pause({ paused, done }) {
  const [reason, setReason] = useState("");
  const [busy, problem, change] = useAction(async () => {
    done(paused ? await remove("/api/v1/house/pause") : await put("/api/v1/house/pause", { reason: reason.trim() }));
    setReason("");
  }, [paused?.at, reason]);
  const submit = (event) => {
    event.preventDefault();
    change();
  };
  return html`
    <form class="row" onSubmit=${submit} data-test="settlement" data-paused=${paused !== null}>
      ${paused ? html`
        <p role="status">
          <span class="pill waiting">${t("house.paused", { name: paused.by, time: dateAndTime(paused.at) })}</span>${" "}
          <bdi>${paused.reason}</bdi>
        </p>
        <button type="submit" class="small" data-test="settlement-resume" aria-busy=${busy}>${t("house.resume")}</button>` : html`
        <label>${t("house.pause.why")}
          <input name="pause-reason" required maxlength="200" value=${reason} onInput=${(event) => setReason(event.target.value)} />
        </label>
        <button type="submit" class="small secondary" data-test="settlement-pause" aria-busy=${busy}>${t("house.pause")}</button>`}
    </form>
    <p class="help">${t("house.pause.what")}</p>
    <${ProblemNote} problem=${problem} />`;
}

function Raise({ now, done }) {
  const [number, setNumber] = useState(`${Number(now) * 2}`);
  const [busy, problem, raise] = useAction(async () => done(await post("/api/v1/house/shards", { count: Number(number) })), [number]);
  const submit = (event) => {
    event.preventDefault();
    raise();
  };
  return html`
    <form class="row" onSubmit=${submit}>
      <label class="seconds">${t("house.number")}
        <input type="number" name="house-shards" min=${Number(now) + 1} max="10000" value=${number} required
          onInput=${(event) => setNumber(event.target.value)} />
      </label>
      <button type="submit" class="small" data-test="house-raise" aria-busy=${busy}>${t("house.raise")}</button>
    </form>
    <p class="help">${t("house.raise.what")}</p>
    <${ProblemNote} problem=${problem} />`;
}
