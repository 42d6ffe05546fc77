using System.Globalization;
using RedPacket.Messages;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>Lines of the outbox as the scripts write them, for packets by number.</summary>
internal static class EntryLines
{
    /// <summary>When everything was granted: milliseconds since 1970.</summary>
    public const long Moment = 1_790_000_000_000;

    /// <summary>A packet's money; by default of 100000 shares, enough for any benchmark.</summary>
    public static string Fund(int packet, long amountFen = 20_000_000) => new Entry(EntryKind.Fund, Id(packet), 0, "sender", amountFen, Moment, """{"kind":"lucky","count":100000}""").ToString();

    /// <summary>A share of a yuan.</summary>
    public static string Grab(int packet, int ordinal, string user) => new Entry(EntryKind.Grab, Id(packet), ordinal, user, 100, Moment).ToString();

    private static string Id(int packet) => string.Create(CultureInfo.InvariantCulture, $"0-{packet:x32}");
}
