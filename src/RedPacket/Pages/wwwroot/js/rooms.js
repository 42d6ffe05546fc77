// The rooms of the demo that follow the ledger: how far each is, and the buttons that stop, hang, poison and make it anew.
import { html, useEffect, useState } from "./html.js";
import { hasText, t } from "./i18n.js";
import { get, post } from "./api.js";
import { count } from "./money.js";
import { useRounds } from "./live.js";
import { connection, useAction } from "./state.js";
import { ProblemNote } from "./shared.js";
import { Table } from "./table.js";

const seconds = 1;
const tones = { following: "good", "catching-up": "waiting", off: "idle", opening: "waiting" };

export function Rooms() {
  const [rooms, setRooms] = useState(null);
  const [unread, setUnread] = useState(null);
  const take = (answer) => { setRooms(answer.rooms); setUnread(null); };
  const round = useRounds(seconds);
  useEffect(() => { get("/demo/rooms").then(take, setUnread); }, [round, connection.use().count]);
  if (rooms?.length === 0) return null;
  const replace = (changed) => setRooms((all) => all.map((room) => (room.name === changed.name ? changed : room)));
  const columns = [
    { name: "name", title: t("rooms.name"), order: (room) => room.name, cell: (room) => html`<code>${room.name}</code>` },
    { name: "state", title: t("rooms.state"), order: (room) => room.state, cell: State },
    { name: "position", title: t("rooms.position"), number: true, order: (room) => room.position, cell: (room) => place(room.position) },
    { name: "head", title: t("rooms.head"), number: true, order: (room) => room.head, cell: (room) => place(room.head) },
    { name: "deeds", title: t("rooms.deeds"), wide: true, cell: (room) => html`<${Deeds} room=${room} replace=${replace} />` },
  ];
  return html`
    <section class="card" data-test="rooms">
      <h2>${t("rooms.title")}</h2>
      <p class="help">${t("rooms.what")}</p>
      ${rooms && html`
        <${Table} name="rooms-table" label=${t("rooms.title")} columns=${columns} rows=${rooms} attributes=${marks} />`}
      <${ProblemNote} problem=${unread} />
    </section>`;
}

const marks = ({ name, state, trouble }) => ({ key: name, "data-room": name, "data-state": state, "data-trouble": trouble ?? "" });

const place = (number) => (number === null ? "–" : count(number));

function State({ state, trouble, detail }) {
  const word = trouble ?? state;
  return html`
    <span class=${`pill ${trouble ? "bad" : tones[state] ?? "bad"}`} title=${detail ?? word}>
      ${hasText(`rooms.state.${word}`) ? t(`rooms.state.${word}`) : word}
    </span>`;
}

function Deeds({ room, replace }) {
  const deeds = room.state === "off" || room.trouble ? ["start", "again"] : ["stop", "hang", "poison", "again"];
  const [busy, problem, run] = useAction(async (deed) => replace(await post(`/demo/rooms/${room.name}/${deed}`, {})));
  return html`
    <div class="row">
      ${deeds.map((deed) => html`
        <button key=${deed} type="button" class=${`small ${deed === "start" ? "" : "secondary"}`} data-test=${`room-${deed}-${room.name}`}
          aria-busy=${busy} aria-label=${`${t(`rooms.${deed}`)}: ${room.name}`} onClick=${() => run(deed)}>${t(`rooms.${deed}`)}</button>`)}
    </div>
    <${ProblemNote} problem=${problem} />`;
}
