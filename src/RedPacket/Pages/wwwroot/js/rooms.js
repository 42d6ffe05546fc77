// The subscribers of the demo: how far each is, and the buttons that stop, hang and poison it, let it go on, and build it again.
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
    { name: "state", title: t("rooms.state"), order: wordOf, cell: State },
    { name: "position", title: t("rooms.position"), number: true, order: (room) => room.position, cell: (room) => place(room.position) },
    { name: "head", title: t("rooms.head"), number: true, order: (room) => room.head, cell: (room) => place(room.head) },
    { name: "actions", title: t("rooms.actions"), wide: true, cell: (room) => html`<${Actions} room=${room} replace=${replace} />` },
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

const wordOf = ({ state, fault }) => fault ?? state;

const marks = ({ name, state, fault }) => ({ key: name, "data-room": name, "data-state": state, "data-broken": fault ?? "" });

const place = (number) => (number === null ? "–" : count(number));

// What an operator did is announced. How a healthy room moves is not.
function State(room) {
  const word = wordOf(room);
  return html`
    <span class=${`pill ${room.fault ? "bad" : tones[room.state] ?? "bad"}`} role=${room.fault || room.state === "off" ? "status" : null}>
      ${hasText(`rooms.state.${word}`) ? t(`rooms.state.${word}`) : word}
    </span>
    ${room.detail && html` <small lang="en">${room.detail}</small>`}`;
}

// All buttons stay, so that the focus stays on the one that was pressed.
function Actions({ room, replace }) {
  const [busy, problem, run] = useAction(async (action) => replace(await post(`/demo/rooms/${room.name}/${action}`, {})));
  return html`
    <div class="row">
      ${["stop", "hang", "poison", "start", "again"].map((action) => html`
        <button key=${action} type="button" class="small secondary" data-test=${`room-${action}-${room.name}`} aria-busy=${busy}
          aria-label=${`${t(`rooms.${action}`)}: ${room.name}`} onClick=${() => run(action)}>${t(`rooms.${action}`)}</button>`)}
    </div>
    <${ProblemNote} problem=${problem} />`;
}
