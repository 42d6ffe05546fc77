using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>One packet as it stands in Redis. Money in fen, times in milliseconds since 1970.</summary>
/// <param name="State"><c>open</c>, <c>emptied</c> or <c>expired</c>, as written; see <see cref="StateAt"/>.</param>
/// <param name="Next">The ordinal that would be dealt next.</param>
/// <param name="Sum">Over all claims: (check of the user + ordinal) x fen.</param>
internal sealed record Packet(string Id, string Sender, long AmountFen, int Count, long CreatedAt, long ExpiresAt, string Terms,
    string State, long ClosedAt, int Next, long LeftFen, long RefundFen, long Sum)
{
    /// <summary>The hash fields that make a packet, in the order <see cref="Read"/> takes them.</summary>
    public static readonly RedisValue[] Fields =
        ["sender", "amount", "count", "created", "expiry", "terms", "state", "closed", "next", "left", "refund", "sum"];

    /// <summary>What was dealt: amount less what is left or was refunded.</summary>
    public long GrantedFen => AmountFen - LeftFen - RefundFen;

    /// <summary>The state at a moment: between expiry and the sweep a packet already reads as expired.</summary>
    public string StateAt(long nowMs) => State == "open" && nowMs >= ExpiresAt ? "expired" : State;

    /// <summary>Reads the fields; null when there is no packet. Throws when a field is not what the scripts write.</summary>
    public static Packet? Read(string packetId, RedisValue[] values)
    {
        if (values[0].IsNull)
            return null;
        return new Packet(packetId, Text(values[0]), Number(values[1]), (int)Number(values[2]), Number(values[3]), Number(values[4]), Text(values[5]),
            Text(values[6]), values[7].IsNull ? 0 : Number(values[7]), (int)Number(values[8]), Number(values[9]), Number(values[10]), Number(values[11]));

        long Number(RedisValue value) => long.TryParse((string?)value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"Packet {packetId} holds '{value}' where a number belongs.");
        string Text(RedisValue value) => (string?)value ?? throw new InvalidDataException($"Packet {packetId} lacks a field.");
    }
}

/// <summary>A share granted to a user, as it stands in the packet's hash.</summary>
/// <param name="GrantedAt">Milliseconds since 1970, by Redis's clock.</param>
internal sealed record Claim(int Ordinal, string UserId, long AmountFen, long GrantedAt)
{
    /// <summary>Reads <c>ordinal fen ms</c>, the value of <c>u:&lt;user&gt;</c>.</summary>
    public static Claim Parse(string userId, string value)
    {
        var parts = value.Split(' ');
        return new Claim(int.Parse(parts[0], CultureInfo.InvariantCulture), userId, long.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
