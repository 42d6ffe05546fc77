namespace RedPacket.Packets;

/// <summary>
/// The states of a packet, spelled here and nowhere else in C#: as Redis, HTTP answers and reports name them.
/// Their twins in Lua: <c>create.lua</c>, <c>grab.lua</c>, <c>close.lua</c>, <c>checked.lua</c>.
/// </summary>
internal static class PacketState
{
    /// <summary>Shares are left, and its time is not over.</summary>
    public const string Open = "open";

    /// <summary>Closed by the grab that took the last share.</summary>
    public const string Emptied = "emptied";

    /// <summary>Closed because its time was over; what was left went back to the sender.</summary>
    public const string Expired = "expired";

    /// <summary>
    /// Neither Redis nor the ledger yields its record. It grants no more, and no answer shows this word.
    /// </summary>
    public const string Damaged = "damaged";

    public static bool IsKnown(string word) => word is Open or Emptied or Expired;
}
