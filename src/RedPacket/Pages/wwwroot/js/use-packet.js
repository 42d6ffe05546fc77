// A packet as it is read: looked at again when the live numbers say that something was granted or booked, never by a clock of its own.
import { useEffect, useRef, useState } from "./html.js";
import { get } from "./api.js";
import { listen, live } from "./live.js";

const page = 100;

/** Which ordinal is whose is remembered for the session, so that one's own share is found in a packet of a thousand. */
const place = (packetId, userId) => `redpacket-share ${packetId} ${userId}`;

export function remember(packetId, grab) {
  try {
    sessionStorage.setItem(place(packetId, grab.userId), `${grab.ordinal}`);
  } catch {
    // Then the share is found by asking for it again: the answer is the same.
  }
}

function remembered(packetId, userId) {
  try {
    return Number(sessionStorage.getItem(place(packetId, userId)) ?? 0);
  } catch {
    return 0;
  }
}

export function usePacket(packetId, userId) {
  const [state, setState] = useState({ packet: null, own: null, problem: null });
  const [outcome, setOutcome] = useState(null);
  const shown = useRef(page);
  const refresh = async () => {
    try {
      setState({ ...(await read(packetId, userId, shown.current)), problem: null });
    } catch (problem) {
      setState((before) => ({ ...before, problem }));
    }
  };
  const more = () => {
    shown.current += page;
    return refresh();
  };
  useEffect(() => {
    refresh();
    return listen();
  }, []);
  useChanges(state.packet, refresh);
  const won = outcome?.outcome === "won" ? outcome : null;
  const own = state.own ?? (won && { ...won, settled: false });
  return { packet: state.packet, mine: own, outcome, setOutcome, problem: state.problem, more, refresh };
}

async function read(packetId, userId, shown) {
  const address = `/api/v1/packets/${encodeURIComponent(packetId)}`;
  const packet = await get(`${address}?limit=${page}`);
  while (packet.grabs.length < Math.min(shown, packet.grabbedCount)) {
    const next = await get(`${address}?limit=${page}&after=${packet.grabs.at(-1).ordinal}`);
    if (next.grabs.length === 0) break;
    packet.grabs.push(...next.grabs);
  }
  const isOwn = (grab) => grab.userId === userId;
  const ordinal = remembered(packetId, userId);
  const own = packet.grabs.find(isOwn) ?? (ordinal > 0 ? (await get(`${address}?limit=1&after=${ordinal - 1}`)).grabs.find(isOwn) : undefined);
  return { packet, own: own ?? null };
}

/** One look at a time, and only when the house's sums moved or the time of the packet is over. */
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
