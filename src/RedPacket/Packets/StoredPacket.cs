using System.Globalization;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// One packet as Redis has it, all fields read at one moment. Claims with an ordinal under <paramref name="Next"/>
/// never change again.
/// </summary>
/// <param name="Refunds">
/// The refunded fen, by the ordinal of their entry. None until expired, then usually one. 0 where the ordinal has no
/// entry.
/// </param>
internal sealed record StoredPacket(
    string PacketId, int Shard, string Terms, string SenderId, long AmountFen, int Count, long CreatedAt, long ExpiresAt, string State,
    long? ClosedAt, int Next, long LeftFen, long Sum, IReadOnlyList<long> Refunds)
{
    // Lua's numbers are exact up to here.
    private const long Most = 1L << 53;

    // In the order in which Parse takes them.
    private static readonly RedisValue[] s_fields =
    [
        PacketFields.Terms, PacketFields.Sender, PacketFields.Amount, PacketFields.Count, PacketFields.Created, PacketFields.Expiry,
        PacketFields.State, PacketFields.Closed, PacketFields.Next, PacketFields.Left, PacketFields.Sum, PacketFields.Refund,
        PacketFields.Refunds, PacketFields.Best,
    ];

    /// <summary>Its largest share so far; null before the first, and for a packet of an earlier version.</summary>
    public BestShare? Best { get; init; }

    /// <summary>The refunded fen, over all refunds.</summary>
    public long RefundFen => Refunds.Sum();

    /// <summary>The granted fen, as far as the packet itself says.</summary>
    public long GrantedFen => AmountFen - LeftFen - RefundFen;

    public bool IsOpen => State == PacketState.Open;

    public bool IsEmptied => State == PacketState.Emptied;

    /// <summary>Closed because its time was over. A packet that is only due is not.</summary>
    public bool IsExpired => State == PacketState.Expired;

    /// <summary>Neither side could make its record whole: it grants no more.</summary>
    public bool IsDamaged => State == PacketState.Damaged;

    /// <summary>Its time is over by the clock of Redis, and no process has closed it yet.</summary>
    public bool IsDue(long nowMs) => IsOpen && ExpiresAt <= nowMs;

    /// <summary>The fund entry's line, exactly as the script wrote it.</summary>
    public string FundLine => new Entry(EntryKind.Fund, PacketId, 0, SenderId, AmountFen, CreatedAt, Terms).ToString();

    /// <summary>The line of the refund entry with this ordinal; null when there is none (yet).</summary>
    public string? RefundLine(int ordinal) =>
        Refunds.ElementAtOrDefault(ordinal) is > 0 and var fen
            ? new Entry(EntryKind.Refund, PacketId, ordinal, SenderId, fen, ClosedAt ?? 0).ToString()
            : null;

    /// <summary>The state at a moment: a packet that is due already reads as expired.</summary>
    public string StateAt(long nowMs) => IsDue(nowMs) ? PacketState.Expired : State;

    /// <summary>Reads a packet; null when Redis has none of that id, or has a record that cannot be read.</summary>
    public static async Task<StoredPacket?> Read(IDatabase redis, string packetId)
    {
        if (!Messages.PacketId.TryParse(packetId, out var shard))
            return null;
        var values = await redis.Fields(PacketKeys.Packet(shard, packetId), s_fields);
        return Parse(packetId, shard, [.. values.Select(value => (string?)value)]);
    }

    private static StoredPacket? Parse(string packetId, int shard, IReadOnlyList<string?> fields)
    {
        if (fields[0] is not { } terms || fields[1] is not { } sender || fields[6] is not { } state)
            return null;
        if (Number(fields[2]) is not { } amount || Number(fields[3]) is not { } count)
            return null;
        if (Time(fields[4]) is not { } created || Time(fields[5]) is not { } expiry || (fields[7] is not null && Time(fields[7]) is null))
            return null;
        if (Number(fields[8]) is not (>= 1 and <= int.MaxValue and var next) || Number(fields[9]) is not { } left)
            return null;
        return new StoredPacket(packetId, shard, terms, sender, amount, (int)count, created, expiry, state, Time(fields[7]), (int)next,
            left, Number(fields[10]) ?? 0, ReadRefunds(fields[12] ?? fields[11]))
        {
            Best = BestShare.Parse(fields[13]),
        };
    }

    private static long[] ReadRefunds(string? text) =>
        text is null or "0" ? [] : [.. text.Split(' ').Select(fen => Number(fen) ?? 0)];

    private static long? Time(string? text) => Number(text) is { } time && Entry.IsTime(time) ? time : null;

    // A number that no script can have written: sums over it could overflow.
    private static long? Number(string? text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is > -Most and < Most ? number : null;
}
