using System.Globalization;

namespace RedPacket.Packets;

/// <summary>
/// The fields of a packet's hash, spelled here and nowhere else in C#. The header of <c>create.lua</c> says what each
/// holds.
/// Their twins in Lua: <c>create.lua</c>, <c>grab.lua</c>, <c>close.lua</c>, <c>putback.lua</c>, <c>remember.lua</c>,
/// <c>adopt.lua</c>, <c>install.lua</c>, <c>followed.lua</c>, <c>announced.lua</c>.
/// </summary>
internal static class PacketFields
{
    public const string Terms = "terms";
    public const string Sender = "sender";
    public const string Amount = "amount";
    public const string Count = "count";
    public const string Created = "created";
    public const string Expiry = "expiry";
    public const string State = "state";
    public const string Closed = "closed";
    public const string Next = "next";
    public const string Left = "left";
    public const string Refund = "refund";
    public const string Refunds = "refunds";
    public const string Sum = "sum";

    /// <summary>
    /// The run in which the packet was made or last compared with the ledger. In any other run no script changes it.
    /// </summary>
    public const string Run = "run";

    /// <summary>Holds the <see cref="BestShare"/>.</summary>
    public const string Best = "best";

    /// <summary>Holds the user's <see cref="Claim"/>.</summary>
    public static string User(string userId) => $"u:{userId}";

    /// <summary>Holds the id of the user who has this ordinal.</summary>
    public static string Ordinal(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"o:{ordinal}");

    /// <summary>Holds the <see cref="Traces.ClaimTrace"/> of this ordinal, if it is followed.</summary>
    public static string Trace(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"t:{ordinal}");
}

/// <summary>
/// The fields of a shard's <c>meta</c> hash. Their twins in Lua: the scripts of Packets, Grabs and Gate.
/// </summary>
internal static class MetaFields
{
    /// <summary>The replication id of the data set on which the run was opened. See <c>seal.lua</c>.</summary>
    public const string Seal = "seal";

    /// <summary>The node id of its server in a cluster, else empty.</summary>
    public const string Node = "node";

    /// <summary>The version of the records.</summary>
    public const string Version = "v";

    /// <summary>The id of the open run; absent while an opening compares.</summary>
    public const string Run = "run";

    /// <summary>How many packets were compared since the gate was opened; absent when all were.</summary>
    public const string Walk = "walk";

    /// <summary>The id of the run that an opening ended.</summary>
    public const string Last = "last";

    /// <summary>
    /// The last delivery slot that was handed out; a delivery number is twice the slot, plus one in the slow lane.
    /// </summary>
    public const string Seq = "seq";

    /// <summary>How many shards the house has, as this one was told. It never falls.</summary>
    public const string Generation = "gen";

    /// <summary>
    /// Since when the shard may hold packets (ms): until then, Idempotency-Keys that live here now had another home.
    /// </summary>
    public const string Born = "born";

    /// <summary>Packets ever sent.</summary>
    public const string Sent = "sent";

    /// <summary>Shares ever granted.</summary>
    public const string Grabs = "grabs";

    /// <summary>Their fen.</summary>
    public const string GrabsFen = "grabsFen";
}
