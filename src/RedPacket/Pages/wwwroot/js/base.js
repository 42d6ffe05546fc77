// The path under which a proxy, or the setting Http:PathBase, puts the whole service. Empty at the root.
export const base = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The address of a path of the service, for links and calls. */
export const at = (path) => base + path;

/** The path of the service in an address of this origin; null for an address that is not under the base. */
export const within = (pathname) => (base === "" ? pathname : pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : null);
