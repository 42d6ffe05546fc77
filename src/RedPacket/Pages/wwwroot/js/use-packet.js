// Reads a packet, and watches it as long as its tab is visible: the service sends each share, and says when the ledger has it.
import { useEffect, useRef, useState } from "./html.js";
import { get } from "./api.js";
import { isAway, readEvents } from "./events.js";
import { useRounds } from "./live.js";
import { parse } from "./money.js";
import { connection } from "./state.js";
import { rememberedOrdinal } from "./remembered.js";

const pageSize = 100;
// How many of the newest shares the service watches.
const watched = 1000;
// How often older shares are read that the ledger does not have yet.
const seconds = 5;

export function usePacket(packetId, userId) {
  const [state, setState] = useState({ packet: null, own: null, problem: null });
  const [outcome, setOutcome] = useState(null);
  const shown = useRef(pageSize);
  const seen = useRef(state);
  const events = useRef(0);
  const reading = useRef(null);
  const show = (next) => {
    seen.current = { ...seen.current, problem: null, ...next };
    setState(seen.current);
  };
  // One at a time. If an event comes meanwhile, it is the newer of both.
  const refresh = () => {
    const before = events.current;
    const take = (fresh) => show(events.current === before ? fresh : merged(fresh, seen.current));
    return (reading.current ??= read(packetId, userId, shown.current)
      .then(take, (problem) => show({ problem }))
      .finally(() => (reading.current = null)));
  };
  // A read that is under way may have begun too early.
  const readAnew = async () => {
    await reading.current;
    return refresh();
  };
  const more = () => {
    shown.current += pageSize;
    return readAnew();
  };
  const take = (data, isFirst) => {
    const event = parse(data);
    // Redis has lost something, and has begun anew: the packet is read anew too.
    const isAnew = event.grabbedCount < seen.current.packet.grabbedCount || (event.settled === undefined && !isFirst);
    if (isAnew) return readAnew();
    events.current += 1;
    const { next, isCut } = changed(seen.current, event, userId, shown.current);
    show(next);
    return isCut ? readAnew() : undefined;
  };
  const { count } = connection.use();
  const round = useRounds(seconds);
  useEffect(() => { refresh(); }, [count]);
  useEffect(() => { if (!document.hidden && hasOldPending(seen.current)) refresh(); }, [round]);
  useWatch(packetId, isChanging(state), take, refresh);
  const won = outcome?.outcome === "won" ? outcome : null;
  const mine = state.own ?? (won && { ...won, settled: false });
  return { packet: state.packet, mine, outcome, setOutcome, problem: state.problem, more, refresh };
}

const pathOf = (packetId) => `/api/v1/packets/${encodeURIComponent(packetId)}`;

async function read(packetId, userId, shown) {
  const path = pathOf(packetId);
  const packet = await get(`${path}?limit=${pageSize}`);
  while (packet.grabs.length < Math.min(shown, packet.grabbedCount)) {
    const next = await get(`${path}?limit=${pageSize}&after=${packet.grabs.at(-1).ordinal}`);
    if (next.grabs.length === 0) break;
    packet.grabs.push(...next.grabs);
  }
  const isOwn = (grab) => grab.userId === userId;
  const ordinal = rememberedOrdinal(userId, packetId);
  let own = packet.grabs.find(isOwn);
  if (!own && ordinal > 0) own = (await get(`${path}?limit=1&after=${ordinal - 1}`)).grabs.find(isOwn);
  return { packet, own: own ?? null };
}

const isPending = (grab) => grab && !grab.settled;
const pendingOf = ({ packet, own }) => (packet ? [...packet.grabs, own].filter(isPending) : []);
const isOld = ({ packet }, grab) => grab.ordinal <= packet.grabbedCount - watched;
const hasOldPending = (state) => pendingOf(state).some((grab) => isOld(state, grab));

/** True while events may come that change what is shown. */
const isChanging = (state) => state.packet !== null
  && (state.packet.leftFen > 0 || pendingOf(state).some((grab) => !isOld(state, grab)));

/** What was read, with what an event has said meanwhile. */
function merged({ packet, own }, seen) {
  const settled = new Set([...seen.packet.grabs, seen.own].filter((grab) => grab?.settled).map((grab) => grab.ordinal));
  const mark = (grab) => (grab && settled.has(grab.ordinal) ? { ...grab, settled: true } : grab);
  const last = packet.grabs.at(-1)?.ordinal ?? 0;
  const newer = last >= packet.grabbedCount ? seen.packet.grabs.filter((grab) => grab.ordinal > last) : [];
  const { grabs, ...facts } = packet.grabbedCount < seen.packet.grabbedCount ? seen.packet : packet;
  return { packet: { ...facts, grabs: [...packet.grabs.map(mark), ...newer] }, own: mark(own) ?? seen.own };
}

/** What to show after an event. isCut: the list lacks shares between those that it has and those of the event. */
function changed({ packet, own }, { grabs, settled = [], ...facts }, userId, shown) {
  const known = new Map(grabs.map((grab) => [grab.ordinal, grab]));
  const done = new Set(settled);
  const mark = (grab) => {
    if (!grab || grab.settled) return grab;
    return { ...grab, settled: done.has(grab.ordinal) || Boolean(known.get(grab.ordinal)?.settled) };
  };
  const list = packet.grabs.map(mark);
  const last = list.at(-1)?.ordinal ?? 0;
  const room = Math.max(0, shown - list.length);
  const fresh = grabs.filter((grab) => grab.ordinal > last);
  const isCut = room > 0 && facts.grabbedCount > last && fresh[0]?.ordinal !== last + 1;
  if (!isCut) list.push(...fresh.slice(0, room));
  const mine = mark(own) ?? grabs.find((grab) => grab.userId === userId) ?? null;
  return { next: { packet: { ...packet, ...facts, grabs: list }, own: mine }, isCut };
}

/** Watches the packet while this tab is visible: a browser has few connections to a service. */
function useWatch(packetId, isWatched, take, refresh) {
  const isVisible = useVisible();
  useEffect(() => {
    if (!isWatched || !isVisible) return undefined;
    const gone = new AbortController();
    watch(`${pathOf(packetId)}/live`, take, refresh, gone.signal);
    return () => gone.abort();
  }, [packetId, isWatched, isVisible]);
}

async function watch(path, take, refresh, gone) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
    let isFirst = true;
    try {
      await readEvents(path, ({ event, data }) => {
        if (event !== "ping") take(data, isFirst);
        // A stream that lasts is a good one.
        if (!isFirst) pause = 500;
        isFirst = false;
      }, gone);
    } catch (error) {
      if (!isAway(error)) throw error;
      // The packet is archived.
      if (error.status === 404) return;
    }
    await new Promise((done) => setTimeout(done, pause));
    if (gone.aborted) return;
    // Without its stream, for example because the service has too many, the packet is read from time to time.
    await refresh();
  }
}

function useVisible() {
  const [isVisible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const change = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", change);
    return () => document.removeEventListener("visibilitychange", change);
  }, []);
  return isVisible;
}
