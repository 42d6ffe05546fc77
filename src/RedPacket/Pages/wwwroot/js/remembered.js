// The packets that this browser's user sent or opened, newest first. Each has the ordinal of the user's share, if there is one.
const most = 100;
const storageKey = (userId) => `redpacket-packets ${userId}`;

/** [{ packetId, ordinal }] */
export function remembered(userId) {
  try {
    const list = JSON.parse(localStorage.getItem(storageKey(userId)));
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

export function remember(userId, packetId, ordinal) {
  const known = remembered(userId).find((one) => one.packetId === packetId);
  write(userId, [{ packetId, ordinal: ordinal ?? known?.ordinal }, ...others(userId, packetId)]);
}

export function forget(userId, packetId) {
  write(userId, others(userId, packetId));
}

/** Finds the user's share among thousands; 0 if unknown. */
export function rememberedOrdinal(userId, packetId) {
  return remembered(userId).find((one) => one.packetId === packetId)?.ordinal ?? 0;
}

function others(userId, packetId) {
  return remembered(userId).filter((one) => one.packetId !== packetId);
}

function write(userId, list) {
  try {
    localStorage.setItem(storageKey(userId), JSON.stringify(list.slice(0, most)));
  } catch {
    // Without storage the list stays empty. The user grabs again and gets the same share.
  }
}
