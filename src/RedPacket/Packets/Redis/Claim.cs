using System.Globalization;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// A share granted to a user, in the text form <c>ordinal fen ms</c> under which the packet keeps it.
/// Its twins in Lua: <c>grab.lua</c> writes it and answers it, <c>putback.lua</c> reads it.
/// </summary>
/// <param name="Ordinal">1 to count.</param>
/// <param name="AmountFen">At least 1.</param>
/// <param name="GrantedAt">Milliseconds since 1970, by the clock of Redis.</param>
internal readonly record struct Claim(int Ordinal, long AmountFen, long GrantedAt)
{
    private const int Parts = 3;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Ordinal} {AmountFen} {GrantedAt}");

    /// <summary>The share that a grab's entry says.</summary>
    public static Claim Of(Entry grab) => new(grab.Ordinal, grab.AmountFen, grab.AtMs);

    /// <summary>Reads the text form; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Claim claim)
    {
        claim = default;
        Span<Range> parts = stackalloc Range[Parts + 1];
        if (text.Split(parts, ' ') != Parts || !int.TryParse(text[parts[0]], CultureInfo.InvariantCulture, out var ordinal)
            || !long.TryParse(text[parts[1]], CultureInfo.InvariantCulture, out var fen)
            || !long.TryParse(text[parts[2]], CultureInfo.InvariantCulture, out var at) || !Entry.IsTime(at))
            return false;
        claim = new Claim(ordinal, fen, at);
        return true;
    }

    /// <summary>The ordinal alone, also of a text that is damaged behind it; null when there is none.</summary>
    public static int? OrdinalOf(string? text) =>
        int.TryParse(text?.Split(' ')[0], CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;
}

/// <summary>One share as Redis has it.</summary>
/// <param name="AmountFen">Null when the packet names the user at the ordinal but has no share, or another one, for
/// them: damaged.</param>
internal sealed record StoredClaim(int Ordinal, string UserId, long? AmountFen, long? GrantedAt)
{
    /// <summary>The grab entry's line; null when damaged.</summary>
    public string? Line(string packetId) => AmountFen is > 0 and var fen && GrantedAt is { } at
        ? new Entry(EntryKind.Grab, packetId, Ordinal, UserId, fen, at).ToString()
        : null;

    /// <summary>
    /// The claims at these ordinals; null where there is none (never granted, or a hole that a rebuild left).
    /// </summary>
    public static async Task<StoredClaim?[]> Read(IDatabase redis, string packetId, IReadOnlyList<int> ordinals)
    {
        if (ordinals.Count == 0 || !PacketId.TryParse(packetId, out var shard))
            return new StoredClaim?[ordinals.Count];
        var key = PacketKeys.Packet(shard, packetId);
        var users = await redis.Fields(key, [.. ordinals.Select(ordinal => (RedisValue)PacketFields.Ordinal(ordinal))]);
        var claims = await redis.Fields(key, [.. users.Select(user => (RedisValue)PacketFields.User(user.ToString()))]);
        return [.. ordinals.Select((ordinal, index) => users[index].IsNull ? null : Parse(ordinal, users[index]!, claims[index]))];
    }

    private static StoredClaim Parse(int ordinal, string userId, string? text) =>
        Claim.TryParse(text, out var claim) && claim.Ordinal == ordinal
            ? new StoredClaim(ordinal, userId, claim.AmountFen, claim.GrantedAt)
            : new StoredClaim(ordinal, userId, null, null);
}

/// <summary>The answer of a packet about a share that a correction pays.</summary>
internal enum Remembered
{
    /// <summary>The share, beside those that it has granted.</summary>
    Held,

    /// <summary>The share, among those that it has granted. The ledger may not have it yet.</summary>
    Granted,

    /// <summary>Another share of this user.</summary>
    Other,

    /// <summary>The notice has ended under which it was to be written. Nothing was changed.</summary>
    Unheard,
}
