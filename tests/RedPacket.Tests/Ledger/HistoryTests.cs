using CsCheck;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// Random packets, cut into random chunks, delivered in any order, more than once, through two writers on one ledger.
/// </summary>
public abstract class HistoryTests(SharedPostgres? postgres)
{
    private static readonly Gen<(int[] Shares, bool Refund)> s_packet = Gen.Select(Gen.Int[1, 50].Array[1, 12], Gen.Bool);

    private static readonly Gen<(Entry[] Entries, int Seed)> s_history = Gen.Select(s_packet.Array[1, 6], Gen.Int,
        (packets, seed) =>
        (packets.SelectMany((packet, i) => Entries($"0-{i:x32}", packet.Shares, packet.Refund)).ToArray(), seed));

    // On PostgreSQL each history creates a database, which takes two seconds.
    [Fact]
    public async Task AnyHistory_EndsWithEveryEntryOnceAndABalancedLedger() =>
        await s_history.SampleAsync(
            async history => await Play(history.Entries, history.Seed),
            iter: postgres is null ? 20 : 8, threads: 1);

    private async Task Play(Entry[] entries, int seed)
    {
        using var disk = await TestLedger.On(postgres);
        var random = new Random(seed);
        Journal[] journals = [disk.Start(), disk.Start()];
        var deliveries = Enumerable.Range(0, 3)
            .SelectMany(_ => entries.OrderBy(_ => random.Next()).Chunk(random.Next(1, 9)))
            .OrderBy(_ => random.Next());
        var chunks = deliveries
            .Select(lines => (Journal: journals[random.Next(2)], Chunk: random.Next(3) == 0 ? Slow(lines) : Live(lines)))
            .ToList();

        var outcomes = await Task.WhenAll(chunks.Select(each => each.Journal.Enqueue(each.Chunk, TestLedger.Stop)));

        var counts = outcomes.SelectMany(o => o).CountBy(o => o).ToDictionary();
        Assert.Equal(entries.Length, counts[RecordOutcome.Inserted]);
        Assert.Equal(2 * entries.Length, counts[RecordOutcome.Duplicate]);
        Assert.Equal(entries.Length, disk.Number("SELECT count(*) FROM transfers"));
        Assert.Equal(entries.Sum(entry => entry.AmountFen), disk.Number("SELECT sum(amount_fen) FROM transfers"));
        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        foreach (var wallet in entries.Where(entry => entry.Kind != EntryKind.Fund).GroupBy(entry => entry.UserId))
            Assert.Equal(
                wallet.Sum(entry => entry.AmountFen),
                disk.Number($"SELECT credits FROM accounts WHERE code = 'wallet:{wallet.Key}'"));
        disk.MustBalance();
    }

    private static IEnumerable<Entry> Entries(string packet, int[] shares, bool refund)
    {
        var left = refund ? 17 : 0;
        yield return Fund(packet, shares.Sum() + left);
        for (var i = 0; i < shares.Length; i++)
            yield return Grab(packet, i + 1, $"user{i % 5}-{packet[^1]}", shares[i]);
        if (refund)
            yield return Refund(packet, left);
    }
}

public sealed class HistoryOnSqliteTests() : HistoryTests(null);

[Needs("servers")]
public sealed class HistoryOnPostgresTests(SharedPostgres postgres) : HistoryTests(postgres);
