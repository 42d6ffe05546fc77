using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.Messages;

/// <summary>
/// <c>&lt;shard&gt;-&lt;time-ordered id&gt;</c>: the shard is part of the name, so the number of shards can be raised
/// and nothing moves (PROTOCOL 1.1).
/// </summary>
internal static partial class PacketId
{
    /// <summary>Shards are numbered 0 to 9999.</summary>
    public const int MostShards = 10_000;

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,3})-[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    /// <summary>A new id in the shard; ids made later sort after earlier ones, to the millisecond.</summary>
    public static string New(int shard, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{shard}-{Guid.CreateVersion7(now):N}");

    /// <summary>False for anything that no packet can be named.</summary>
    public static bool TryParse(string? packetId, out int shard)
    {
        shard = 0;
        if (packetId is null || packetId.Length > 37 || !Form().IsMatch(packetId))
            return false;
        shard = int.Parse(packetId.AsSpan(0, packetId.IndexOf('-')), CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>
    /// When the id was made, by the clock of the process that made it: the first 12 hex digits of a version-7 id.
    /// </summary>
    public static long MillisecondsOf(string packetId) =>
        long.Parse(packetId.AsSpan(packetId.IndexOf('-') + 1, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
