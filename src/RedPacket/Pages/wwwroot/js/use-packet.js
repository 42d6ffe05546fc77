// Reads a packet, and reads it again only when the live numbers say that something was granted or settled.
import { useEffect, useRef, useState } from "./html.js";
import { get } from "./api.js";
import { live } from "./live.js";
import { connection } from "./state.js";
import { rememberedOrdinal } from "./remembered.js";

const pageSize = 100;

export function usePacket(packetId, userId) {
  const [state, setState] = useState({ packet: null, own: null, problem: null });
  const [outcome, setOutcome] = useState(null);
  const shown = useRef(pageSize);
  const refresh = async () => {
    try {
      setState({ ...(await read(packetId, userId, shown.current)), problem: null });
    } catch (problem) {
      setState((before) => ({ ...before, problem }));
    }
  };
  const more = () => {
    shown.current += pageSize;
    return refresh();
  };
  const { count } = connection.use();
  useEffect(() => { refresh(); }, [count]);
  useChanges(state.packet, refresh);
  const won = outcome?.outcome === "won" ? outcome : null;
  const mine = state.own ?? (won && { ...won, settled: false });
  return { packet: state.packet, mine, outcome, setOutcome, problem: state.problem, more, refresh };
}

async function read(packetId, userId, shown) {
  const path = `/api/v1/packets/${encodeURIComponent(packetId)}`;
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

/** Refreshes once at a time, and only if the live totals changed or the packet has expired. */
function useChanges(packet, refresh) {
  const seen = useRef({ mark: "", busy: false });
  const { now } = live.use();
  useEffect(() => {
    if (!packet || !now || seen.current.busy) return;
    const isDue = packet.state === "open" && now.time >= Date.parse(packet.expiresAt);
    const mark = `${now.totals.granted} ${now.totals.settled} ${now.outbox} ${isDue ? now.time : ""}`;
    if (mark === seen.current.mark) return;
    seen.current = { mark, busy: true };
    refresh().finally(() => (seen.current.busy = false));
  }, [now]);
}
