// Reads a packet, and follows it as long as its tab is visible: the service sends each share, and says when the ledger has it.
import { useEffect, useRef, useState } from "./html.js";
import { get } from "./api.js";
import { isAway, readEvents } from "./events.js";
import { parse } from "./money.js";
import { connection } from "./state.js";
import { rememberedOrdinal } from "./remembered.js";

const pageSize = 100;
// How many of the newest shares the service follows.
const followed = 1000;

export function usePacket(packetId, userId) {
  const [state, setState] = useState({ packet: null, own: null, problem: null });
  const [outcome, setOutcome] = useState(null);
  const shown = useRef(pageSize);
  const seen = useRef(state);
  const events = useRef(0);
  const show = (next) => {
    seen.current = { ...seen.current, problem: null, ...next };
    setState(seen.current);
  };
  const refresh = async () => {
    try {
      let fresh;
      let before;
      // What was read while an event came may be older than the event.
      do {
        before = events.current;
        fresh = await read(packetId, userId, shown.current);
      } while (events.current !== before);
      show(fresh);
    } catch (problem) {
      show({ problem });
    }
  };
  const more = () => {
    shown.current += pageSize;
    return refresh();
  };
  const change = (data) => {
    events.current += 1;
    const next = changed(seen.current, data, userId, shown.current);
    if (next) show(next);
    else refresh();
  };
  const { count } = connection.use();
  useEffect(() => { refresh(); }, [count]);
  useFollowed(packetId, isChanging(state), change, refresh);
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

const isWhole = (packet) => (packet.grabs.at(-1)?.ordinal ?? 0) === packet.grabbedCount;
const isPending = (grab) => grab && !grab.settled;
const isChanging = ({ packet, own }) => packet !== null && (packet.leftFen > 0 || [...packet.grabs, own].some(isPending));

/** What to show after an event of the packet's stream; null when the packet has to be read again. */
function changed({ packet, own }, data, userId, shown) {
  const { grabs, settled = [], ...facts } = parse(data);
  const fresh = grabs.filter((grab) => grab.ordinal > packet.grabbedCount);
  // Redis has lost something, or more was granted than an event holds.
  if (facts.grabbedCount < packet.grabbedCount || fresh.length < facts.grabbedCount - packet.grabbedCount) return null;
  const known = new Map(grabs.map((grab) => [grab.ordinal, grab]));
  const done = new Set(settled);
  const mark = (grab) => grab && (known.get(grab.ordinal) ?? (done.has(grab.ordinal) ? { ...grab, settled: true } : grab));
  const list = packet.grabs.map(mark);
  if (isWhole(packet)) list.push(...fresh.slice(0, Math.max(0, shown - list.length)));
  const mine = mark(own) ?? fresh.find((grab) => grab.userId === userId) ?? null;
  // The service follows the newest shares only.
  if ([...list, mine].some((grab) => isPending(grab) && grab.ordinal <= facts.grabbedCount - followed)) return null;
  return { packet: { ...packet, ...facts, grabs: list }, own: mine };
}

/** Follows the packet while this tab is visible: a browser has few connections to a service. */
function useFollowed(packetId, isFollowed, onEvent, refresh) {
  const isVisible = useVisible();
  useEffect(() => {
    if (!isFollowed || !isVisible) return undefined;
    const gone = new AbortController();
    follow(`${pathOf(packetId)}/live`, onEvent, refresh, gone.signal);
    return () => gone.abort();
  }, [packetId, isFollowed, isVisible]);
}

async function follow(path, onEvent, refresh, gone) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
    try {
      await readEvents(path, ({ event, data }) => {
        pause = 500;
        if (event !== "ping") onEvent(data);
      }, gone);
    } catch (error) {
      if (!isAway(error)) throw error;
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
