using System.Globalization;
using RedPacket.Messages;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>Outbox lines as the scripts write them, for numbered packets.</summary>
internal static class EntryLines
{
    /// <summary>The time of all grants, in milliseconds since 1970.</summary>
    public const long Moment = 1_790_000_000_000;

    /// <summary>A packet's fund. The default is enough for any benchmark.</summary>
    public static string Fund(int packet, long amountFen = 20_000_000) =>
        new Entry(EntryKind.Fund, Id(packet), 0, "sender", amountFen, Moment, """{"kind":"lucky","count":100000}""").ToString();

    /// <summary>A share of one yuan.</summary>
    public static string Grab(int packet, int ordinal, string user) =>
        new Entry(EntryKind.Grab, Id(packet), ordinal, user, 100, Moment).ToString();

    private static string Id(int packet) => string.Create(CultureInfo.InvariantCulture, $"0-{packet:x32}");
}
