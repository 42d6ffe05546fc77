using RedPacket.Messages;

namespace RedPacket.Tests.Subscribers;

/// <summary>Transfers of a small ledger, drawn from a seed: packets of few users, in an order that settlement may make.</summary>
internal sealed class LedgerStory
{
    /// <summary>Of every story. A failure names it.</summary>
    public const int Seed = 20261129;

    private static readonly DateTimeOffset s_begin = new(2026, 2, 17, 23, 50, 0, TimeSpan.Zero);
    private readonly Random _random = new(Seed);
    private readonly List<SettledTransfer> _transfers = [];

    /// <summary>Emptied, expired and open packets, and payments of the loss account.</summary>
    public static List<SettledTransfer> Of(int packets)
    {
        var story = new LedgerStory();
        var open = Enumerable.Range(0, packets).Select(story.Packet).Select(lines => new Queue<SettledTransfer>(lines)).ToList();
        // Lines of packets mix, and those of one packet keep their order.
        while (open.Count > 0)
        {
            var next = open[story._random.Next(Math.Min(open.Count, 5))];
            var line = next.Dequeue();
            story._transfers.Add(line with { Id = story._transfers.Count + 1 });
            if (next.Count == 0)
                open.Remove(next);
        }
        return story._transfers;
    }

    private List<SettledTransfer> Packet(int number)
    {
        var packet = $"0-{number:x32}";
        var at = s_begin.AddSeconds(number * 13);
        var shares = _random.Next(1, 9);
        var amounts = Enumerable.Range(0, shares).Select(_ => (long)_random.Next(1, 500)).ToArray();
        List<SettledTransfer> lines = [new(0, EntryName.Fund, packet, null, $"user{_random.Next(6)}", amounts.Sum(), at, at)];
        var winners = Enumerable.Range(0, 12).Select(user => $"user{user}").ToArray();
        _random.Shuffle(winners);
        for (var ordinal = 1; ordinal <= shares; ordinal++)
            lines.Add(new(0, EntryName.Grab, packet, ordinal, winners[ordinal], amounts[ordinal - 1], at.AddSeconds(ordinal), at));
        // A chunk of grabs may be recorded before the chunk with the fund.
        if (_random.Next(4) == 0)
            (lines[0], lines[1]) = (lines[1], lines[0]);
        var end = _random.Next(3);
        if (end == 0)
            Expire(lines, packet, at.AddMinutes(5));
        else if (end == 1)
            lines.RemoveAt(lines.Count - 1);
        if (_random.Next(5) == 0)
            lines.Add(new(0, EntryName.Adjust, packet, null, winners[0], 7, at, at));
        return lines;
    }

    private static void Expire(List<SettledTransfer> lines, string packet, DateTimeOffset at)
    {
        var fund = lines.Single(line => line.Kind == EntryName.Fund);
        var last = lines.FindLastIndex(line => line.Kind == EntryName.Grab);
        lines.Add(new(0, EntryName.Refund, packet, null, fund.UserId, lines[last].AmountFen, at, at));
        lines.RemoveAt(last);
    }
}
